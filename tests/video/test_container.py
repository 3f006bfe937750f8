from pathlib import Path

import pytest

from vidsynth.errors import DecodeError
from vidsynth.video.container import meaning, open_video


def test_the_pictures_of_a_file_are_decoded_by_one_thread(good_video: Path) -> None:
    with open_video(good_video) as (container, stream):
        frame = next(container.decode(stream))
        assert stream.type == "video"
        assert stream.codec_context.thread_count == 1
        assert str(stream.codec_context.thread_type) in ("0", "ThreadType.NONE")
    assert (frame.width, frame.height) in ((64, 48), (65, 49))


def test_a_file_is_closed_however_its_reading_ends(videos: Path) -> None:
    with pytest.raises(KeyError), open_video(videos / "h264.mp4") as (container, stream):
        raise KeyError
    with pytest.raises(AssertionError, match="Container is not open"):
        next(container.demux(stream))


def test_broken_files_say_why(broken_video: tuple[Path, str]) -> None:
    path, reason = broken_video
    if path.name == "cut_off_faststart.mp4":  # its header is whole: it opens, and `probe` refuses it
        with open_video(path) as (container, _):
            assert container.format.name.startswith("mov")
        return
    with pytest.raises(DecodeError) as caught, open_video(path):
        pass
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(2, "No such file or directory", "/data/a.mp4"), "no such file"),
        (PermissionError(13, "Permission denied", "/data/a.mp4"), "no permission to read it"),
        (PermissionError(1, "Operation not permitted"), "Operation not permitted"),
        (IsADirectoryError(21, "Is a directory", "/data/a.mp4"), "a folder, not a file"),
        (OSError(5, "Input/output error", "/data/a.mp4"), "Input/output error"),
        (ValueError("no decoder"), "no decoder"),
    ],
)
def test_reasons_name_no_path_so_that_equal_causes_group(error: Exception, reason: str) -> None:
    assert meaning(error) == reason
