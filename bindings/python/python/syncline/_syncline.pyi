"""The native half, private to the package."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, final

from typing_extensions import Buffer, Self

from syncline.errors import SynclineError
from syncline.events import FileKind
from syncline.streams import Descriptors
from syncline.types import Input, Output, Path, Seekable, StrongLength

__all__ = [
    "ERROR_KINDS",
    "FORMATS",
    "OPTIONS",
    "CancelToken",
    "DeltaBuilder",
    "Patcher",
    "Signature",
    "SignatureBuilder",
    "__version__",
    "command",
    "delta",
    "diff",
    "inspect",
    "patch",
    "rsync",
    "serve",
    "server_arguments",
    "signature",
    "transfer",
]

__version__: str
ERROR_KINDS: list[tuple[str, int]]
FORMATS: list[str]
OPTIONS: list[tuple[str, str, str | None, bool, str]]

_Observer: TypeAlias = Callable[[int, int, bool], object] | None
_SignatureFields: TypeAlias = tuple[int, int, int, int, int]
_DeltaFields: TypeAlias = tuple[int, int, int, int, int, bytes | None]
_PatchFields: TypeAlias = tuple[int, int, int, bool]
_Identity: TypeAlias = tuple[int | None, bytes | None]

_EntryFields: TypeAlias = tuple[str, FileKind, int, int, int, int, int, str | None]
_ChangeFields: TypeAlias = tuple[_EntryFields, str, bool, bool, str | None]
_FailureFields: TypeAlias = tuple[str, str, int | None, str, str, bool]
_ProgressFields: TypeAlias = tuple[int, int, bool, int, int, int, int, tuple[str, int, int, int, bool] | None]
_TransferObserver: TypeAlias = Callable[[_ProgressFields], object] | None
_Counts: TypeAlias = tuple[int, int, int, int, int]
_Numbers: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int]
_ReportFields: TypeAlias = tuple[
    tuple[_Counts, _Counts, _Counts], _Numbers, list[_FailureFields], list[_ChangeFields], int
]
_Outcome: TypeAlias = tuple[_ReportFields, list[_EntryFields], SynclineError | None]
_EventFields: TypeAlias = tuple[str, tuple[object, ...]]
_Place: TypeAlias = tuple[str, bool]
_Settings: TypeAlias = list[tuple[str, str | None]]
_EventObserver: TypeAlias = Callable[[_EventFields], object] | None

@final
class CancelToken:
    """Stops work from another thread."""

    def __new__(cls) -> Self: ...
    def cancel(self) -> None:
        """Asks the work that was given this token to stop; it raises `Cancelled`."""
    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` has been called."""

@final
class Signature:
    """What is known of an old file: enough to find its blocks in another one."""

    @staticmethod
    def load(source: Input, /) -> Signature:
        """Loads a signature in any known format from a path, bytes or a file object."""
    @property
    def format(self) -> str:
        """The name of its format."""
    @property
    def block_length(self) -> int:
        """Bytes in a block."""
    @property
    def strong_length(self) -> int:
        """Bytes kept of each strong sum."""
    @property
    def block_count(self) -> int:
        """Blocks in the old file; the last may be short."""
    @property
    def basis_length(self) -> int | None:
        """Bytes of the old file; `None` in librsync's formats, which do not say."""
    @property
    def basis_hash(self) -> bytes | None:
        """BLAKE3 of the old file; `None` in librsync's formats, which do not say."""
    def __bytes__(self) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class SignatureBuilder:
    def __new__(
        cls, format: str, block_length: int | None, strong_length: StrongLength | None, basis_length: int | None
    ) -> Self: ...
    def update(self, data: Buffer) -> None: ...
    def finish(self) -> Signature: ...

@final
class DeltaBuilder:
    def __new__(
        cls,
        signature: Signature,
        compression: int | None,
        mode: str,
        generation: int,
        check: bool,
        workers: int,
    ) -> Self: ...
    def update(self, data: Buffer) -> bytes: ...
    def finish(self) -> tuple[_DeltaFields, bytes]: ...

@final
class Patcher:
    def __new__(cls, basis: Path | Buffer | Seekable, limit: int | None) -> Self: ...
    def update(self, data: Buffer) -> bytes: ...
    def finish(self) -> _PatchFields: ...

def command(words: Sequence[str], umask: int) -> int: ...
def rsync(words: Sequence[str], umask: int) -> tuple[int, bytes]: ...
def signature(
    basis: Input,
    output: Output | None,
    format: str,
    block_length: int | None,
    strong_length: StrongLength | None,
    basis_length: int | None,
    workers: int,
    overwrite: bool,
    progress: _Observer,
    cancel: CancelToken | None,
) -> tuple[_SignatureFields, bytes | None]: ...
def delta(
    signature: Signature | Input,
    new: Input,
    output: Output | None,
    compression: int | None,
    mode: str,
    generation: int,
    check: bool,
    workers: int,
    overwrite: bool,
    progress: _Observer,
    cancel: CancelToken | None,
) -> tuple[_DeltaFields, bytes | None]: ...
def diff(
    old: Input,
    new: Input,
    output: Output | None,
    format: str,
    compression: int | None,
    check: bool,
    workers: int,
    overwrite: bool,
    progress: _Observer,
    cancel: CancelToken | None,
) -> tuple[_DeltaFields, bytes | None]: ...
def patch(
    basis: Path | Buffer | Seekable,
    delta: Input,
    output: Output | None,
    limit: int | None,
    sparse: bool,
    overwrite: bool,
    progress: _Observer,
    cancel: CancelToken | None,
) -> tuple[_PatchFields, bytes | None]: ...
def inspect(
    source: Input, progress: _Observer, cancel: CancelToken | None
) -> (
    tuple[Literal["signature"], int, tuple[str, int, int, int], _Identity]
    | tuple[Literal["delta"], int, tuple[str, int, int, int, int, int, int], _Identity, _Identity]
): ...
def transfer(
    direction: str,
    sources: list[_Place],
    destination: _Place | None,
    options: _Settings,
    stream: Descriptors | None,
    password: str | None,
    prompts: bool,
    umask: int,
    observer: _EventObserver,
    progress: _TransferObserver,
    cancel: CancelToken | None,
) -> _Outcome: ...
def server_arguments(sources: list[_Place], destination: _Place | None, options: _Settings) -> list[str]: ...
def serve(
    stream: Descriptors,
    arguments: Sequence[str],
    root: Path | None,
    read: bool,
    write: bool,
    delete: bool,
    umask: int,
    observer: _EventObserver,
    progress: _TransferObserver,
    cancel: CancelToken | None,
) -> _Outcome: ...
