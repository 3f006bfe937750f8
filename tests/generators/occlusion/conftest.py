import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidsynth.video.probe import VideoInfo, probe

Entity = dict[str, Any]


def _entity(name: str, class_id: int, *polygons: list[list[float]], **more: Any) -> Entity:
    entity = {"id": name, "name": name, "class_id": class_id, "exhaustive": "y", "segments": list(polygons)}
    return entity | more


def _box(x: float, y: float, width: float, height: float) -> list[list[float]]:
    return [[x, y], [x + width - 1, y], [x + width - 1, y + height - 1], [x, y + height - 1]]


def _write_visor(
    root: Path, video: str, pictures: dict[int, list[Entity]], *, dense: bool = False, **image: Any
) -> Path:
    """Write a file as VISOR has it: `pictures` gives, by frame number, the annotations."""
    entries = []
    for number, annotations in pictures.items():
        name = f"{video}_frame_{number:010d}.jpg"
        facts = {"image_path": f"{video}/{name}", "name": name, "subsequence": f"{video}_seq_00001", "video": video}
        if dense:
            facts |= {"interpolation": 1, "interpolation_start_frame": name, "interpolation_end_frame": name}
        entries.append({"image": facts | image, "annotations": annotations})
    root.mkdir(parents=True, exist_ok=True)
    path = root / f"{video}{'_interpolations' if dense else ''}.json"
    path.write_text(json.dumps({"info": {"description": "VISOR"}, "video_annotations": entries}))
    return path


@pytest.fixture(scope="session")
def entity() -> Callable[..., Entity]:
    """`entity(name, class_id, *polygons, **more)`: an annotation of VISOR's."""
    return _entity


@pytest.fixture(scope="session")
def box() -> Callable[..., list[list[float]]]:
    """`box(x, y, width, height)`: a polygon that covers just these pixels."""
    return _box


@pytest.fixture(scope="session")
def write_visor() -> Callable[..., Path]:
    """`write_visor(root, video, {frame: [annotation, …]}, dense=False) -> path`."""
    return _write_visor


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """A video of 24 frames, 60 a second, 96 x 54: a twentieth of VISOR's pictures."""
    root = tmp_path_factory.mktemp("kitchen")
    make_video(root / "P01_01.mp4", frames=24, size=(54, 96), fps=60)
    return root


@pytest.fixture(scope="session")
def info(kitchen: Path) -> VideoInfo:
    return probe(kitchen / "P01_01.mp4", "P01_01.mp4")
