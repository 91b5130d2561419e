"""sysrsync's calls: the examples of its documentation, and what they do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Ssh, contents
from syncline.compat import sysrsync


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (
            {"source": "/home/user/files", "destination": "/home/server/", "sync_source_contents": False},
            "rsync /home/user/files /home/server",
        ),
        (
            {"source": "/home/user/files", "destination": "/home/server/", "sync_source_contents": True},
            "rsync /home/user/files/ /home/server",
        ),
        (
            {
                "source": "/home/user/files",
                "destination": "/home/server/files",
                "destination_ssh": "myserver",
                "options": ["-a"],
            },
            "rsync -a /home/user/files/ myserver:/home/server/files",
        ),
        (
            {
                "source": "/home/user/files",
                "destination": "/home/server/files",
                "destination_ssh": "myserver",
                "options": ["-a"],
                "exclusions": ["file_to_exclude", "unwanted_file"],
            },
            "rsync -a /home/user/files/ myserver:/home/server/files"
            " --exclude file_to_exclude --exclude unwanted_file",
        ),
    ],
)
def test_the_commands_are_those_of_the_documentation(arguments: dict[str, Any], command: str) -> None:
    assert sysrsync.get_rsync_command(**arguments) == command.split()


def test_a_file_gets_no_slash_and_a_key_goes_to_ssh(tmp_path: Path) -> None:
    for name in ("foo.txt", "totally secure key"):
        (tmp_path / name).write_bytes(b"")
    file, key = str(tmp_path / "foo.txt"), str(tmp_path / "totally secure key")
    assert sysrsync.get_rsync_command(source=file, destination="/srv/bar") == ["rsync", file, "/srv/bar"]
    made = sysrsync.get_rsync_command(
        source="/home/user/files",
        destination="/home/server/files",
        destination_ssh="myserver",
        private_key=key,
        rsh_port=2222,
        strict_host_key_checking=False,
    )
    assert made[1] == f"--rsh=ssh -i '{key}' -p 2222 -o StrictHostKeyChecking=no"
    with pytest.raises(sysrsync.PrivateKeyError):
        sysrsync.get_rsync_command(source="a", destination="b", destination_ssh="c", private_key="missing")
    with pytest.raises(sysrsync.RemotesError):
        sysrsync.run(source="a", destination="b", source_ssh="c", destination_ssh="d")


def test_it_syncs(tree: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done = sysrsync.run(source=str(tree), destination=str(tmp_path / "to"), options=["-a"], verbose=True)
    assert done.returncode == 0 and done.args[0] == "rsync"
    assert contents(tmp_path / "to") == contents(tree)
    assert capfd.readouterr().out == f"rsync -a {tree}/ {tmp_path}/to\n"

    sysrsync.run(source=str(tree), destination=f"{tmp_path}/in/", sync_source_contents=False, options=["-a"])
    assert contents(tmp_path / "in" / "tree") == contents(tree)

    sysrsync.run(cwd=str(tmp_path), source="tree", destination="some", options=["-av"], exclusions=["a", "folder"])
    assert sorted(os.listdir(tmp_path / "some")) == ["empty", "link"]
    assert "empty\nlink" in capfd.readouterr().out


def test_it_syncs_over_ssh(ssh: Ssh, tree: Path, tmp_path: Path) -> None:
    sysrsync.run(
        source=str(tree), destination=f"{tmp_path}/to", destination_ssh="host", options=["-a", "-e", ssh.works]
    )
    assert contents(tmp_path / "to") == contents(tree)


def test_an_error_says_what_rsync_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(sysrsync.RsyncError, match="missing") as caught:
        sysrsync.run(source=f"{tmp_path}/missing", destination=f"{tmp_path}/to")
    assert caught.value.returncode == 23
    assert "missing" in capfd.readouterr().err
    lenient = sysrsync.run(source=f"{tmp_path}/missing", destination=f"{tmp_path}/to", strict=False)
    assert lenient.returncode == 23
