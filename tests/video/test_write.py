"""Writing video files: what is written is what is read, and the same frames give the same bytes."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from numpy.typing import NDArray

from vidsynth.errors import MissingDependency
from vidsynth.video.decode import read_clip
from vidsynth.video.probe import probe
from vidsynth.video.write import write_video

Frames = NDArray[np.uint8]
X265 = {"x265-params": "log-level=none:pools=none:frame-threads=1"}
KINDS = {
    "h264.mp4": ("libx264", {"g": "12", "bf": "2"}),
    "h264.mkv": ("libx264", {"g": "12"}),
    "h265.mp4": ("libx265", X265),
    "vp9.webm": ("libvpx-vp9", {"deadline": "realtime", "b": "0", "crf": "20"}),
    "mpeg4.avi": ("mpeg4", {"b": "1000000", "bf": "2"}),
    "mpeg2.mpg": ("mpeg2video", {"b": "1000000"}),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_codec_gives_back_the_frames_in_order(
    kind: str, tmp_path: Path, pictures: Callable[..., Frames], numbers: Callable[[Frames], list[int]]
) -> None:
    codec, options = KINDS[kind]
    frames = pictures(30)
    write_video(tmp_path / kind, iter(frames), codec=codec, fps=25, options=options)
    clip = read_clip(tmp_path / kind)
    assert numbers(clip.frames) == list(range(30))
    assert np.abs(clip.frames.astype(int) - frames).mean() < 10
    # MPEG-PS and Matroska round times to their own ticks.
    assert clip.times - clip.times[0] == pytest.approx(np.arange(30) / 25, abs=1e-3)


def test_the_same_frames_give_the_same_bytes(kind: str, tmp_path: Path, pictures: Callable[..., Frames]) -> None:
    codec, options = KINDS[kind]
    written = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_video(tmp_path / folder / kind, pictures(12), codec=codec, fps=30, options=options)
        written.append((tmp_path / folder / kind).read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(("size", "matrix"), [((718, 64), "bt601"), ((720, 64), "bt709")])
@pytest.mark.parametrize("kind", ["h264.mp4", "h265.mp4", "vp9.webm", "mpeg4.avi"])
def test_colours_are_those_that_were_written(kind: str, size: tuple[int, int], matrix: str, tmp_path: Path) -> None:
    """The wrong matrix or range would move these by ten levels and more."""
    colors = np.array(
        [(200, 40, 40), (40, 180, 60), (50, 60, 200), (128, 128, 128), (255, 255, 255), (0, 0, 0)], np.uint8
    )
    codec, options = KINDS[kind]
    options = options | {"b": "20000000"} if codec == "mpeg4" else options | {"crf": "4"}
    frames = np.empty((len(colors), *size, 3), np.uint8)
    frames[:] = colors[:, None, None]
    write_video(tmp_path / kind, frames, codec=codec, fps=5, options=options)
    info = probe(tmp_path / kind)
    assert (info.matrix, info.full_range) == (matrix, False)
    assert info.assumed_matrix == (codec == "mpeg4")  # which keeps no tag: players, too, go by the height
    assert np.abs(read_clip(tmp_path / kind).frames.astype(int) - frames).max() <= 4


def test_options_reach_the_encoder(tmp_path: Path, pictures: Callable[..., Frames]) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, pictures(40), codec="libx264", fps=25, options={"g": "10", "bf": "3", "sc_threshold": "0"})
    assert probe(path).key_ticks.size == 4
    with av.open(str(path)) as container:
        kinds = [PictureType(frame.pict_type) for frame in container.decode(video=0)]
    assert kinds.count(PictureType.I) == 4 and kinds.count(PictureType.B) > 4
    write_video(path, pictures(10), codec="libx264", fps=25, pix_fmt="yuv444p")
    assert probe(path).pix_fmt == "yuv444p"


@pytest.mark.parametrize("fps", [15, 24, 29.97, Fraction(30000, 1001)])
def test_the_rate_is_the_one_asked_for(fps: float | Fraction, tmp_path: Path, pictures: Callable[..., Frames]) -> None:
    write_video(tmp_path / "a.mp4", pictures(9), codec="libx264", fps=fps)
    info = probe(tmp_path / "a.mp4")
    assert info.frames == 9 and info.step > 0
    assert info.fps == pytest.approx(float(fps), rel=1e-6)


def test_frames_are_taken_one_at_a_time(tmp_path: Path, pictures: Callable[..., Frames]) -> None:
    """One buffer may hold every frame in turn: none is looked at again."""
    frames = pictures(20)

    def one_buffer() -> Iterator[Frames]:
        buffer = np.empty_like(frames[0])
        for frame in frames:
            buffer[...] = frame
            yield buffer

    write_video(tmp_path / "a.mp4", frames, codec="libx264", fps=25)
    write_video(tmp_path / "b.mp4", one_buffer(), codec="libx264", fps=25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_what_cannot_be_written_is_refused(tmp_path: Path, pictures: Callable[..., Frames]) -> None:
    with pytest.raises(ValueError, match="no frames"):
        write_video(tmp_path / "a.mp4", [], codec="libx264", fps=25)
    with pytest.raises(ValueError, match="frame 3"):
        frames = [*pictures(3), *pictures(1, (64, 64))]
        write_video(tmp_path / "a.mp4", frames, codec="libx264", fps=25)
    with pytest.raises(MissingDependency, match="no encoder h264_moonlight"):
        write_video(tmp_path / "a.mp4", pictures(3), codec="h264_moonlight", fps=25)
    with pytest.raises(MissingDependency, match="no encoder libdav1d"):  # it only decodes
        write_video(tmp_path / "a.mp4", pictures(3), codec="libdav1d", fps=25)
