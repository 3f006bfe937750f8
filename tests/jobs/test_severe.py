"""Settings made of real folders: official lists found, counts of repetitions in real videos, lists written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vidsynth.errors import RecipeError, SourceError
from vidsynth.jobs.severe import make_setting, write_lists
from vidsynth.manifest import Manifest

CLASSES = ("Archery", "Hammering", "HammerThrow")


@pytest.fixture
def ucf(tmp_path: Path) -> Manifest:
    """A root with lists of 3 classes of 5 training videos, one of them missing, and no video file."""
    lists = tmp_path / "ucf" / "ucfTrainTestlist"
    lists.mkdir(parents=True)
    (lists / "classInd.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(CLASSES, 1)))
    train = [f"{c}/v_{c}_g{g:02d}_c01.avi" for c in CLASSES for g in range(8, 13)]
    test = [f"{c}/v_{c}_g01_c01.avi" for c in CLASSES]
    (lists / "trainlist01.txt").write_text(
        "".join(f"{path} {CLASSES.index(path.split('/')[0]) + 1}\n" for path in train)
    )
    (lists / "testlist01.txt").write_text("".join(f"{path}\n" for path in test))
    paths = train[1:] + test
    return Manifest.from_columns(
        {"path": [f"UCF-101/{path}" for path in paths], "labels": [[path.split("/")[0]] for path in paths]},
        tmp_path / "ucf",
        {"name": "ucf101"},
    )


def test_lists_in_the_root_number_order_and_count_the_rows(ucf: Manifest) -> None:
    (made,) = make_setting("ucf101-1000", ucf, samples=[6], draw="published")
    assert made.summary.missing == {"train": ["v_Archery_g08_c01"]}
    numbers = {extra["class"] for extra in made.manifest.extras()}
    assert numbers == {0, 1, 2}
    # Of UCF101 the authors' code draws from the list, whatever is on disk: the first choices are of five videos.
    state = np.random.RandomState(99999)
    drawn = {f"UCF-101/Archery/v_Archery_g{8 + n:02d}_c01.avi" for n in state.choice(5, 2, replace=False)}
    paths = made.manifest.only_split("train").table["path"].to_pylist()
    assert {path for path in paths if "Archery" in path} == drawn - {"UCF-101/Archery/v_Archery_g08_c01.avi"}
    assert made.manifest.about["draw"] == "6 samples, published, seed 99999"


def test_a_curve_ends_with_all_rows(ucf: Manifest) -> None:
    sizes = make_setting("ucf101-curve", ucf, samples=[3, 6])
    assert [len(made.manifest.only_split("train")) for made in sizes] == [3, 6]
    (whole,) = make_setting("ucf101-curve", ucf)
    assert whole.samples is None and len(whole.manifest.only_split("train")) == 14


def test_lists_are_written_and_found_again(ucf: Manifest, tmp_path: Path) -> None:
    (made,) = make_setting("ucf101-1000", ucf, samples=[6])
    files = write_lists(tmp_path / "lists", "ucf101-1000", made)
    assert sorted(file.name for file in files) == ["classInd.txt", "testlist01.txt", "trainlist01.txt"]
    assert sorted(file.name for file in (tmp_path / "lists").iterdir()) == sorted(file.name for file in files)
    (again,) = make_setting("ucf101", ucf, annotations=tmp_path / "lists")
    assert again.manifest.table.equals(made.manifest.table) and again.summary.missing == {}


def test_a_root_that_is_not_there_has_no_lists(ucf: Manifest) -> None:
    (made,) = make_setting("ucf101-arrow-of-time", Manifest(ucf.table, "nowhere"))
    assert len(made.manifest) == 2 * len(ucf) and made.summary.missing is None


def test_what_is_not_there_is_said(ucf: Manifest, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no setting 'ucf101-100'; did you mean 'ucf101-1000'"):
        make_setting("ucf101-100", ucf)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="--draw published: needs the official lists of ucf101"):
        make_setting("ucf101-1000", ucf, annotations=tmp_path / "empty", draw="published")
    with pytest.raises(SourceError, match=r"no folder repetition_label with UCFRep's .txt files"):
        make_setting("ucfrep", ucf)
    with pytest.raises(SourceError, match=r"no ava_train_v2.2.csv or ava_val_v2.2.csv"):
        make_setting("ava", ucf)
    (made,) = make_setting("ucf101-arrow-of-time", ucf)
    with pytest.raises(RecipeError, match="ucf101-arrow-of-time: was published without lists"):
        write_lists(tmp_path / "lists", "ucf101-arrow-of-time", made)


def test_repetitions_are_timed_by_the_real_videos(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    root = tmp_path / "ucf"
    (root / "BenchPress").mkdir(parents=True)
    (root / "annotations" / "repetition_label").mkdir(parents=True)
    make_video(root / "BenchPress" / "v_BenchPress_g01_c01.avi", frames=30, codec="mpeg4", fps=25)
    make_video(root / "BenchPress" / "v_BenchPress_g22_c01.avi", frames=30, codec="mpeg4", fps=30)
    (root / "BenchPress" / "v_BenchPress_g23_c01.avi").write_bytes(b"")
    (root / "annotations" / "repetition_label" / "BenchPress.txt").write_text(
        "v_BenchPress_g01_c01\n1 11 21\n\nv_BenchPress_g22_c01\n4 10 20 30\n\nv_BenchPress_g23_c01\n1 5 9\n"
        "v_BenchPress_g25_c02\n1 5 9\n"
    )
    source = Manifest.from_columns(
        {"path": [f"BenchPress/v_BenchPress_g{g}_c01.avi" for g in ("01", "22", "23")]}, root
    )
    (made,) = make_setting("ucfrep", source)
    assert made.unread == {"v_BenchPress_g23_c01": "empty file (0 bytes)"}
    assert made.summary.missing == {"val": ["v_BenchPress_g25_c02"]}
    first, second = made.manifest[0], made.manifest[1]
    assert (first.split, second.split) == ("train", "val")
    assert (first.start_s, first.end_s) == (0.0, pytest.approx(21 / 25))
    assert (second.start_s, second.end_s) == (pytest.approx(3 / 30), pytest.approx(1.0))  # up to its very end
    assert [extra["count"] for extra in made.manifest.extras()] == [2, 3]
    assert made.manifest.extras()[0]["bounds_s"] == pytest.approx([0, 10 / 25, 20 / 25])
