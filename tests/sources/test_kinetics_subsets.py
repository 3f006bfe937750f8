"""Mini-Kinetics-200 and Kinetics-Sound are Kinetics-400, of some classes."""

from typing import Any

from vidsynth import source
from vidsynth.sources.check import check
from vidsynth.sources.classes import canonical, read_classes

A, B, C = "---QUuC4vJs_000084_000094", "--3ouPhoy2A_000020_000030", "-0WZKTu0xLk_000058_000068"
VIDEOS = [f"train/abseiling/{A}.mp4", f"train/bowling/{B}.mp4", f"train/tapping_pen/{C}.mp4"]
CSV = "label,youtube_id,time_start,time_end,split\n" + "".join(
    f"{label},{name[:11]},{int(name[12:18])},{int(name[19:])},train\n"
    for label, name in (("abseiling", A), ("bowling", B), ("tapping pen", C), ("singing", "aaaaaaaaaaa_000000_000010"))
)


def test_only_videos_of_the_classes_are_taken(lay: Any, by_id: Any) -> None:
    root = lay(VIDEOS, {})
    assert set(by_id(source("mini-kinetics", root=root))) == {A, B}
    manifest = source("kinetics-sound", root=root)
    assert set(by_id(manifest)) == {B, C}
    assert manifest.about["name"] == "kinetics-sound" and "annotated" not in manifest.about


def test_counts_are_of_the_classes(lay: Any) -> None:
    root = lay(VIDEOS, {"annotations/train.csv": CSV})
    assert source("k400", root=root).about["annotated"] == "4"
    about = source("kinetics-sound", root=root).about
    assert (about["annotated"], about["annotated but not on disk"]) == ("3", "1")
    report = check("kinetics-sound", root)
    assert (report.expected, len(report.found), report.missing) == (3, 2, ["aaaaaaaaaaa_000000_000010"])
    assert check("k400", root).expected == 4


def test_the_published_ids_are_kept_to_where_they_lie(lay: Any, by_id: Any) -> None:
    root = lay(VIDEOS, {"train_ytid_list.txt": f"{A[:11]}\n", "train.csv": CSV})
    manifest = source("mini-kinetics", root=root)
    assert set(by_id(manifest)) == {A} and manifest.about["classes"] == "mini-kinetics-200, the listed ids"
    assert check("mini-kinetics", root).expected == 1


def test_kinetics_sound_is_a_list_of_31_classes() -> None:
    classes = read_classes("kinetics-sound")
    assert len(classes) == len({canonical(name) for name in classes}) == 31
    assert classes == sorted(classes)
