"""The demo's scenes: what they look like, and the files that they become."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.sources import folder, scenes
from vidsynth.sources.scenes import SCENES, Scene
from vidsynth.video.decode import read_clip
from vidsynth.video.probe import probe

LABELS = ("drifting", "falling", "swirling", "zooming")
KINDS = sorted({(scene.codec, scene.suffix) for scene in SCENES})


def short(scene: Scene, seconds: float = 0.4) -> Scene:
    return scene._replace(seconds=seconds)


def of_label(label: str) -> Scene:
    return next(scene for scene in SCENES if scene.label == label)


def frames_of(scene: Scene) -> NDArray[np.uint8]:
    return np.stack(list(scenes.render(scene)))


def gray(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    return frames @ np.array([0.299, 0.587, 0.114])


def spectrum_slope(picture: NDArray[np.float64]) -> float:
    """Return the exponent a of the power spectrum f^a, from 1/50 to 1/3 cycles a pixel."""
    height, width = picture.shape
    window = np.hanning(height)[:, None] * np.hanning(width)
    power = np.abs(np.fft.fft2((picture - picture.mean()) * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    ring = np.digitize(frequency, np.geomspace(0.02, 0.33, 13))
    mean = [[values[ring == number].mean() for number in range(1, 13)] for values in (frequency, power)]
    return float(np.polyfit(*np.log(mean), 1)[0])


def test_the_scenes_are_many_and_of_many_kinds() -> None:
    assert len(SCENES) >= 20
    assert len({scene.name for scene in SCENES}) == len({scene.path for scene in SCENES}) == len(SCENES)
    assert {scene.label for scene in SCENES} == set(LABELS)
    assert {scene.codec for scene in SCENES} == {"libx264", "libx265", "libvpx-vp9", "mpeg4"}
    assert {scene.suffix for scene in SCENES} == {".mp4", ".mkv", ".webm", ".avi"}
    assert {scene.fps for scene in SCENES} == {15, 25, 30}
    assert any(scene.height > scene.width for scene in SCENES)
    # Enough for the usual clip: 16 frames, each the fourth.
    assert all(round(scene.seconds * scene.fps) > 15 * 4 for scene in SCENES)


@pytest.mark.parametrize("label", LABELS)
def test_a_scene_is_a_function_of_its_name(label: str) -> None:
    scene = short(of_label(label))
    frames = frames_of(scene)
    assert frames.shape == (round(0.4 * scene.fps), scene.height, scene.width, 3) and frames.dtype == np.uint8
    other = frames_of(scene._replace(name="bamboo"))  # rendered in between
    assert np.array_equal(frames, frames_of(scene))
    assert np.abs(frames.astype(int) - other).mean() > 10


@pytest.mark.parametrize("label", LABELS)
def test_a_scene_looks_like_nature(label: str) -> None:
    """By the same measure, real videos of this size lie between -2 and -3.3; noise at 0, a ramp below -4."""
    for scene in (scene for scene in SCENES if scene.label == label):
        picture = gray(next(scenes.render(scene)))
        assert -3.8 < spectrum_slope(picture) < -2, scene.name
        assert picture.std() > 12 and 40 < picture.mean() < 200, scene.name


@pytest.mark.parametrize("label", LABELS)
def test_motion_is_smooth_and_never_stops(label: str) -> None:
    frames = gray(frames_of(of_label(label)))
    change = np.abs(np.diff(frames, axis=0)).mean((1, 2))
    assert change.min() > 0.2
    # A thing that popped up would show as a jump from one frame to the next.
    assert np.abs(np.diff(change)).max() < 0.3 * np.median(change)
    assert np.abs(frames[-1] - frames[0]).mean() > 5


def test_the_camera_comes_nearer_or_goes_away_when_zooming() -> None:
    """What is in the middle at first fills the picture at last, or the other way round."""
    scene = of_label("zooming")
    first, *_, last = frames_of(short(scene, 2.0))
    height, width = first.shape[:2]
    # The far backdrop grows by exp(2 * 0.3 * 5 / 8), 1.45 times; leaves in front hide some of it.
    rows, columns = ((np.arange(size) - size / 2) / 1.45 + size / 2 for size in (height, width))
    inside = np.s_[rows.astype(int)[:, None], columns.astype(int)]
    near = max(
        np.corrcoef(gray(big).ravel(), gray(small[inside]).ravel())[0, 1]
        for big, small in [(first, last), (last, first)]
    )
    assert near > np.corrcoef(gray(first).ravel(), gray(last).ravel())[0, 1] + 0.1


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Scene]]:
    """A short scene of each codec and container."""
    root = tmp_path_factory.mktemp("demo")
    some = [short(next(scene for scene in SCENES if (scene.codec, scene.suffix) == kind)) for kind in KINDS]
    scenes.write(root, some)
    return root, some


@pytest.mark.parametrize("number", range(len(KINDS)), ids=["".join(kind) for kind in KINDS])
def test_files_hold_what_was_rendered(number: int, written: tuple[Path, list[Scene]]) -> None:
    root, some = written
    scene = some[number]
    frames = frames_of(scene)
    info, clip = probe(root / scene.path), read_clip(root / scene.path)
    assert (info.frames, info.width, info.height) == (len(frames), scene.width, scene.height)
    assert info.fps == pytest.approx(scene.fps, rel=0.01)  # webm and mkv count milliseconds
    assert clip.frames.shape == frames.shape
    # Each frame is most like its own picture, and much like it.
    errors = np.array([((frames.astype(float) - shown) ** 2).mean((1, 2, 3)) for shown in clip.frames])
    assert errors.argmin(1).tolist() == list(range(len(frames)))
    assert 10 * np.log10(255**2 / errors.diagonal()).min() > 27


def test_the_folder_becomes_a_manifest(written: tuple[Path, list[Scene]]) -> None:
    root, some = written
    rows = list(folder.read(root))
    assert {row.path: row.labels for row in rows} == {scene.path: (scene.label,) for scene in some}
    files = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert len(set(files)) == len(some)


def test_files_that_are_there_are_left_alone(tmp_path: Path) -> None:
    here, missing = short(SCENES[0]), short(SCENES[1])
    (tmp_path / here.path).parent.mkdir()
    (tmp_path / here.path).write_bytes(b"somebody's")
    scenes.write(tmp_path, [here, missing])
    assert (tmp_path / here.path).read_bytes() == b"somebody's"
    assert probe(tmp_path / missing.path).frames == round(0.4 * missing.fps)


# Writes two short scenes and dies, without a chance to tidy up, in the middle of the second.
DIES = """
import os, sys
from pathlib import Path
from vidsynth.sources import scenes

