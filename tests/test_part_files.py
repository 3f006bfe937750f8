"""Part files: nothing half-written gets a name, and what killed processes left is swept away."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from vidsynth.part_files import left_over, sweep, written_whole


def test_a_file_gets_its_name_only_when_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    with written_whole(file) as beside:
        assert beside.suffix == ".mp4" and beside.parent == tmp_path
        beside.write_text("new")
        assert not file.exists() and left_over(tmp_path) == [beside]
    assert file.read_text() == "new" and os.listdir(tmp_path) == ["a.mp4"]
    with pytest.raises(LookupError), written_whole(file) as beside:
        beside.write_text("newer, but")
        raise LookupError
    assert file.read_text() == "new" and os.listdir(tmp_path) == ["a.mp4"]


def test_only_files_of_the_dead_are_swept_away(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = socket.gethostname().partition(".")[0]
    theirs = tmp_path / f".part.{host}-{dead.pid}.a.1-2.json"
    others = {f".part.{host}-{os.getpid()}.b", ".part.elsewhere-1.c", ".part.mine", ".hidden-7.tmp", "part.x-1.y"}
    for name in (theirs.name, *others):
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert set(os.listdir(tmp_path)) == others
    sweep(tmp_path, alone=True)
    assert set(os.listdir(tmp_path)) == {".part.mine", ".hidden-7.tmp", "part.x-1.y"}
    sweep(tmp_path / "nowhere")
