"""Errors: classes, codes, paths; nothing is left behind."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import syncline
from conftest import Edit
from syncline import _syncline, errors

Write = Callable[[str, bytes], Path]

@pytest.mark.parametrize("code", [name for name, _ in _syncline.ERROR_KINDS])
def test_every_kind_has_its_class(code: str) -> None:
    error = errors.from_native(code, "sentence", "a/b", 5, 11, None)
    name = "".join(word.capitalize() for word in code.split("_"))
    assert type(error).__name__ in (name, name + "Error")
    assert type(error).__name__ in errors.__all__
    assert (error.code, error.path, str(error)) == (code, "a/b", "sentence")


def test_a_missing_file_is_a_file_not_found_error(tmp_path: Path) -> None:
    path = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as caught:
        syncline.signature(path)
    error = caught.value
    assert isinstance(error, syncline.SynclineError)
    assert (error.code, error.path, error.filename, error.errno) == ("NOT_FOUND", str(path), str(path), 2)
    assert "missing" in str(error)
    for call in (lambda: syncline.patch(path, b""), lambda: syncline.Patcher(path), lambda: syncline.inspect(path)):
        with pytest.raises(FileNotFoundError):
            call()


def test_an_existing_output_stays(file: Write) -> None:
    path = file("output", b"precious")
    with pytest.raises(FileExistsError) as caught:
        syncline.signature(b"content", output=path)
    assert getattr(caught.value, "code") == "ALREADY_EXISTS"
    assert path.read_bytes() == b"precious"
    syncline.signature(b"content", output=path, overwrite=True)
    assert path.read_bytes() == syncline.signature(b"content")


def test_an_unreadable_file_is_a_permission_error(file: Write, request: pytest.FixtureRequest) -> None:
    path = file("secret", b"content")
    path.chmod(0)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(PermissionError) as caught:
        syncline.signature(path)
    assert isinstance(caught.value, syncline.SynclineError)
    assert caught.value.code == "PERMISSION_DENIED"


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        syncline.signature(tmp_path)
    assert getattr(caught.value, "code") == "NOT_A_FILE"


def test_a_failed_patch_leaves_nothing(edit: Edit, file: Write, tmp_path: Path) -> None:
    old, new = edit
    delta = syncline.delta(syncline.signature(old), new)
    other = file("other", bytes([old[0] ^ 1]) + old[1:])
    with pytest.raises(syncline.VerificationError) as caught:
        syncline.patch(other, delta, output=tmp_path / "result")
    assert caught.value.code == "WRONG_BASIS" and caught.value.path == str(other)
    with pytest.raises(syncline.FormatError):
        syncline.patch(old, delta[:-1], output=tmp_path / "result")
    assert os.listdir(tmp_path) == ["other"]


def test_swapped_arguments_are_named() -> None:
    signature = syncline.signature(b"old")
    with pytest.raises(errors.SwappedArgumentsError):
        syncline.patch(b"old", signature)
    with pytest.raises(errors.SwappedArgumentsError):
        syncline.Signature.load(syncline.delta(signature, b"new"))


@pytest.mark.parametrize(
    "options",
    [
        {"format": "none"},
        {"block_length": 1000},
        {"block_length": -1},
        {"strong_length": "some"},
        {"strong_length": 300},
        {"strong_length": 33},
    ],
)
def test_arguments_out_of_bounds_are_value_errors(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        syncline.signature(b"content", **options)
    assert getattr(caught.value, "code") == "INVALID_ARGUMENT"


@pytest.mark.parametrize("options", [{"compression": 99}, {"mode": "fast"}, {"generation": 3}])
def test_delta_arguments_out_of_bounds_are_value_errors(options: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidArgumentError):
        syncline.delta(syncline.signature(b"content"), b"new", **options)


def test_arguments_of_the_wrong_type_are_type_errors() -> None:
    wrong: Any = 5
    for call in (
        lambda: syncline.signature(wrong),
        lambda: syncline.signature(b"content", output=wrong),
        lambda: syncline.signature(b"content", strong_length=1.5),  # type: ignore[call-overload]
        lambda: syncline.delta(wrong, b"new"),
        lambda: syncline.Signature.load(wrong),
    ):
        with pytest.raises(TypeError):
            call()


def test_a_text_file_is_refused() -> None:
    text: Any = io.StringIO("text")
    with pytest.raises(TypeError, match="binary mode"):
        syncline.signature(text)


def test_a_file_object_that_would_block_is_refused() -> None:
    class Idle:
        def read(self, size: int, /) -> Any:
            return None

    with pytest.raises(BlockingIOError):
        syncline.signature(Idle())


def test_a_file_object_that_returns_too_much_is_refused() -> None:
    class Generous:
        def read(self, size: int, /) -> bytes:
            return bytes(size + 1)

    with pytest.raises(ValueError, match="more bytes"):
        syncline.signature(Generous())


def test_a_sink_that_takes_part_is_asked_again() -> None:
    class Slow:
        taken = b""

        def write(self, data: bytes, /) -> int:
            self.taken += data[:100]
            return len(data[:100])

    sink = Slow()
    syncline.signature(bytes(50_000), output=sink)
    assert sink.taken == syncline.signature(bytes(50_000))


def test_what_a_sink_raises_propagates() -> None:
    class Full:
        calls = 0

        def write(self, data: bytes, /) -> int:
            self.calls += 1
            raise OSError(28, "no space")

    sink = Full()
    with pytest.raises(OSError) as caught:
        syncline.signature(b"content", output=sink)
    assert type(caught.value) is OSError and caught.value.errno == 28
    assert sink.calls == 1
