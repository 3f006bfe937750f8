"""Timed captions of sources, as their annotation files have them; files of pairs, and lists of videos."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from vidsynth.errors import SourceError
from vidsynth.jobs.captions import read_list, timed_captions
from vidsynth.jobs.pairs_file import PairsFile, write
from vidsynth.manifest import Manifest
from vidsynth.splits.before_after import PairRules, pair_up
from vidsynth.splits.before_after.check import check
from vidsynth.splits.before_after.presets import preset

CHARADES = """id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length
AAAAA,S,Kitchen,6,7,Yes,,,,c000 0.00 4.00;c001 5.00 9.00;c002 3.00 6.00,12.5
BBBBB,S,Kitchen,6,7,Yes,,,,c001 9.00 2.00,10.0
CCCCC,S,Kitchen,6,7,Yes,,,,,10.0
"""
CLASSES = "c000 Holding some clothes\nc001 Putting clothes somewhere\nc002 Eating\n"


@pytest.fixture
def charades(tmp_path: Path) -> Path:
    (tmp_path / "Charades_v1_train.csv").write_text(CHARADES)
    (tmp_path / "Charades_v1_classes.txt").write_text(CLASSES)
    return tmp_path


def rows_of(captions: Any, name: str = "default") -> list[dict[str, Any]]:
    chosen = preset(name)
    rows: list[dict[str, Any]] = chosen.pair_up(captions.table, chosen.rules(), {}).table().to_pylist()
    return rows


def test_charades_is_read_as_it_stands(charades: Path) -> None:
    captions = timed_captions("charades-actions", charades)
    assert captions.name == "charades-actions" and captions.missing == 0
    assert len(captions.table) == 4 and captions.mean_length() == 11.25
    clean = rows_of(captions)
    assert [row["text"] for row in clean] == [
        "putting clothes somewhere after holding some clothes",
        "holding some clothes before putting clothes somewhere",
    ]
    assert {row["path"] for row in clean} == {"AAAAA.mp4"}
    assert len(rows_of(captions, "charades-paper")) == 4  # B's only action ends before it starts


def test_only_videos_that_are_there_are_rendered(charades: Path) -> None:
    with pytest.raises(SourceError, match="none of the 2 videos of charades-actions is under this folder"):
        timed_captions("charades-actions", charades, on_disk=True)
    (charades / "Charades_v1_480").mkdir()
    (charades / "Charades_v1_480/AAAAA.mp4").touch()
    captions = timed_captions("charades-actions", charades, on_disk=True)
    assert captions.missing == 1
    assert set(captions.table["path"].to_pylist()) == {"Charades_v1_480/AAAAA.mp4"}


def test_activitynet_captions_are_read_with_their_splits(tmp_path: Path) -> None:
    entry = {
        "duration": 50.0,
        "timestamps": [[0, 10], [10, 20], [30, 40]],
        "sentences": ["A man sits.", " He stands up before he runs.", " Then, he runs."],
    }
    for split in ("train", "val_1", "val_2"):
        (tmp_path / f"{split}.json").write_text(json.dumps({f"v_{split[:3]}": entry}))
    captions = timed_captions("activitynet-captions", tmp_path)
    rows = rows_of(captions)
    assert sorted({row["split"] for row in rows}) == ["train", "val_1", "val_2"]
    assert {row["text"] for row in rows} == {"a man sits before then he runs", "then he runs after a man sits"}
    assert {row["video_id"].split("/")[0] for row in rows} == {"train", "val_1", "val_2"}


def test_tempo_s_sentences_are_taken_as_they_are(tmp_path: Path) -> None:
    def entry(name: str, text: str, own: list[int], context: list[int]) -> dict[str, Any]:
        return {
            "annotation_id": name, "video": "x.avi", "description": text, "times": [own] * 4, "train_times": [own],
            "reference_description": "a dog, in red, barks", "context": context,
        }  # fmt: skip

    entries = [
        entry("before_1_1", "the man sits before a dog, in red, barks", [0, 0], [1, 2]),
        entry("after_1_2", "After a dog, in red, barks, the man sits, too.", [3, 5], [1, 2]),
        entry("then_1_3", "a dog barks, then the man sits", [3, 5], [1, 2]),
        {"annotation_id": 4, "video": "x.avi", "description": "a dog", "times": [[0, 0]]},
    ]
    for split in ("train", "val", "test"):
        (tmp_path / f"tempoTL+didemo_{split}.json").write_text(json.dumps(entries if split == "train" else []))
    rows = rows_of(timed_captions("tempo", tmp_path, sentences=True), "tempo-tl")
    assert [(row["text"], row["reversed_text"]) for row in rows] == [
        ("the man sits before a dog in red barks", "a dog in red barks before the man sits"),
        ("the man sits too after a dog in red barks", "a dog in red barks after the man sits too"),
    ]
    assert [(row["first_text"], row["first_start_s"], row["second_start_s"]) for row in rows] == [
        ("the man sits", 0.0, 5.0),
        ("a dog in red barks", 5.0, 15.0),
    ]
    (tmp_path / "temporal_1k.csv").write_text("video,annotation_id\nx.avi,after_1_2\n")
    listed = timed_captions("tempo", tmp_path, sentences=True, lists={"test": tmp_path / "temporal_1k.csv"})
    [row] = rows_of(listed, "tempo-tl")
    assert row["split"] == "test" and row["relation"] == "after"


def test_a_manifest_of_segments_will_do_and_of_sentences_too(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "path,video_id,start_s,end_s,text\na.mp4,a1,0,1,He sits\na.mp4,a2,2,3,He runs\nb.mp4,b1,0,1,Rain\n"
    )
    captions = timed_captions(tmp_path / "mine.csv", tmp_path)
    assert [row["text"] for row in rows_of(captions)] == ["he runs after he sits", "he sits before he runs"]
    (tmp_path / "told.jsonl").write_text(
        json.dumps({"path": "a.mp4", "start_s": 0, "end_s": 1, "text": "He sits before he runs", "context": [2, 3]})
    )
    told = timed_captions(tmp_path / "told.jsonl", tmp_path, sentences=True)
    assert [row["text"] for row in rows_of(told, "tempo-tl")] == ["he sits before he runs"]
    assert rows_of(told, "tempo-tl")[0]["path"] == "a.mp4"


def test_lists_are_read(tmp_path: Path) -> None:
    lines, table, other, empty = (tmp_path / name for name in ("a.txt", "b.csv", "c.csv", "d.txt"))
    lines.write_text("# mine\nAAAAA\n\n BBBBB \nAAAAA\n")
    table.write_text("video,annotation_id\nx.avi,before_1\ny.avi,after_2\n")
    other.write_text("name\nx\n")
    empty.write_text("# nothing\n")
    assert read_list(lines) == ["AAAAA", "BBBBB"] and read_list(table) == ["before_1", "after_2"]
    with pytest.raises(
        SourceError, match=r"c\.csv: line 1 names none of the columns annotation_id, video_id, video, id"
    ):
        read_list(other)
    with pytest.raises(SourceError, match=r"d\.txt: the list is empty"):
        read_list(empty)
    with pytest.raises(SourceError, match=r"nowhere\.txt: not readable as a list of videos"):
        read_list(tmp_path / "nowhere.txt")


def test_files_of_pairs_are_manifests_and_are_read_back(charades: Path) -> None:
    rules = PairRules.from_dict({"relations": ["then", "before"], "negatives": "other-video"})
    pairs = pair_up(timed_captions("charades-actions", charades).table, rules, {"name": "mine"})
    file = charades / "pairs.parquet"
    write(pairs, file)
    found = PairsFile(file)
    assert found.rules == rules and len(found) == 2
    assert list(found.rows()) == pairs.table().to_pylist() and list(check(found.rows(), found.rules)) == []
    assert found.table(["text"]).equals(pairs.table().select(["text"]))
    again = Manifest.read(file)
    assert again.about["name"] == "mine" and again.hash() == pairs.manifest(charades).hash()
    for suffix in (".csv", ".jsonl"):
        write(pairs, charades / f"pairs{suffix}")
        assert Manifest.read(charades / f"pairs{suffix}").hash() == again.hash()
    assert not [path for path in charades.iterdir() if path.name.startswith(".")]


def test_a_file_is_written_whole_or_not_at_all(charades: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = pair_up(timed_captions("charades-actions", charades).table, PairRules())

    def interrupted(self: object) -> Any:
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(type(pairs), "batches", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(pairs, charades / "pairs.parquet")
    assert sorted(path.suffix for path in charades.iterdir()) == [".csv", ".txt"]


def test_what_is_no_file_of_pairs_is_refused(charades: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        PairsFile(charades / "pairs.parquet")
    with pytest.raises(SourceError, match="not readable as Parquet"):
        PairsFile(charades / "Charades_v1_train.csv")
    Manifest.from_columns({"path": ["a.mp4"]}, charades).write(charades / "videos.parquet")
    with pytest.raises(SourceError, match=r"no file of pairs \(it lacks video, pair_id, .*, rules\)"):
        PairsFile(charades / "videos.parquet")
    write(pair_up(timed_captions("charades-actions", charades).table, PairRules()), charades / "pairs.parquet")
    table = pq.read_table(charades / "pairs.parquet")
    pq.write_table(
        table.replace_schema_metadata({b"vidsynth": b'{"rules": "{\\"overlap\\": 3}"}'}), charades / "odd.parquet"
    )
    with pytest.raises(SourceError, match=r"it lacks rules"):
        PairsFile(charades / "odd.parquet")
