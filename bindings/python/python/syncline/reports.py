"""What work reports when it is done, and what files are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["DeltaInspection", "DeltaReport", "PatchReport", "SignatureInspection", "SignatureReport"]


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What a signature was made of."""

    #: Bytes of the old file.
    basis_length: int
    #: Bytes in a block.
    block_length: int
    #: Bytes kept of each strong sum.
    strong_length: int
    #: Blocks in the old file; the last may be short.
    block_count: int
    #: Bytes of the signature.
    signature_length: int


@dataclass(frozen=True, slots=True)
class DeltaReport:
    """What a delta is made of."""

    #: Bytes of the new file.
    new_length: int
    #: Bytes of it that are copied from the old file.
    copied_bytes: int
    #: Copy operations.
    copies: int
    #: Bytes of it that the delta carries.
    literal_bytes: int
    #: Bytes of the delta.
    delta_length: int
    #: BLAKE3 of the new file, where the format carries it.
    new_hash: bytes | None


@dataclass(frozen=True, slots=True)
class PatchReport:
    """What a patch did."""

    #: Bytes of the new file.
    new_length: int
    #: Bytes of it that came from the old file.
    copied_bytes: int
    #: Bytes of it that came from the delta.
    literal_bytes: int
    #: Whether the delta said what the result must be, and it is.
    verified: bool


@dataclass(frozen=True, slots=True)
class SignatureInspection:
    """What a signature file is."""

    #: Bytes in the file.
    length: int
    #: Its format.
    format: str
    #: Bytes in a block.
    block_length: int
    #: Bytes kept of each strong sum.
    strong_length: int
    #: Blocks in the old file; the last may be short.
    block_count: int
    #: Bytes of the old file, where the format says.
    basis_length: int | None
    #: BLAKE3 of the old file, where the format says.
    basis_hash: bytes | None

    @property
    def content(self) -> Literal["signature"]:
        """``"signature"``."""
        return "signature"


@dataclass(frozen=True, slots=True)
class DeltaInspection:
    """What a delta file is."""

    #: Bytes in the file.
    length: int
    #: Its format: ``native`` or ``librsync``.
    format: str
    #: Copy operations.
    copies: int
    #: Bytes they copy from the old file.
    copied_bytes: int
    #: Literal operations.
    literals: int
    #: Bytes they carry.
    literal_bytes: int
    #: Bytes of the compressed parts, as they are in the file.
    compressed_length: int
    #: The same, unpacked.
    uncompressed_length: int
    #: Bytes of the old file, where the format says.
    basis_length: int | None
    #: BLAKE3 of the old file, where the format says.
    basis_hash: bytes | None
    #: Bytes of the new file, where the delta says.
    new_length: int | None
    #: BLAKE3 of the new file, where the delta says.
    new_hash: bytes | None

    @property
    def content(self) -> Literal["delta"]:
        """``"delta"``."""
        return "delta"
