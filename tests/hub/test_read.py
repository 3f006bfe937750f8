"""A data set with a Video column, read from a local copy."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.video.probe import probe

pytest.importorskip("datasets")


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf")


@pytest.fixture
def copy(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    root = tmp_path / "pets"
    for name, frames in (("train/cat/a.mp4", 3), ("train/dog/b.mp4", 4), ("validation/cat/c.mp4", 5)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        make_video(root / name, frames)
    return root


def test_folders_of_videos(copy: Path) -> None:
    manifest = source(f"hf://{copy}", split="all")
    rows = [manifest[n] for n in range(3)]
    assert [(row.path, row.split, row.labels) for row in rows] == [
        ("train/000000.mp4", "train", ("cat",)), ("train/000001.mp4", "train", ("dog",)),
        ("validation/000000.mp4", "val", ("cat",)),
    ]  # fmt: skip
    assert [probe(manifest.root / row.path).frames for row in rows] == [3, 4, 5]
    assert manifest.about["name"] == f"hf://{copy}"
    assert len(source(f"hf://{copy}", split="val")) == 1


def test_videos_in_tables_are_written_out_once(copy: Path, tmp_path: Path) -> None:
    import datasets

    kinds = datasets.Features(
        {"video": datasets.Video(), "caption": datasets.Value("string"), "n": datasets.Value("int64")}
    )
    cells = [
        {"video": {"bytes": file.read_bytes(), "path": file.name}, "caption": file.stem, "n": number}
        for number, file in enumerate(sorted(copy.rglob("*.mp4")))
    ]
    (tmp_path / "table").mkdir()
    datasets.Dataset.from_list(cells, features=kinds).to_parquet(tmp_path / "table/train.parquet")
    manifest = source(f"hf://{tmp_path / 'table'}")
    assert [(manifest[n].text, manifest.extras()[n]) for n in range(3)] == [
        ("a", {"n": 0}), ("b", {"n": 1}), ("c", {"n": 2})
    ]  # fmt: skip
    written = [manifest.root / manifest[n].path for n in range(3)]
    assert [probe(file).frames for file in written] == [3, 4, 5]
    times = [file.stat().st_mtime_ns for file in written]
    source(f"hf://{tmp_path / 'table'}")
    assert [file.stat().st_mtime_ns for file in written] == times


def test_what_is_no_such_data_set_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="hf://no/such"):
        source("hf://no/such")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/train.csv").write_text("text\nhello\n")
    with pytest.raises(SourceError, match=r"no column of videos \(columns: text\)"):
        source(f"hf://{tmp_path / 'texts'}")


def test_without_the_library_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['datasets'] = None\n"
        "from vidsynth import source\nfrom vidsynth.errors import MissingDependency\n"
        "try: source('hf://user/set')\nexcept MissingDependency as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'vidsynth[hub]'" in done.stdout
