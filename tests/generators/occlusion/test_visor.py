"""VISOR's files: times, pixels, holes, layers, contact, and what is wrong with a file in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidsynth.errors import SourceError
from vidsynth.generators.occlusion.masking import HANDS, chooser, clip_masks
from vidsynth.generators.occlusion.recipe import MaskParams
from vidsynth.generators.occlusion.regions import Polygons, VideoMasks
from vidsynth.generators.occlusion.visor import Visor
from vidsynth.video.probe import VideoInfo

Entity = Callable[..., dict[str, Any]]
Box = Callable[..., list[list[float]]]


def drawn(masks: VideoMasks, number: int = 0) -> np.ndarray:
    """Return the numbers of the regions of a picture, int32 [H, W], 0 where there is none."""
    canvas = np.zeros((masks.height, masks.width), np.int32)
    for value, region in enumerate(masks.regions(number), 1):
        region.shape.draw(canvas, value)
    return canvas


def found(root: Path, info: VideoInfo, video: str = "P01_01", *, dense: bool = False) -> VideoMasks:
    masks = Visor(root, dense=dense).find([video], info)
    assert masks is not None
    return masks


@pytest.mark.parametrize(("video", "fps"), [("P01_01", 60), ("P01_101", 50)])
def test_frames_are_found_by_time(video: str, fps: int, tmp_path: Path, info: VideoInfo, write_visor: Any) -> None:
    write_visor(tmp_path / "deep" / "train", video, {124: [], 1: [], 61: []})
    masks = found(tmp_path, info, video)
    assert masks.times.tolist() == [0, 60 / fps, 123 / fps] and masks.period_s == 1 / fps
    assert (masks.height, masks.width) == (1080, 1920)


def test_the_timestamp_file_comes_before_the_rule(tmp_path: Path, info: VideoInfo, write_visor: Any) -> None:
    write_visor(tmp_path, "P02_02", {1: [], 61: []})
    times = {"timestamps": {"P02_02_frame_0000000061.jpg": 1.033, "P09_01_frame_0000000001.jpg": 7}}
    (tmp_path / "frames_to_timestamps.json").write_text(json.dumps(times))
    assert found(tmp_path, info, "P02_02").times.tolist() == [0, 1.033]


def test_vertices_are_cut_to_whole_pixels(tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Entity) -> None:
    square = [[10.9, 20.9], [13.2, 20.1], [13.99, 24.99], [10.0, 24.0]]
    beyond = [[-0.9, -0.9], [2.5, -0.9], [2.5, 1.5], [-0.9, 1.5]]  # -0.9 becomes 0, not -1
    edge = [[-0.9, 10.5], [-0.9, 15.5], [-0.9, 12.0]]  # a line, which floor would put outside
    write_visor(tmp_path, "P01_01", {1: [entity("cup", 13, square, beyond, edge)]})
    expected = np.zeros((1080, 1920), np.int32)
    expected[20:25, 10:14] = expected[:2, :3] = expected[10:16, :1] = 1
    assert (drawn(found(tmp_path, info)) == expected).all()


def test_polygons_inside_others_are_holes_and_later_ones_lie_on_top(
    tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Entity, box: Box
) -> None:
    ring = entity("ring", 5, box(100, 100, 100, 100), box(140, 140, 20, 20), [])
    nothing = entity("nothing", 6)
    lid = entity("lid", 7, box(190, 190, 40, 40))
    write_visor(tmp_path, "P01_01", {1: [ring, nothing, lid]})
    seen = drawn(found(tmp_path, info))
    assert seen[150, 150] == 0 and seen[120, 120] == 1 and seen[195, 195] == 3 and seen[225, 225] == 3
    # The edge of a hole belongs to the ring: fillPoly draws the outline of every polygon.
    assert (seen == 1).sum() == 100 * 100 - 18 * 18 - 10 * 10 and (seen == 3).sum() == 1600 and 2 not in seen


def test_dense_files_are_of_another_size_and_share_frames(
    tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Entity, box: Box
) -> None:
    path = write_visor(tmp_path, "P01_01", {3: [entity("a", 5, box(0, 0, 4, 4), type=0)]}, dense=True)
    values = json.loads(path.read_text())
    again = json.loads(json.dumps(values["video_annotations"][0]))
    again["annotations"][0] |= {"name": "b", "segments": [box(10, 0, 4, 4)], "type": 1}
    values["video_annotations"].append(again)
    path.write_text(json.dumps(values))
    masks = found(tmp_path, info, dense=True)
    assert (masks.height, masks.width, len(masks.times)) == (480, 854, 1)
    assert [region.name for region in masks.regions(0)] == ["a", "b"]
    with pytest.raises(SourceError, match=r"no VISOR annotations such as P01_01\.json"):
        Visor(tmp_path, dense=False)


def test_object_rules(tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Entity, box: Box) -> None:
    knife, board = entity("knife", 4, box(0, 0, 9, 9)), entity("board", 32, box(20, 0, 9, 9))
    hands = [
        entity("left hand", 300, box(40, 0, 9, 9), in_contact_object="knife", on_which_hand=["left hand"]),
        entity("right hand", 301, box(60, 0, 9, 9), in_contact_object="hand-not-in-contact"),
        entity("glove", 304, box(80, 0, 9, 9), on_which_hand=["rigth hand"]),
        entity("foot", 302, box(100, 0, 9, 9), id=["odd"]),
    ]
    write_visor(tmp_path, "P01_01", {1: [knife, board, *hands]})
    regions = found(tmp_path, info).regions(0)

    def taken(objects: str, noun: int | None = None, **params: Any) -> list[str]:
        chosen = chooser(MaskParams(kind="visor-sparse", objects=objects, **params), noun)  # type: ignore[arg-type]
        return [region.name for region in regions if chosen(region)]

    assert taken("all") == ["knife", "board", "left hand", "right hand", "glove", "foot"]
    assert taken("hands") == ["left hand", "right hand", "glove"]
    assert taken("non-hand") == ["knife", "board", "foot"]
    assert taken("in-contact") == ["knife"]
    assert taken("action-noun", 32) == ["board"] and taken("action-noun", 33) == []
    assert taken("classes", classes=("4", "foot")) == ["knife", "foot"]
    assert {11, 60, 300, 301, 303, 304} == HANDS


def test_far_vertices_and_thin_shapes_draw_nothing_wrong(
    tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Entity
) -> None:
    """A sliver that grows to a plane when interpolated: coordinates stay within what fillPoly takes."""
    sliver = [[-16384.0, 5], [16384.0, 5], [16384.0, 5.0001]]
    plane = [[-16384.0, -16384.0], [16384, -16384], [16384, 16384], [-16384, 16384]]
    write_visor(tmp_path, "P01_01", {1: [entity("a", 5, sliver)], 13: [entity("a", 5, plane)]})
    params = MaskParams(kind="visor-sparse", time="interpolate")
    masks = clip_masks(found(tmp_path, info), info.whole(), info, params, chooser(params, None))
    assert masks.mask.shape == (24, 54, 96) and masks.mask[12].all() and set(np.unique(masks.mask)) <= {0, 1}
    canvas = np.zeros((10, 20), np.int32)
    Polygons((np.array([[-1e12, 3], [1e12, 3], [1e12, 5], [-1e12, 5]]),)).draw(canvas, 1)
    assert canvas.all(1).nonzero()[0].tolist() == [3, 4, 5] and canvas.sum() == 60


POINT = "video_annotations[0].annotations[0].segments[0]: must be a list of [x, y] within 16384 pixels"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"class_id": 4', '"class_id": "4"', "video_annotations[0].annotations[0].class_id: must be a whole number"),
        ('"class_id": 4, ', "", "video_annotations[0].annotations[0].class_id: is missing"),
        ('"segments": [[', '"segments": null, "x": [[', "annotations[0].segments: must be a list, not None"),
        ("[1, 2]", "[1, 2, 3]", POINT),
        ("[1, 2]", "[1, 1e999]", POINT),
        ("[1, 2]", "[1, -1e9]", POINT),
        ("[1, 2]", "[1, null]", POINT),
        ("[1, 2]", "[1, NaN]", "not JSON: NaN is not a JSON number"),
        ("[1, 2]", "[1, " + "9" * 400 + "]", POINT),
        ("[1, 2]", "[1, " + "9" * 5000 + "]", "not JSON: "),
        ('"video_annotations"', '"annotations"', "P01_01.json.video_annotations: is missing"),
        ("_frame_0000000001", "_picture", "video_annotations[0].image.name: 'P01_01_picture.jpg' tells no frame"),
        ("_frame_0000000001", "_frame_0000000000", "tells no frame"),
        ('"image": {', '"image": 3, "x": {', "video_annotations[0].image: must be an object, not 3"),
        ('{"info"', '[{"info"', "P01_01.json: not JSON: "),
    ],
)
def test_malformed_files_are_one_line_with_file_and_field(
    old: str, new: str, message: str, tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Entity
) -> None:
    path = write_visor(tmp_path, "P01_01", {1: [entity("knife", 4, [[1, 2], [5, 2], [5, 9]])]})
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new))
    with pytest.raises(SourceError) as caught:
        found(tmp_path, info)
    assert message in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["[" * 100_000, "\xff\xfe", "", "3"])
def test_other_files_are_refused_too(text: str, tmp_path: Path, info: VideoInfo) -> None:
    (tmp_path / "P01_01.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceError, match=r"P01_01\.json: "):
        found(tmp_path, info)


@pytest.mark.parametrize("value", ["1e999", "-1", '"soon"', "9" * 400])
def test_times_that_are_none_are_refused(value: str, tmp_path: Path, info: VideoInfo, write_visor: Any) -> None:
    write_visor(tmp_path, "P01_01", {1: []})
    times = f'{{"timestamps": {{"P01_01_frame_0000000001.jpg": {value}}}}}'
    (tmp_path / "frames_to_timestamps.json").write_text(times)
    with pytest.raises(SourceError, match=r"frames_to_timestamps\.json: P01_01_frame_0000000001\.jpg: must be seconds"):
        found(tmp_path, info)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, info: VideoInfo) -> None:
    with (tmp_path / "P01_01.json").open("wb") as file:
        file.truncate((256 << 20) + 1)
    with pytest.raises(SourceError, match=r"P01_01\.json: larger than 256 MiB"):
        found(tmp_path, info)
