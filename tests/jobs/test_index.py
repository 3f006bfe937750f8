"""Indexing: every video once, whatever becomes of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from vidsynth import build
from vidsynth.errors import BuildError
from vidsynth.jobs.index import Index, index_videos
from vidsynth.sources.settings import cache_dir
from vidsynth.video import probe


@pytest.fixture
def root(tmp_path: Path, videos: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    for number in range(5):
        shutil.copy(videos / "h264.mp4", folder / f"v{number}.mp4")
    shutil.copy(videos / "text.mp4", folder / "broken.mp4")
    return folder


PATHS = ["broken.mp4", *(f"v{number}.mp4" for number in range(5))]


def no_opening(*_: object, **__: object) -> None:
    raise AssertionError("a video was opened")


def test_a_second_call_opens_no_video(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = index_videos(root, PATHS, workers=0, progress=False)
    assert (first.videos, first.fresh, list(first.unreadable)) == (6, 6, ["broken.mp4"])
    monkeypatch.setattr(av, "open", no_opening)
    monkeypatch.setattr(probe, "open_video", no_opening)
    second = index_videos(root, PATHS, workers=0, progress=False)
    assert (second.videos, second.fresh, second.unreadable) == (6, 0, first.unreadable)
    assert len(Index(root).known(PATHS)) == 5


def test_only_new_and_changed_videos_are_opened(root: Path, videos: Path) -> None:
    index_videos(root, PATHS, workers=0, progress=False)
    os.utime(root / "v1.mp4", ns=(0, 1))
    shutil.copy(videos / "h264.mp4", root / "broken.mp4")
    shutil.copy(videos / "h264.mp4", root / "new.mp4")
    (root / "v2.mp4").unlink()
    found = index_videos(root, [*PATHS, "new.mp4"], workers=0, progress=False)
    assert (found.fresh, found.unreadable) == (3, {"v2.mp4": "no such file"})
    assert index_videos(root, [*PATHS, "new.mp4"], workers=0, progress=False).fresh == 0


def test_what_failed_is_tried_again_when_asked(root: Path) -> None:
    index_videos(root, PATHS, workers=0, progress=False)
    found = index_videos(root, PATHS, workers=0, progress=False, retry_failed=True)
    assert found.fresh == 1 and list(found.unreadable) == ["broken.mp4"]


def test_a_build_finds_the_facts(twelve: Path, tmp_path: Path, make_pairs: object) -> None:
    pairs = make_pairs(twelve)  # type: ignore[operator]
    index_videos(twelve, pairs.manifest.table["path"].to_pylist(), workers=0, progress=False)
    before = Index(twelve).file.stat().st_mtime_ns
    build(pairs, tmp_path / "out", workers=0, progress=False)
    assert Index(twelve).file.stat().st_mtime_ns == before  # nothing was probed, so nothing was added


@pytest.mark.parametrize("harm", ["{", "[]", '{"v0.mp4": 3}', '{"v0.mp4": ["a", 1, "b"]}'])
def test_a_damaged_list_of_failures_costs_time_only(root: Path, harm: str) -> None:
    index_videos(root, PATHS, workers=0, progress=False)
    Index(root).file.with_suffix(".unreadable.json").write_text(harm)
    assert index_videos(root, PATHS, workers=0, progress=False).fresh == 1


def test_a_cache_that_cannot_be_written_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "file").touch()
    monkeypatch.setenv("VIDSYNTH_CACHE", str(root / "file/cache"))
    with pytest.raises(BuildError, match="the index cannot be written there; set VIDSYNTH_CACHE"):
        index_videos(root, PATHS, workers=0, progress=False)


# A worker imports this as the video module's probe: it dies, or hangs, at one video.
HOSTILE = """
import os, signal, sys, time
from vidsynth.video import index
probe = index.probe
def hostile(file, name):
    if name == "v3.mp4":
        {act}
    return probe(file, name)
index.probe = hostile
from vidsynth.jobs.index import index_videos
if __name__ == "__main__":
    found = index_videos({root!r}, {paths!r}, workers=1, video_timeout={timeout}, progress=False)
    print(found.fresh, dict(found.unreadable))
"""


@pytest.mark.parametrize(
    ("act", "timeout", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", 60, "killed the worker that read it, twice (signal SIGSEGV)"),
        ("time.sleep(600)", 2, "held up a worker for more than 2 s"),
    ],
)
def test_a_video_that_kills_or_holds_up_a_worker_costs_itself_only(
    root: Path, tmp_path: Path, act: str, timeout: int, reason: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(HOSTILE.format(act=act, root=str(root), paths=PATHS, timeout=timeout))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"'v3.mp4': '{reason}'" in done.stdout and done.stdout.startswith("6 ")
    assert len(Index(root).known(PATHS)) == 4


def test_an_interrupted_call_keeps_what_it_found(root: Path, tmp_path: Path) -> None:
    act = "open({!r}, 'w').close(); time.sleep(600)".format(str(tmp_path / "reached"))
    script = tmp_path / "script.py"
    text = HOSTILE.format(act=act, root=str(root), paths=PATHS, timeout=60)
    # One video a task, so that there is something to keep.
    script.write_text(
        text.replace("if __name__", "from vidsynth.jobs import index as jobs\njobs._VIDEOS_A_TASK = 1\nif __name__")
    )
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 120
    while not (tmp_path / "reached").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert len(Index(root).known(PATHS)) == 3
    kept = json.loads(next((cache_dir() / "index").glob("*.unreadable.json")).read_text())
    assert list(kept) == ["broken.mp4"]
