"""Run-length masks in JSON files: of images, of videos, and what is wrong with a file in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidsynth.errors import SourceError
from vidsynth.generators.occlusion import rle
from vidsynth.generators.occlusion.coco import CocoFile
from vidsynth.video.probe import VideoInfo

MASK = np.zeros((27, 48), np.uint8)
MASK[2:5, 3:9] = 1
RLE = {"size": [27, 48], "counts": rle.encoded(MASK)}
CATEGORIES = [{"id": 7, "name": "dog"}]


def images() -> dict[str, Any]:
    return {
        "categories": CATEGORIES,
        "images": [
            {"id": 1, "file_name": "P01_01/00000.jpg"},
            {"id": 2, "file_name": "P01_01_frame_0000000006.jpg"},
            {"id": 3, "file_name": "P01_01/00040.jpg"},  # the video has no frame 40
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 7, "segmentation": RLE},
            {"id": 2, "image_id": 2, "category_id": 9, "segmentation": {"size": [27, 48], "counts": "f1"}},
        ],
    }


def write(path: Path, values: Any) -> Path:
    path.write_text(json.dumps(values))
    return path


def test_images_tell_video_and_frame(tmp_path: Path, info: VideoInfo) -> None:
    values = images()
    values["annotations"][1]["segmentation"]["counts"] = [0, 1296]
    coco = CocoFile(write(tmp_path / "masks.json", values), None)
    masks = coco.find(["P01_01"], info)
    assert masks is not None and masks.times.tolist() == [0, 0.1] and (masks.height, masks.width) == (27, 48)
    (dog,), (other,) = masks.regions(0), masks.regions(1)
    assert (dog.name, dog.class_id, other.name) == ("dog", 7, "9")
    canvas = np.zeros((27, 48), np.int32)
    dog.shape.draw(canvas, 1)
    assert (canvas == MASK).all()
    other.shape.draw(canvas, 1)
    assert canvas.all() and coco.find(["P01_02"], info) is None


def test_videos_list_masks_over_time(tmp_path: Path, info: VideoInfo) -> None:
    names = [f"P01_01/{number:05d}.jpg" for number in (0, 5, 10)]
    values = {
        "categories": CATEGORIES,
        "videos": [{"id": 4, "file_names": names}],
        "annotations": [{"id": 1, "video_id": 4, "category_id": 7, "segmentations": [RLE, None, RLE]}],
    }
    masks = CocoFile(write(tmp_path / "masks.json", values), 5).find(["P01_01"], info)
    assert masks is not None and masks.times.tolist() == [0, 1, 2] and masks.period_s == 0.2
    assert [len(masks.regions(number)) for number in range(3)] == [1, 0, 1]
    values["annotations"][0]["segmentations"] = [RLE]  # type: ignore[index]
    with pytest.raises(SourceError, match=r"annotations\[0\]\.segmentations: must be one a frame"):
        CocoFile(write(tmp_path / "masks.json", values), 5)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("images", 0, "file_name"), "cover.jpg", "images[0]: 'cover.jpg' tells no video and frame"),
        (("images", 0, "id"), "1", "images[0].id: must be a whole number, not '1'"),
        (("annotations", 0, "image_id"), 8, "annotations[0].image_id: there is no image 8"),
        (("annotations", 0, "category_id"), 1.5, "annotations[0].category_id: must be a whole number, not 1.5"),
        (("annotations", 0, "segmentation"), [[0, 0, 9, 9]], "annotations[0].segmentation: must be run lengths"),
        (("annotations", 0, "segmentation", "size"), [27], "segmentation.size: must be [height, width], not [27]"),
        (("annotations", 0, "segmentation", "size"), [-27, -48], "segmentation.size: must be [height, width]"),
        (("annotations", 0, "segmentation", "size"), [1 << 20, 1 << 20], "pixels are more than is read at once"),
        (
            ("annotations", 0, "segmentation", "counts"),
            [1.5, 3],
            "segmentation.counts: must be a list of whole numbers",
        ),
        (("annotations", 0, "segmentation", "counts"), ["3"], "segmentation.counts: must be a list of whole numbers"),
        (("annotations",), None, "annotations: must be a list, not None"),
        (("categories",), {}, "categories: must be a list, not {}"),
        (("images", 0), "x", "images[0]: must be an object, not 'x'"),
    ],
)
def test_malformed_files_are_one_line_with_file_and_field(
    place: tuple[Any, ...], value: Any, message: str, tmp_path: Path
) -> None:
    values = json.loads(json.dumps(images()))
    at: Any = values
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    path = write(tmp_path / "masks.json", values)
    with pytest.raises(SourceError) as caught:
        CocoFile(path, None)
    assert message in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("counts", [[1], [1 << 80], [0, 1297], [1296, -1, 1], "1", "é", [1 << 62] * 5])
def test_runs_that_make_no_mask_are_one_line(counts: Any, tmp_path: Path, info: VideoInfo) -> None:
    values = json.loads(json.dumps(images()))
    values["annotations"][0]["segmentation"]["counts"] = counts
    masks = CocoFile(write(tmp_path / "masks.json", values), None).find(["P01_01"], info)
    assert masks is not None
    with pytest.raises(SourceError, match=r"masks\.json: annotations: segmentation of dog: "):
        masks.regions(0)


def test_masks_of_one_video_are_of_one_size(tmp_path: Path, info: VideoInfo) -> None:
    values = images()
    values["annotations"][1]["segmentation"] = {"size": [2, 2], "counts": [4]}
    masks = CocoFile(write(tmp_path / "masks.json", values), None).find(["P01_01"], info)
    assert masks is not None
    with pytest.raises(SourceError, match="a mask is 2x2, the first of its video 27x48"):
        masks.regions(1)