def dying(scene, whole=scenes.render):
    for number, frame in enumerate(whole(scene)):
        if scene.name == scenes.SCENES[1].name and number == 8:
            os._exit(9)
        yield frame

scenes.render = dying
scenes.write(Path(sys.argv[1]), [scene._replace(seconds=0.4) for scene in scenes.SCENES[:2]])
"""


def test_writing_resumes_after_it_was_killed(tmp_path: Path) -> None:
    first, second = (short(scene) for scene in SCENES[:2])
    assert subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False).returncode == 9
    assert (tmp_path / first.path).exists() and not (tmp_path / second.path).exists()
    assert [row.path for row in folder.read(tmp_path)] == [first.path]  # what it left half-written is hidden
    before = (tmp_path / first.path).stat().st_mtime_ns
    scenes.write(tmp_path, [first, second])
    assert (tmp_path / first.path).stat().st_mtime_ns == before
    assert probe(tmp_path / second.path).frames == round(0.4 * second.fps)


def test_an_interrupted_scene_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scenes.render

    def interrupted(scene: Scene) -> Iterator[NDArray[np.uint8]]:
        yield from itertools.islice(whole(scene), 5)
        raise KeyboardInterrupt

    monkeypatch.setattr(scenes, "render", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scenes.write(tmp_path, [short(SCENES[0])])
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match=r"file.*cannot be written.*VIDSYNTH_CACHE"):
        scenes.write(tmp_path / "file", SCENES[:1])
