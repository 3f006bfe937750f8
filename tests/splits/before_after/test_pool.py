"""Events made ready: cleaned, refused, joined from rows and manifests, put into lists' splits."""

import math
from typing import Any

import pyarrow as pa
import pytest

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.annotations import Row
from vidsynth.splits.before_after import EVENTS, PairRules, from_manifest, from_rows, with_lists
from vidsynth.splits.before_after.events import mean_length
from vidsynth.splits.before_after.pool import clean, gather
from vidsynth.splits.before_after.tally import Tally


def texts(*events: str | None, **changes: Any) -> tuple[list[str], dict[str, list[int]]]:
    """Return the texts that are kept, and what was dropped."""
    rows = [
        {"video": "v", "path": "v", "start_s": number, "end_s": number + 1.0, "text": text}
        for number, text in enumerate(events)
    ]
    tally = Tally()
    pool = gather(pa.Table.from_pylist(rows, EVENTS), PairRules.from_dict(changes), tally)
    return [pool.texts[int(code)].as_py() for code in pool.text], {k: v.tolist() for k, v in tally.dropped.items()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "a man who was late runs. fast"),
        ({"lower": False}, "A Man who was late runs. Fast"),
        ({"delete_commas": False}, "a man, who was late, runs. fast"),
        ({"final_punctuation": "keep"}, "a man who was late runs. fast !."),
    ],
)
def test_texts_are_cleaned(changes: dict[str, Any], expected: str) -> None:
    raw = " A Man,\n who\u00a0was\tlate,  runs. Fast !. "
    assert clean(pa.array([raw]), PairRules.from_dict(changes)).to_pylist() == [expected]


def test_events_with_temporal_words_are_dropped() -> None:
    given = ("he left before noon", "afternoon", "After all, he sat", "while he sat", "and what came before.")
    kept, dropped = texts(*given)
    assert kept == ["afternoon", "while he sat"] and dropped == {"events with a temporal word": [3]}
    kept, _ = texts(*given, temporal_words=["while"], ambiguous="keep")
    assert kept == ["he left before noon", "afternoon", "after all he sat", "and what came before"]
    kept, _ = texts(*given, temporal_match="spaced", ambiguous="keep", final_punctuation="keep")
    assert kept == ["afternoon", "after all he sat", "while he sat", "and what came before."]
    kept, dropped = texts(*given, temporal_words=[])
    assert kept == ["afternoon", "while he sat"] and dropped == {"events ambiguous in a caption": [3]}


def test_a_temporal_word_may_hold_signs() -> None:
    kept, _ = texts("5 o'clock", "a+b", "aab", temporal_words=["o'clock", "a+b"])
    assert kept == ["aab"]


def test_nothing_is_no_text() -> None:
    assert texts(None, "", " .", "a")[1] == {"events without text": [3]}


def test_rows_become_events_as_they_stand() -> None:
    rows = [
        Row("v_0", "v", "train", 2.0, 1.0, ("Running",), None, length_s=9.0),
        Row("v_1", "v", "train", math.nan, None, (), "he sits", length_s=9.0),
        Row("w_0", "w", None, 0.0, 3.0, (), None, length_s=5.0),
    ]
    table = from_rows(rows, lambda file: f"videos/{file}.mp4")
    assert table.schema == EVENTS
    assert table["path"].to_pylist() == ["videos/v.mp4", "videos/v.mp4", "videos/w.mp4"]
    assert table["text"].to_pylist() == ["Running", "he sits", None]
    assert table["label"].to_pylist() == ["Running", None, None]
    assert mean_length(table) == 7.0
    assert math.isnan(mean_length(from_rows([])))


def test_segments_of_a_manifest_become_events_of_their_videos() -> None:
    manifest = Manifest.from_columns(
        {
            "video_id": ["a1", "a2", "b1"],
            "path": ["x/a.mp4", "x/a.mp4", "b"],
            "start_s": [None, 2.0, 1.0],
            "end_s": [1.0, 3.0, None],
            "text": ["he sits", None, None],
            "labels": [["p", "q"], ["r"], []],
        },
        ".",
    )
    rows = from_manifest(manifest).to_pylist()
    assert [row["video"] for row in rows] == ["x/a", "x/a", "b"]
    assert [(row["start_s"], row["end_s"]) for row in rows] == [(0.0, 1.0), (2.0, 3.0), (1.0, None)]
    assert [(row["text"], row["label"]) for row in rows] == [("he sits", "p"), ("r", "r"), (None, None)]


def test_lists_make_splits_and_leave_out_the_rest() -> None:
    table = from_rows(Row(f"{name}_0", name, "train", 0.0, 1.0, ("x",)) for name in "abcd")
    listed = with_lists(table, {"val": ["c"], "train": ["d", "a", "nowhere"]})
    assert list(zip(listed["video"].to_pylist(), listed["split"].to_pylist(), strict=True)) == [
        ("a", "train"),
        ("c", "val"),
        ("d", "train"),
    ]
    with pytest.raises(SourceError, match=r"name 'c' more than once"):
        with_lists(table, {"val": ["c"], "test": ["c"]})
    with pytest.raises(SourceError, match=r"the list of 'test': none of its 1 entries, such as 'z', is a video here"):
        with_lists(table, {"val": ["c"], "test": ["z"]})
