"""Transfers here, with rsync, and over streams."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import syncline
from conftest import HERE, contents, own_threads

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="rsync is not installed")


def test_a_tree_is_mirrored(tree: Path, tmp_path: Path) -> None:
    destination = tmp_path / "to"
    report = syncline.sync(f"{tree}/", destination, archive=True)
    assert contents(destination) == contents(tree)
    assert report.files_transferred == report.created.files == report.listed.files > 3
    assert report.exit_status == 0 and report.failures == [] and report.changes == []
    assert syncline.sync(f"{tree}/", destination, archive=True).files_transferred == 0


def test_both_directions_with_rsync_at_the_other_end(tree: Path, tmp_path: Path) -> None:
    syncline.push(f"{tree}/", f"host:{tmp_path}/there", archive=True, rsh=HERE)
    assert contents(tmp_path / "there") == contents(tree)
    report = syncline.pull(f"host:{tmp_path}/there/", tmp_path / "here", archive=True, rsh=HERE)
    assert contents(tmp_path / "here") == contents(tree)
    assert report.bytes_received > report.literal_bytes > 0


def test_rsync_says_there_is_nothing_left_to_do(tree: Path, tmp_path: Path) -> None:
    syncline.sync(f"{tree}/", tmp_path / "to", archive=True)
    rsync = ["rsync", "-ain", "--delete", f"{tree}/", f"{tmp_path}/to"]
    assert subprocess.run(rsync, capture_output=True, check=True).stdout == b""


def test_a_list_is_of_entries(tree: Path) -> None:
    for source in (f"{tree}/", f"host:{tree}/"):
        entries = syncline.list(source, recursive=True, links=True, rsh=HERE)
        found = {entry.path: entry for entry in entries}
        assert set(found) == {".", *contents(tree)}
        assert (found["a"].kind, found["a"].size) == ("file", (tree / "a").stat().st_size)
        assert found["link"].kind == "symlink" and found["link"].target == "a"
        assert found["a"].mtime_ns // 10**9 == int((tree / "a").stat().st_mtime)


def test_a_dry_run_returns_the_changes(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "old").write_bytes(b"")
    events: list[syncline.Event] = []
    report = syncline.sync(
        f"{tree}/", tmp_path / "to", archive=True, delete=True, dry_run=True, on_event=events.append
    )
    assert os.listdir(tmp_path / "to") == ["old"]
    changes = {change.path: change for change in report.changes}
    assert set(contents(tree)) <= set(changes)
    assert changes["a"].itemized == ">f+++++++++" and changes["a"].is_new and changes["a"].transfers_content
    assert syncline.Deleted("old", False) in events and report.deleted.total == 1


def test_names_that_are_not_text_come_back_as_they_were(tmp_path: Path) -> None:
    name = b"not-utf8-\xff\xfe"
    (tmp_path / "from").mkdir()
    with open(os.path.join(os.fsencode(tmp_path / "from"), name), "wb"):
        pass
    entries = syncline.list(f"{tmp_path}/from/", recursive=True)
    assert os.fsencode(entries[-1].path) == name
    syncline.sync(os.fsencode(tmp_path) + b"/from/" + name, tmp_path / "to")
    assert os.listdir(os.fsencode(tmp_path))[0] in (b"from", b"to")
    assert (tmp_path / "to").is_file()


def test_a_path_object_is_here_whatever_it_looks_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("host:a").write_bytes(b"content")
    syncline.sync(Path("host:a"), Path("to"))
    assert Path("to").read_bytes() == b"content"


def test_pull_and_push_want_another_host(tree: Path, tmp_path: Path) -> None:
    for call in (syncline.pull, syncline.push):
        with pytest.raises(ValueError, match="host:path"):
            call(tree, tmp_path / "to")
    with pytest.raises(syncline.SynclineError):
        syncline.sync("one:a", "other:b")


def test_several_sources_go_into_one_directory(tree: Path, tmp_path: Path) -> None:
    syncline.sync([f"{tree}/a", tree / "folder"], tmp_path / "to", archive=True)
    assert sorted(os.listdir(tmp_path / "to")) == ["a", "folder"]


def test_events_tell_what_happens(tree: Path, tmp_path: Path) -> None:
    with syncline.start(f"{tree}/", tmp_path / "to", archive=True) as transfer:
        changed = [event.change.path for event in transfer if isinstance(event, syncline.Changed)]
    assert set(contents(tree)) <= set(changed)
    assert transfer.result().files_transferred > 3


def test_an_iteration_that_is_left_stops_the_transfer(large: Path, tmp_path: Path) -> None:
    with syncline.start(f"{large}/", tmp_path / "to", archive=True) as transfer:
        next(iter(transfer))
    with pytest.raises(syncline.Cancelled):
        transfer.result()
    assert own_threads() == []


def test_what_an_observer_raises_stops_the_transfer(large: Path, tmp_path: Path) -> None:
    seen: list[syncline.Event] = []

    def stop(event: syncline.Event) -> None:
        seen.append(event)
        raise KeyError(event)

    with pytest.raises(KeyError):
        syncline.sync(f"{large}/", tmp_path / "to", archive=True, on_event=stop)
    assert len(seen) == 1
    assert not [name for name in os.listdir(tmp_path / "to") if name.startswith(".")]


@pytest.mark.parametrize("source", ["{}/", "host:{}/"])
def test_progress_never_runs_backwards_and_ends_with_everything(source: str, large: Path, tmp_path: Path) -> None:
    total = sum(path.stat().st_size for path in large.iterdir())
    for _ in range(2):  # there is something to do, and nothing
        seen: list[syncline.TransferProgress] = []
        syncline.sync(
            source.format(large), tmp_path / "to", archive=True, rsh=HERE, progress=seen.append
        )
        assert seen == sorted(seen, key=lambda progress: (progress.bytes_done, progress.bytes_total))
        assert seen[-1][:3] == (total, total, True)
        assert seen[-1].files_done == seen[-1].files_total == len(list(large.iterdir())) + 1


def test_what_progress_raises_stops_the_transfer(large: Path, tmp_path: Path) -> None:
    def stop(progress: syncline.TransferProgress) -> None:
        raise KeyError(progress)

    with pytest.raises(KeyError):
        syncline.sync(f"host:{large}/", tmp_path / "to", archive=True, rsh=HERE, progress=stop)
