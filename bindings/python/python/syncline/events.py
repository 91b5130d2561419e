"""What a transfer tells while it runs.

An observer (``on_event=``) and :class:`syncline.EventStream` get objects of the classes below; ``match`` tells them apart::

    match event:
        case syncline.Changed(change):
            print(change.itemized, change.entry.path)
        case syncline.Deleted(path):
            print("deleted", path)
        case syncline.Failed(failure):
            print("left out", failure.path, failure.reason)

Paths are relative to the root of the transfer; bytes that are not UTF-8 are surrogate-escaped, so that ``os.fsencode`` gives them back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

from syncline.progress import TransferProgress, transfer_progress

if TYPE_CHECKING:
    from syncline._syncline import _ChangeFields, _EntryFields, _EventFields, _FailureFields

__all__ = ["Change", "Changed", "Deleted", "Entry", "Event", "Failed", "Failure", "FileKind", "Listed", "Message"]

FileKind: TypeAlias = Literal[
    "file", "directory", "symlink", "char_device", "block_device", "fifo", "socket", "missing"
]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, directory or whatever else, as the sending side describes it."""

    #: Its path, relative to the root of the transfer.
    path: str
    #: What it is; ``missing`` for a source that is not there and is deleted at the destination.
    kind: FileKind
    #: Bytes in it, if it is a file.
    size: int
    #: Type and permission bits, as in ``os.stat_result.st_mode``.
    mode: int
    #: Its modification time in nanoseconds since 1970.
    mtime_ns: int
    #: Its owner on the sending side.
    uid: int
    #: Its group on the sending side.
    gid: int
    #: Where it points to, if it is a symbolic link.
    target: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one entry; in a dry run, what would be."""

    #: The entry, as the sending side describes it.
    entry: Entry
    #: rsync's item string: 11 characters that say what is done to what, and what differs (see ``-i`` in rsync(1)).
    itemized: str
    #: Whether the entry did not exist at the destination.
    is_new: bool
    #: Whether its content is transferred; else only attributes change, or it has no content.
    transfers_content: bool
    #: The file it is linked to, or built from, if there is one.
    other_path: str | None

    @property
    def path(self) -> str:
        """The path of the entry."""
        return self.entry.path


@dataclass(frozen=True, slots=True)
class Failure:
    """One file that was not transferred, or not completely."""

    #: Its path within the transfer; of what the other end told, the path in its words, empty if there is none.
    path: str
    #: What was tried, for example ``open``.
    operation: str
    #: The operating system's error number, if it was the operating system that refused.
    errno: int | None
    #: The operating system's words, or others.
    reason: str
    #: The stable name of the kind of error, for example ``PERMISSION_DENIED``.
    code: str
    #: Whether the other end met it and told of it.
    told: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the file list, when only a list was asked for."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry was transferred, created or changed; in a dry run, it would be."""

    change: Change


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something was deleted at the destination; in a dry run, it would be."""

    #: Its path, relative to the root of the transfer.
    path: str
    #: Whether it was a directory.
    is_directory: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A text of the other end."""

    level: Literal["info", "warning", "error"]
    #: As it was sent: usually one line with its end.
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A file could not be transferred, or not completely."""

    failure: Failure


#: Whatever an observer gets.
Event: TypeAlias = Union[Listed, Changed, Deleted, Message, Failed, TransferProgress]


def entry(fields: _EntryFields) -> Entry:
    """An entry as the native module gives it."""
    return Entry(*fields)


def change(fields: _ChangeFields) -> Change:
    """A change as the native module gives it."""
    described, itemized, is_new, transfers_content, other_path = fields
    return Change(Entry(*described), itemized, is_new, transfers_content, other_path)


def failure(fields: _FailureFields) -> Failure:
    """A failure as the native module gives it."""
    return Failure(*fields)


_CLASSES: dict[str, Callable[[Any], Event]] = {
    "listed": lambda fields: Listed(entry(fields)),
    "changed": lambda fields: Changed(change(fields)),
    "deleted": lambda fields: Deleted(*fields),
    "message": lambda fields: Message(*fields),
    "failed": lambda fields: Failed(failure(fields)),
    "progress": transfer_progress,
}


def observer(on_event: Callable[[Event], object] | None) -> Callable[[_EventFields], object] | None:
    """``on_event`` as the native module calls it."""
    if on_event is None:
        return None
    tell = on_event
    return lambda event: tell(_CLASSES[event[0]](event[1]))
