"""Folders of palette pictures: objects, frames, and what is wrong with a picture in one line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidsynth.errors import SourceError
from vidsynth.generators.occlusion.pngs import MAX_PIXELS, PngFolders
from vidsynth.video.probe import VideoInfo


def write(path: Path, values: np.ndarray, mode: str = "P") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(values.astype(np.uint8))
    if mode == "P":
        picture = picture.convert("L")
        picture.putpalette(list(range(256)) * 3)
    picture.save(path)


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    values = np.zeros((27, 48), np.uint8)
    values[2:5, 3:9] = 1
    values[10:12, 3:9] = 2
    values[20:, :] = 255  # YouTube-VOS leaves these open
    write(tmp_path / "P01_01" / "00000.png", values)
    write(tmp_path / "P01_01" / "00006.png", np.roll(values, 4, axis=1))
    write(tmp_path / "P01_01" / "00040.png", values, "L")
    return tmp_path


def test_values_are_objects_and_names_are_frames(davis: Path, info: VideoInfo) -> None:
    masks = PngFolders(davis, None).find(["elsewhere", "P01_01"], info)
    assert masks is not None and (masks.height, masks.width) == (27, 48)
    assert masks.times.tolist() == [0, 0.1]  # the video has no frame 40
    first = masks.regions(0)
    assert [(region.name, region.class_id) for region in first] == [("1", 1), ("2", 2)]
    canvas = np.zeros((27, 48), np.int32)
    for region in first:
        region.shape.draw(canvas, region.class_id)
    assert (canvas == 1).sum() == 18 and (canvas == 2).sum() == 12 and (canvas[2:5, 3:9] == 1).all()
    assert len({masks.sha256([0]), masks.sha256([1]), masks.sha256([0, 1])}) == 3


def test_another_rate_is_counted_in_seconds(davis: Path, info: VideoInfo) -> None:
    masks = PngFolders(davis, 10).find(["P01_01"], info)
    assert masks is not None and masks.times.tolist() == [0, 0.6, 4] and masks.period_s == 0.1


def test_a_folder_that_is_not_there_or_empty_holds_no_masks(davis: Path, info: VideoInfo) -> None:
    (davis / "empty").mkdir()
    folders = PngFolders(davis, None)
    assert folders.find(["empty"], info) is None and folders.find(["other", "a\0b"], info) is None


def broken_text(path: Path) -> None:
    path.write_bytes(b"hello")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"IDAT") + 6
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)


def in_colour(path: Path) -> None:
    Image.new("RGB", (48, 27)).save(path)


def of_16_bits(path: Path) -> None:
    Image.fromarray(np.zeros((27, 48), np.uint16)).save(path)


def too_large(path: Path) -> None:
    Image.new("1", (MAX_PIXELS // 4096 + 1, 4096)).save(path)


def a_jpeg(path: Path) -> None:
    Image.new("L", (48, 27)).save(path, "JPEG")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (broken_text, "not readable as PNG"),
        (a_jpeg, "not readable as PNG"),
        (cut_off, "not readable as PNG"),
        (damaged, "not readable as PNG"),
        (in_colour, "must be a palette or grey picture of 8 bits, not RGB"),
        (of_16_bits, "must be a palette or grey picture of 8 bits, not I;16"),
        (too_large, "pixels are more than is read at once"),
    ],
)
def test_pictures_that_are_no_masks_are_one_line(
    spoil: Callable[[Path], None], message: str, davis: Path, info: VideoInfo
) -> None:
    file = davis / "P01_01" / "00000.png"
    spoil(file)
    with pytest.raises(SourceError) as caught:
        PngFolders(davis, None).find(["P01_01"], info)
    assert message in str(caught.value) and str(file) in str(caught.value) and "\n" not in str(caught.value)


def test_sizes_and_names_are_checked(davis: Path, info: VideoInfo) -> None:
    write(davis / "P01_01" / "00006.png", np.zeros((20, 48)))
    masks = PngFolders(davis, None).find(["P01_01"], info)
    assert masks is not None
    with pytest.raises(SourceError, match=r"00006\.png: is 20x48, the first of its folder 27x48"):
        masks.regions(1)
    write(davis / "P01_01" / "cover.png", np.zeros((27, 48)))
    with pytest.raises(SourceError, match=r"cover\.png: its name must be the number of its frame"):
        PngFolders(davis, None).find(["P01_01"], info)
