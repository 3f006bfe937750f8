"""Kinetics-400 in the layouts that people have."""

from pathlib import Path

import pytest

from vidsynth.errors import SourceError
from vidsynth.manifest import ManifestRow
from vidsynth.sources import k400, source
from vidsynth.sources.classes import canonical, only_classes, read_classes

HEADER = "label,youtube_id,time_start,time_end,split\n"
A, B, C = "---QUuC4vJs_000084_000094", "-7kbO0v4hag_000107_000117", "zzz_QuC4vJs_000001_000011"


def touch(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def rows(root: Path) -> dict[str, ManifestRow]:
    manifest = k400.read(root)
    return {manifest[n].video_id: manifest[n] for n in range(len(manifest))}


def facts(root: Path) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
    return {name: (row.path, row.split, row.labels) for name, row in rows(root).items()}


def test_class_folders(tmp_path: Path) -> None:
    touch(tmp_path, f"train/massaging_person's_head/{A}.mp4", f"val/testifying/{B}.mp4")
    assert facts(tmp_path) == {
        A: (f"train/massaging_person's_head/{A}.mp4", "train", ("massaging person's head",)),
        B: (f"val/testifying/{B}.mp4", "val", ("testifying",)),
    }


def test_mmaction2_folders_with_the_official_csvs(tmp_path: Path) -> None:
    touch(tmp_path, f"videos_train/testifying/{A}.mp4", f"videos_val/eating_spaghetti/{B}.mp4")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/kinetics_train.csv").write_text(HEADER + "testifying,---QUuC4vJs,84,94,train\n")
    (tmp_path / "annotations/kinetics_val.csv").write_text(HEADER + "eating spaghetti,-7kbO0v4hag,107,117,val\n")
    assert facts(tmp_path) == {
        A: (f"videos_train/testifying/{A}.mp4", "train", ("testifying",)),
        B: (f"videos_val/eating_spaghetti/{B}.mp4", "val", ("eating spaghetti",)),
    }


def test_flat_folder_with_csvs_that_call_their_split_validate(tmp_path: Path) -> None:
    touch(tmp_path, f"videos/{A}.mp4", f"videos/{B}.mp4", f"videos/{C}.mp4")
    (tmp_path / "train.csv").write_text(HEADER + '"massaging person\'s head",---QUuC4vJs,84,94,train\n')
    (tmp_path / "validate.csv").write_text(HEADER + "testifying,-7kbO0v4hag,107,117,validate\n")
    (tmp_path / "test.csv").write_text(
        "youtube_id,time_start,time_end,split\nzzz_QuC4vJs,1,11,test\nabsent_____,0,10,test\n"
    )
    assert facts(tmp_path) == {
        A: (f"videos/{A}.mp4", "train", ("massaging person's head",)),
        B: (f"videos/{B}.mp4", "val", ("testifying",)),
        C: (f"videos/{C}.mp4", "test", ()),
    }
    about = k400.read(tmp_path).about
    assert about["annotated"] == "4" and about["annotated but not on disk"] == "1"


def test_replacements_go_before_the_corrupted_originals(tmp_path: Path) -> None:
    touch(tmp_path, f"train/{A}.mp4", f"replacement/replacement_for_corrupted_k400/{A}.mp4", f"train/{B}.mp4")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/train.csv").write_text(
        HEADER + "testifying,---QUuC4vJs,84,94,train\ntestifying,-7kbO0v4hag,107,117,train\n"
    )
    assert facts(tmp_path) == {
        A: (f"replacement/replacement_for_corrupted_k400/{A}.mp4", "train", ("testifying",)),
        B: (f"train/{B}.mp4", "train", ("testifying",)),
    }


def test_the_authors_folder_and_names_without_times(tmp_path: Path) -> None:
    touch(tmp_path, f"VideoData/testifying/{A}.avi", "VideoData/testifying/-7kbO0v4hag.avi", "VideoData/readme.txt")
    (tmp_path / "train.csv").write_text(HEADER + "testifying,-7kbO0v4hag,107,117,train\n")
    assert facts(tmp_path) == {
        A: (f"VideoData/testifying/{A}.avi", None, ("testifying",)),
        "-7kbO0v4hag": ("VideoData/testifying/-7kbO0v4hag.avi", "train", ("testifying",)),
    }


def test_two_copies_of_a_video_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, f"train/testifying/{A}.mp4", f"train_256/testifying/{A}.mp4")
    with pytest.raises(SourceError, match="two copies of ---QUuC4vJs_000084_000094"):
        k400.read(tmp_path)


def test_a_folder_of_other_videos_is_not_kinetics(tmp_path: Path) -> None:
    touch(tmp_path, "holiday.mp4")
    with pytest.raises(SourceError, match="is this Kinetics-400"):
        k400.read(tmp_path)


def test_a_damaged_csv_is_named_with_its_line(tmp_path: Path) -> None:
    touch(tmp_path, f"train/{A}.mp4")
    (tmp_path / "train.csv").write_text(HEADER + "testifying,---QUuC4vJs,soon,94,train\n")
    with pytest.raises(SourceError, match=r"train\.csv: line 2: time_start must be a number of seconds, not 'soon'"):
        k400.read(tmp_path)


def test_the_train_split_is_taken_unless_another_is_asked_for(tmp_path: Path) -> None:
    touch(tmp_path, f"train/testifying/{A}.mp4", f"val/testifying/{B}.mp4")
    assert [source("k400", root=tmp_path)[0].video_id] == [A]
    assert [source("k400", root=tmp_path, split="val")[0].video_id] == [B]
    assert len(source("k400", root=tmp_path, split="all")) == 2
    with pytest.raises(SourceError, match="k400 has no split 'tset'; it has train, val"):
        source("k400", root=tmp_path, split="tset")


def test_mini_kinetics_is_a_list_of_200_classes() -> None:
    classes = read_classes("mini-kinetics-200")
    assert len(classes) == len({canonical(name) for name in classes}) == 200
    assert {"abseiling", "zumba"} <= set(classes)
    assert "bartending" not in classes  # in Mini-Kinetics-C, another subset of the same size
    assert classes == sorted(classes)


def test_class_lists_match_however_folders_write_the_names(tmp_path: Path) -> None:
    touch(
        tmp_path, f"train/Massaging_Persons_Head/{A}.mp4", f"train/massaging_person's_head/{B}.mp4", f"train/x/{C}.mp4"
    )
    (tmp_path / "list.txt").write_text("# a comment\nmassaging person's head\n\n")
    kept = only_classes(k400.read(tmp_path), str(tmp_path / "list.txt"))
    assert [kept[0].video_id] == [B] and len(kept) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mini-kinetic-200", None, "did you mean 'mini-kinetics-200'"),
        ("absent.txt", None, "not readable as a class list"),
        ("empty.txt", "# nothing\n", "the class list is empty"),
        ("other.txt", "no such class\n", "none of the 1 classes"),
    ],
)
def test_class_lists_that_do_not_fit_are_refused(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    touch(tmp_path, f"train/testifying/{A}.mp4")
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=message):
        only_classes(k400.read(tmp_path), str(tmp_path / name) if name.endswith(".txt") else name)
