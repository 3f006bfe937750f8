"""Shards on disk: what `load` and `datasets` read is what was written."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from vidsynth.columns import ArrayColumn, ClipColumn, ValueColumn
from vidsynth.errors import ShardError
from vidsynth.recipe import Payload
from vidsynth.shards.finish import summarise, write_failures, write_summary
from vidsynth.shards.folder import Absent, BuildFolder, Done
from vidsynth.shards.reader import Shards, load
from vidsynth.shards.schema import shard_schema
from vidsynth.shards.writer import ShardWriter, batch_rows

COLUMNS = {
    "clip": ClipColumn((3, 8, 12, 3)),
    "boxes": ArrayColumn("float32", (2, 4)),
    "caption": ValueColumn("string", "what is seen"),
    "scores": ValueColumn("list<float64>"),
}
PLAN = pa.struct({"numbers": pa.list_(pa.float64())})


def sample(index: int) -> dict[str, Any]:
    rng = np.random.default_rng(index)
    return {
        "index": index,
        "key": f"{index:08d}",
        "plan": {"numbers": rng.random(index % 4).tolist()},
        "sources": [{"video_id": "ü", "path": "ü.mp4", "times": [0.0, 0.5], "sha256": "0" * 64}],
        "clip": np.kron(rng.integers(0, 256, (3, 2, 3, 3)), np.ones((1, 4, 4, 1))).astype(np.uint8),
        "boxes": rng.random((2, 4)).astype(np.float32),
        "caption": f"sample {index}" if index % 3 else None,
        "scores": rng.random(index % 3).tolist(),
    }


def write(out: Path, kind: str = "raw", rows: tuple[int, ...] = (5, 0, 40), skip: tuple[int, ...] = ()) -> Path:
    folder, stored = BuildFolder(out), Payload(kind=kind)  # type: ignore[arg-type]
    done, ranges, start = [], [], 0
    for number, count in enumerate(rows):
        indices = range(start, start + count)
        start += count
        name = folder.shard_name(number, len(rows))
        with ShardWriter(out / name, folder.tmp, shard_schema(COLUMNS, stored, PLAN), stored, 16) as writer:
            for index in indices:
                if index not in skip:
                    writer.write(sample(index))
        absent = tuple(Absent(index, "a.mp4", "decode", "cut off") for index in indices if index in skip)
        done.append(Done("r", number, name, writer.rows, writer.bytes, writer.sha256, 1.0, absent))
        ranges.append(indices)
    write_failures(folder, done)
    write_summary(folder, summarise(done, ranges, {"recipe": "r", "samples": start}))
    return out


@pytest.mark.parametrize("kind", ["raw", "jpeg", "h264", "lossless", "none"])
def test_samples_come_back_as_they_were(tmp_path: Path, kind: str) -> None:
    shards = load(write(tmp_path, kind))
    assert len(shards) == 45
    for position, got in enumerate(shards):
        want = sample(position)
        for name in ("index", "key", "plan", "sources", "caption", "scores"):
            assert got[name] == want[name]
        assert (got["boxes"] == want["boxes"]).all() and got["boxes"].dtype == np.float32
        if kind == "none":
            assert "clip" not in got
        else:
            assert got["clip"].shape == (3, 8, 12, 3)
            distance = np.abs(got["clip"].astype(int) - want["clip"])
            assert distance.max() == 0 if kind in ("raw", "lossless") else distance.mean() < 40


def test_raw_clips_are_views_of_the_file_and_cannot_be_written(tmp_path: Path) -> None:
    shards = load(write(tmp_path))
    before = pa.total_allocated_bytes()
    clips = [shards[position]["clip"] for position in range(45)]
    assert pa.total_allocated_bytes() - before < clips[0].nbytes
    assert not clips[0].flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        clips[0][0] = 0


def test_positions_skip_absent_rows_and_indices_find_them(tmp_path: Path) -> None:
    shards = load(write(tmp_path, skip=(2, 7, 44)))
    assert len(shards) == 42
    assert [shards[position]["index"] for position in (0, 2, 4, 41, -1)] == [0, 3, 5, 43, 43]
    assert shards.position(3) == 2 and shards.position(43) == 41
    for index in (2, 44, 45, -1):
        with pytest.raises(KeyError):
            shards.position(index)
    for position in (42, -43):
        with pytest.raises(IndexError, match="outside 0 to 41"):
            shards[position]


def test_only_asked_columns_are_read(tmp_path: Path) -> None:
    write(tmp_path)
    assert set(load(tmp_path, columns=["clip", "index"])[0]) == {"clip", "index"}
    with pytest.raises(ShardError, match="no column clop"):
        load(tmp_path, columns=["clop"])


def test_shards_travel_to_other_processes_by_their_path(tmp_path: Path) -> None:
    shards = load(write(tmp_path), columns=["clip"])
    data = pickle.dumps(shards)
    assert len(data) < 1000
    again: Shards = pickle.loads(data)
    assert (again[17]["clip"] == shards[17]["clip"]).all() and again.columns == ("clip",)


@pytest.mark.parametrize("kind", ["raw", "jpeg", "none"])
def test_datasets_reads_the_folder_as_it_lies(tmp_path: Path, kind: str) -> None:
    datasets = pytest.importorskip("datasets")
    write(tmp_path / "out", kind)
    rows = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == 45 and rows["index"] == list(range(45))
    row, want = rows[7], sample(7)
    assert row["plan"] == want["plan"] and row["sources"] == want["sources"]
    assert (np.frombuffer(row["boxes"], "float32").reshape(2, 4) == want["boxes"]).all()
    if kind == "raw":
        assert row["clip"] == want["clip"].tobytes()
    if kind == "jpeg":
        assert np.stack([np.asarray(frame) for frame in row["clip"]]).shape == (3, 8, 12, 3)


def test_datasets_shows_mp4_payloads_as_videos(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    write(tmp_path / "out", "h264")
    rows = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(rows.features["clip"], datasets.Video)
    stored = rows.cast_column("clip", datasets.Video(decode=False))[0]["clip"]["bytes"]
    assert stored[4:8] == b"ftyp"


def test_writing_the_same_samples_gives_the_same_bytes(tmp_path: Path) -> None:
    for kind in ("raw", "jpeg", "h264", "lossless"):
        one, two = write(tmp_path / kind / "1", kind), write(tmp_path / kind / "2", kind)
        for file in (one / "data").iterdir():
            assert file.read_bytes() == (two / "data" / file.name).read_bytes()
            assert file.stat().st_size == next(
                shard["bytes"] for shard in load(one).summary["shards"] if shard["file"].endswith(file.name)
            )


def test_a_shard_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    stored = Payload(kind="raw")
    schema = shard_schema(COLUMNS, stored, PLAN)
    writer = ShardWriter(tmp_path / "d/a.arrow", tmp_path / "t", schema, stored, 1)
    with pytest.raises(KeyError), writer:
        writer.write(sample(0))
        writer.write({"index": 1})
    assert not list((tmp_path / "d").iterdir()) and not list((tmp_path / "t").iterdir())


def test_a_truncated_shard_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    file = tmp_path / "data/train-00002-of-00003.arrow"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ShardError, match=r"train-00002-of-00003.arrow: not readable as a shard"):
        load(tmp_path)[10]


def test_batches_stay_small(tmp_path: Path) -> None:
    assert batch_rows(COLUMNS) == 32
    assert batch_rows({"clip": ClipColumn((16, 224, 224, 3)), "other": ClipColumn((16, 224, 224, 3))}) == 6
    assert batch_rows({"clip": ClipColumn((1000, 512, 512, 3))}) == 1
    assert batch_rows({}) == 32
