"""Every published list that is written is read back as the authors' code reads it; what they read, we read."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import loadmat

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe import detections, multi_label, numbered, only_classes
from vidsynth.splits.severe.detection import parse_boxes
from vidsynth.splits.severe.granularity import FX_S1
from vidsynth.splits.severe.lists import FORMATS
from vidsynth.splits.severe.lists.repetitions import offsets
from vidsynth.splits.severe.numbers import Published


def write(name: str, manifest: Manifest, folder: Path, lists: Published | None = None) -> Path:
    for file, pieces in FORMATS[name].write(manifest, lists):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces))
    return folder


def texts(folder: Path) -> Callable[[str], str | None]:
    return lambda name: (folder / name).read_text() if (folder / name).exists() else None


def read(name: str, folder: Path) -> Published:
    reader = FORMATS[name].read
    assert reader is not None
    return reader(texts(folder))


# --- UCF101 and NTU60 (action_recognition/datasets/ucf.py, ntu60.py) ---


def as_ucf_reads(folder: Path, subset: str) -> list[tuple[str, int]]:
    with open(folder / "classInd.txt") as file:
        classes = [line.strip().split()[1] for line in file]
    with open(folder / f"{subset}.txt") as file:
        names = [line.strip().split()[0] for line in file]
    return [(name, classes.index(name.split("/")[0])) for name in names]


def ucf() -> Manifest:
    rows = [("Hammering", 1, "train"), ("HammerThrow", 2, "train"), ("Archery", 3, "test"), ("Hammering", 4, "test")]
    return Manifest.from_columns(
        {
            "path": [f"UCF-101/{label}/v_{label}_g{group:02d}_c01.avi" for label, group, _ in rows],
            "split": [split for _, _, split in rows],
            "labels": [[label] for label, _, _ in rows],
            "class": [["Archery", "Hammering", "HammerThrow"].index(label) for label, _, _ in rows],
        },
        "nowhere",
    )


@pytest.mark.parametrize("name", ["ucf101", "ntu60"])
def test_ucf_lists(name: str, tmp_path: Path) -> None:
    write(name, ucf(), tmp_path)
    assert (tmp_path / "classInd.txt").read_text() == "1 Archery\n2 Hammering\n3 HammerThrow\n"
    assert as_ucf_reads(tmp_path, "trainlist01") == [
        ("HammerThrow/v_HammerThrow_g02_c01.avi", 2), ("Hammering/v_Hammering_g01_c01.avi", 1)
    ]  # fmt: skip
    assert as_ucf_reads(tmp_path, "testlist01") == [
        ("Archery/v_Archery_g03_c01.avi", 0), ("Hammering/v_Hammering_g04_c01.avi", 1)
    ]  # fmt: skip
    assert (tmp_path / "trainlist01.txt").read_text().splitlines()[0] == "HammerThrow/v_HammerThrow_g02_c01.avi 3"
    lists = read(name, tmp_path)
    assert lists.classes == ["Archery", "Hammering", "HammerThrow"]
    assert numbered(ucf(), lists).table.equals(ucf().table)


def test_official_forms_of_ucf_and_ntu_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "classInd.txt").write_bytes(b"1 Archery\r\n2 hopping__one_foot_jumping_\r\n")
    (tmp_path / "trainlist01.txt").write_bytes(b"Archery/v_Archery_g08_c01.avi 1\r\n\r\n")
    (tmp_path / "testlist01.txt").write_text("hopping__one_foot_jumping_/S001C002P006R001A026_rgb.avi \n")
    lines = read("ucf101", tmp_path).lines
    assert [tuple(line) for line in lines] == [
        ("v_Archery_g08_c01", "train", 0), ("S001C002P006R001A026_rgb", "test", 1)
    ]  # fmt: skip
    (tmp_path / "testlist01.txt").write_text("\nJuggling/x.avi\n")
    with pytest.raises(SourceError, match=r"testlist01.txt:2: class 'Juggling' is not in classInd.txt"):
        read("ucf101", tmp_path)


def test_names_of_ntu60s_classes_become_their_folders(tmp_path: Path) -> None:
    manifest = Manifest.from_columns(
        {
            "path": ["nturgb+d_rgb/S001C002P003R002A001_rgb.avi", "nturgb+d_rgb/S001C002P001R002A002_rgb.avi"],
            "split": ["test", "train"],
            "labels": [["drink water"], ["touch back (backache)"]],
            "action": [1, 2],
        },
        "nowhere",
    )
    write("ntu60", numbered(manifest), tmp_path)
    assert as_ucf_reads(tmp_path, "trainlist01") == [("touch_back__backache_/S001C002P001R002A002_rgb.avi", 1)]
    assert as_ucf_reads(tmp_path, "testlist01") == [("drink_water/S001C002P003R002A001_rgb.avi", 0)]


def test_classes_that_no_row_names_come_from_the_lists(tmp_path: Path) -> None:
    lists = read("ucf101", write("ucf101", ucf(), tmp_path / "whole"))
    part = numbered(ucf().only_split("train"), lists)
    with pytest.raises(SourceError, match=r"rows tell the classes \[1, 2\]"):
        write("ucf101", part, tmp_path)
    write("ucf101", part, tmp_path / "part", lists)
    assert [number for _, number in as_ucf_reads(tmp_path / "part", "trainlist01")] == [2, 1]


def test_what_cannot_stand_in_a_line_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"file name 'v_Archery g01.avi': cannot stand in a list"):
        write("ucf101", ucf().replaced({"path": ["v_Archery g01.avi"] * 4}), tmp_path)
    with pytest.raises(SourceError, match="its `extra` tells no class"):
        write("gym99", Manifest.from_columns({"path": ["a.avi"], "split": ["train"]}, "."), tmp_path)
    with pytest.raises(SourceError, match="split 'val': these lists have train and test alone"):
        write("ucf101", ucf().replaced({"split": ["val"] * 4}), tmp_path)
    with pytest.raises(SourceError, match=r"row 1: .*: is of no split"):
        write("ucf101", ucf().replaced({"split": [None] * 4}), tmp_path)


# --- FineGym (action_recognition/datasets/gym_99.py, gym_set_FX_S1.py, gym_288.py) ---


def as_gym_reads(file: Path, kept: range | None = None) -> list[tuple[str, int]]:
    found = []
    with open(file) as lines:
        for line in lines:
            name, label = line.strip().split()[0][0:-3] + "avi", int(line.strip().split()[1])
            if kept is None or label in kept:
                found.append((name, label - kept[0] if kept else label))
    return found


def gym() -> Manifest:
    return Manifest.from_columns(
        {
            "path": [f"{n:011d}_E_002184_002237_A_0035_00{n:02d}.mp4" for n in range(20)],
            "split": ["train" if n % 4 else "val" for n in range(20)],
            "labels": [[f"(FX) leap {n}"] for n in range(20)],
            "class": list(range(20)),
        },
        "nowhere",
    )


@pytest.mark.parametrize("name", ["gym99", "gym288"])
def test_gym_lists(name: str, tmp_path: Path) -> None:
    write(name, gym(), tmp_path)
    for split in ("train", "val"):
        rows = gym().only_split(split)
        expected = [(path.replace(".mp4", ".avi"), n) for path, n in zip(
            rows.table["path"].to_pylist(), [extra["class"] for extra in rows.extras()], strict=True
        )]  # fmt: skip
        assert as_gym_reads(tmp_path / f"{name}_{split}.txt") == expected
    assert numbered(gym(), read(name, tmp_path)).table.equals(gym().table)


def test_fine_gyms_own_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "gym99_train_element_v1.1.txt").write_text("A0xAXXysHUo_E_002184_002237_A_0035_0036 93\n")
    (tmp_path / "gym99_val_element.txt").write_text("0LtLS9wROrk_E_002407_002435_A_0003_0005 78\n")
    assert [tuple(line) for line in read("gym99", tmp_path).lines] == [
        ("A0xAXXysHUo_E_002184_002237_A_0035_0036", "train", 93),
        ("0LtLS9wROrk_E_002407_002435_A_0003_0005", "val", 78),
    ]


def test_lists_of_a_part_of_gym99_suit_the_reader_that_keeps_that_part(tmp_path: Path) -> None:
    part = only_classes(gym(), FX_S1)
    write("gym99", part, tmp_path)
    read_back = as_gym_reads(tmp_path / "gym99_train.txt", FX_S1) + as_gym_reads(tmp_path / "gym99_val.txt", FX_S1)
    assert sorted(label for _, label in read_back) == list(range(11))
    assert dict(read_back) == {
        row.path.replace(".mp4", ".avi"): extra["class"]
        for row, extra in ((part[n], extra) for n, extra in enumerate(part.extras()))
    }


# --- Something-Something v2 (action_recognition/datasets/something.py) ---


def as_something_reads(folder: Path, split: str) -> list[tuple[str, int]]:
    with open(folder / "something-something-v2-labels.json") as file:
        classes = json.load(file)
    with open(folder / f"something-something-v2-{split}.json") as file:
        videos = json.load(file)
    return [
        (f"{int(video['id'])}.avi", int(classes[video["template"].replace("[", "").replace("]", "")]))
        for video in videos
    ]


def something() -> Manifest:
    return Manifest.from_columns(
        {
            "path": ["74225.webm", "100904.webm", "1420.webm", "7.webm"],
            "split": ["train", "val", "test", "train"],
            "labels": [["Putting something on something"], ["Spinning something"], None, ["Spinning something"]],
            "text": ["putting a cup on a table", "spinning cube", None, "spinning a “top”"],
            "template": ["Putting [something] on [something]", "Spinning [something]", None, "Spinning [something]"],
            "placeholders": [["a cup", "a table"], ["cube"], None, ["a “top”"]],
            "class": [1, 0, None, 0],
        },
        "nowhere",
    )


def test_something_lists(tmp_path: Path) -> None:
    write("ssv2", something(), tmp_path)
    assert as_something_reads(tmp_path, "train") == [("7.avi", 0), ("74225.avi", 1)]
    assert as_something_reads(tmp_path, "validation") == [("100904.avi", 0)]
    train = json.loads((tmp_path / "something-something-v2-train.json").read_text())
    assert train[0] == {
        "id": "7", "label": "spinning a “top”", "template": "Spinning [something]", "placeholders": ["a “top”"]
    }  # fmt: skip
    assert json.loads((tmp_path / "something-something-v2-test.json").read_text()) == [{"id": "1420"}]
    lists = read("ssv2", tmp_path)
    assert lists.classes == ["Spinning something", "Putting something on something"]
    assert numbered(something(), lists).table.equals(something().take([0, 2, 3]).table)


def test_something_faults_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="class 0 is 'Spinning something' in other rows, 'Putting something on some"):
        write("ssv2", something().replaced({"class": [0, 0, None, 0]}), tmp_path)
    (tmp_path / "something-something-v2-labels.json").write_text("[1")
    with pytest.raises(SourceError, match=r"something-something-v2-labels.json: not readable as JSON"):
        read("ssv2", tmp_path)
    (tmp_path / "something-something-v2-labels.json").write_text('{"Spinning something": "first"}')
    with pytest.raises(SourceError, match="gives templates other values than class numbers"):
        read("ssv2", tmp_path)
    (tmp_path / "something-something-v2-labels.json").write_text('{"Spinning something": "0"}')
    (tmp_path / "something-something-v2-train.json").write_text("[7]")
    with pytest.raises(SourceError, match=r"train.json: item 0: has no id"):
        read("ssv2", tmp_path)
    (tmp_path / "something-something-v2-train.json").write_text('[{"id": "1", "template": "Eating [something]"}]')
    with pytest.raises(SourceError, match=r"train.json: item 0: template 'Eating something' is not in"):
        read("ssv2", tmp_path)


# --- Charades and AVA (slowfast/datasets/utils.py, charades.py, ava_helper.py) ---


def as_frame_lists_are_read(file: Path, prefix: str = "") -> tuple[dict[str, list[str]], dict[str, list[list[int]]]]:
    paths, labels = defaultdict(list), defaultdict(list)
    with open(file) as lines:
        assert lines.readline().startswith("original_vido_id")
        for line in lines:
            row = line.split()
            assert len(row) == 5
            paths[row[0]].append(prefix + row[3])
            found = row[-1].replace('"', "")
            labels[row[0]].append([int(x) for x in found.split(",")] if found != "" else [])
    return dict(paths), dict(labels)


def test_charades_frame_lists(tmp_path: Path) -> None:
    actions = Manifest.from_columns(
        {
            "video_id": ["A_000", "A_001", "B_000"],
            "path": ["Charades_v1_480/AAAAA.mp4", "Charades_v1_480/AAAAA.mp4", "Charades_v1_480/BBBBB.mp4"],
            "split": ["train", "train", "test"],
            "start_s": [0.5, 0.0, 0.25],
            "end_s": [1.5, 1.0, 9.0],
            "labels": [["Sitting"], ["Holding a book"], ["Sitting"]],
            "video": ["A", "A", "B"],
            "class": ["c151", "c026", "c151"],
            "length_s": [2.0, 2.0, 1.02],
        },
        "nowhere",
    )
    with pytest.raises(SourceError, match=r"tells no length_s, which the list needs .*--videos"):
        write("charades", multi_label(actions), tmp_path)
    videos = Manifest.from_columns(
        {
            "video_id": ["A", "B"],
            "path": ["Charades_v1_480/AAAAA.mp4", "Charades_v1_480/BBBBB.mp4"],
            "split": ["train", "test"],
            "length_s": [2.0, 1.02],
        },
        "nowhere",
    )
    write("charades", multi_label(actions, videos), tmp_path)
    paths, labels = as_frame_lists_are_read(tmp_path / "train.csv")
    assert list(paths) == ["AAAAA"] and len(paths["AAAAA"]) == 48
    assert paths["AAAAA"][0] == "AAAAA/AAAAA-000001.jpg" and paths["AAAAA"][-1] == "AAAAA/AAAAA-000048.jpg"
    assert labels["AAAAA"] == [
        [26] * (n <= 24) + [151] * (12 <= n <= 36) for n in range(48)  # seconds 0 to 1, and 0.5 to 1.5
    ]  # fmt: skip
    paths, labels = as_frame_lists_are_read(tmp_path / "val.csv")
    assert labels["BBBBB"] == [[151] if n >= 6 else [] for n in range(24)]
    for found in labels.values():  # as convert_to_video_level_labels does
        assert {label for frame in found for label in frame} == {151}


def as_ava_boxes_are_read(file: Path) -> dict[str, dict[int, list[Any]]]:
    boxes: dict[str, dict[int, dict[str, Any]]] = {}
    with open(file) as lines:
        for line in lines:
            row = line.strip().split(",")
            of_video = boxes.setdefault(row[0], {second: {} for second in range(902, 1799)})
            key = ",".join(row[2:6])
            of_video[int(row[1])].setdefault(key, [list(map(float, row[2:6])), []])[1].append(int(row[6]))
    return {video: {s: list(found.values()) for s, found in of.items() if found} for video, of in boxes.items()}


def test_ava_lists(tmp_path: Path) -> None:
    text = (
        "-5KQ66BBWC4,0902,0.077,0.151,0.283,0.811,80,1\n-5KQ66BBWC4,0902,0.077,0.151,0.283,0.811,12,1\n"
        "-5KQ66BBWC4,0903,0.332,0.194,0.481,0.891,12,0\n"
    )
    source = Manifest.from_columns({"path": ["videos/-5KQ66BBWC4.mkv"]}, "nowhere")
    write("ava", detections(source, {"train": parse_boxes(text, "a")}), tmp_path)
    file = tmp_path / "annotations" / "ava_train_v2.2.csv"
    assert file.read_text() == text
    assert as_ava_boxes_are_read(file)["-5KQ66BBWC4"] == {
        902: [[[0.077, 0.151, 0.283, 0.811], [80, 12]]], 903: [[[0.332, 0.194, 0.481, 0.891], [12]]]
    }  # fmt: skip
    paths, labels = as_frame_lists_are_read(tmp_path / "frame_lists" / "train.csv")
    assert list(paths) == ["-5KQ66BBWC4"] and len(paths["-5KQ66BBWC4"]) == 27030
    assert paths["-5KQ66BBWC4"][(902 - 900) * 30] == "-5KQ66BBWC4/-5KQ66BBWC4_000061.jpg"
    assert not any(labels["-5KQ66BBWC4"])
    assert (tmp_path / "annotations" / "ava_val_v2.2.csv").read_text() == ""


# --- UCFRep (Repetition-Counting/datasets/ucf_aug.py) ---


def as_ucfrep_is_read(folder: Path, subset: str) -> list[dict[str, Any]]:
    found = []
    for file in sorted((folder / "annotations" / subset).iterdir()):
        label = loadmat(str(file))["label"][0, 0]
        bounds = label["temporal_bound"][:, 0]
        found.append(
            {
                "video_id": file.name[:-4],
                "class": file.name[:-4][2:-8],
                "segment": [int(label["start_frame"][0, 0]), int(label["end_frame"][0, 0])],
                "n_frames": int(label["duration"][0, 0]),
                "next": label["offset_next_estimate"][0, :].tolist(),
                "pre": label["offset_pre_estimate"][0, :].tolist(),
                "counts": len(bounds) - 1,
            }
        )
    return found


def as_matlab_interpolates(bounds: list[int]) -> tuple[list[int], list[int]]:
    """Follow label_interpolation_v1.m, frame by frame."""
    following, previous = [0] * (bounds[-1] - bounds[0] + 1), [0] * (bounds[-1] - bounds[0] + 1)
    for k in range(len(bounds) - 1):
        for p in range(bounds[k], bounds[k + 1] + 1):
            middle = bounds[k + 1] - bounds[k]
            at = p - bounds[0]
            following[at] = previous[at] = -1
            if k < len(bounds) - 2:
                right = bounds[k + 2] - bounds[k + 1]
                low, high = min(middle, right), max(middle, right)
                if not (high - low > 2 and high / low > 1.3):
                    following[at] = int((p - bounds[k]) / middle * right + bounds[k + 1] - p + 0.5)
            if k:
                left = bounds[k] - bounds[k - 1]
                low, high = min(middle, left), max(middle, left)
                if not (high - low > 2 and high / low > 1.3):
                    previous[at] = int(p - bounds[k - 1] - (p - bounds[k]) / middle * left + 0.5)
    return following, previous


@given(st.integers(1, 50), st.lists(st.integers(1, 40), min_size=2, max_size=8))
def test_offsets_are_those_of_the_authors_script(first: int, lengths: list[int]) -> None:
    bounds = [first, *(first + np.cumsum(lengths)).tolist()]
    following, previous = offsets(bounds)
    assert (following.tolist(), previous.tolist()) == as_matlab_interpolates(bounds)


def test_repetition_files(tmp_path: Path) -> None:
    manifest = Manifest.from_columns(
        {
            "path": ["BabyCrawling/v_BabyCrawling_g21_c04.avi", "BenchPress/v_BenchPress_g01_c01.avi"],
            "split": ["val", "train"],
            "bounds": [[1, 37, 91, 143, 189], [3, 36, 122]],
        },
        "nowhere",
    )
    write("ucfrep", manifest, tmp_path)
    (val,) = as_ucfrep_is_read(tmp_path, "val")
    assert (val["video_id"], val["class"], val["segment"]) == ("v_BabyCrawling_g21_c04", "BabyCrawling", [1, 189])
    assert (val["n_frames"], val["counts"]) == (189, 4)
    # The published file of this video.
    assert val["next"][:36] == [-1] * 36 and val["next"][36:51] == [54] * 14 + [53] and val["next"][-47:] == [-1] * 47
    assert val["pre"][:90] == [-1] * 90 and val["pre"][90:93] == [54] * 3 and val["pre"][-1] == 46
    (train,) = as_ucfrep_is_read(tmp_path, "train")
    assert train["segment"] == [3, 122] and train["counts"] == 2 and len(train["next"]) == train["n_frames"] == 120
    with pytest.raises(SourceError, match=r"v_BabyCrawling_g21_c04: test/v_BabyCrawling_g21_c04: UCFRep has names"):
        write("ucfrep", manifest.replaced({"split": ["test", "train"]}), tmp_path)
