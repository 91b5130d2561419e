"""What work reports when it is done, and what files are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syncline import events

if TYPE_CHECKING:
    from syncline._syncline import _ReportFields
    from syncline.events import Change, Failure

__all__ = [
    "Counts",
    "DeltaInspection",
    "DeltaReport",
    "PatchReport",
    "Report",
    "SignatureInspection",
    "SignatureReport",
]


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries by kind."""

    #: Regular files.
    files: int
    directories: int
    symlinks: int
    devices: int
    #: FIFOs and sockets.
    specials: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.files + self.directories + self.symlinks + self.devices + self.specials


@dataclass(frozen=True, slots=True)
class Report:
    """What a transfer did; in a dry run, what it would have done."""

    #: Entries in the file lists.
    listed: Counts
    #: Entries that did not exist at the destination.
    created: Counts
    #: What was deleted at the destination.
    deleted: Counts
    #: Regular files whose content was transferred.
    files_transferred: int
    #: Bytes in all listed files and links.
    total_size: int
    #: Bytes in the files whose content was transferred.
    transferred_size: int
    #: Bytes of content that crossed the connection.
    literal_bytes: int
    #: Bytes of content that the destination already had.
    matched_bytes: int
    #: Bytes this side wrote to the connection.
    bytes_sent: int
    #: Bytes this side read from the connection.
    bytes_received: int
    #: Bytes of the file lists.
    list_bytes: int
    #: Milliseconds the sending side spent on building the list.
    list_build_ms: int
    #: Milliseconds the sending side spent on sending it.
    list_transfer_ms: int
    #: Files that were not transferred, or not completely.
    failures: list[Failure]
    #: In a dry run, every change that would have been made.
    changes: list[Change]
    #: rsync's exit status: 0, or 23 to 25 for a transfer that went to its end with something left out.
    exit_status: int


def report(fields: _ReportFields) -> Report:
    """A report as the native module gives it."""
    counts, numbers, failures, changes, exit_status = fields
    listed, created, deleted = (Counts(*count) for count in counts)
    lists = [events.failure(failure) for failure in failures], [events.change(change) for change in changes]
    return Report(listed, created, deleted, *numbers, *lists, exit_status)


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
