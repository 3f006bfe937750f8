"""Shards in other forms hold the same samples, and the same bytes every time."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vidsynth import Shards, TubeletPairs, build, load, source
from vidsynth.errors import Mismatch
from vidsynth.payload import encode
from vidsynth.recipe import Payload
from vidsynth.shards.convert import Form, convert
from vidsynth.shards.folder import write_atomically
from vidsynth.shards.parquet import arrow_to_parquet, parquet_to_arrow


@pytest.fixture(scope="module")
def raw(twelve: Path, small: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Shards:
    """Twelve pairs with boxes and masks in four shards."""
    changes = small | {"payload.kind": "raw", "truth": ["boxes", "masks"]}
    return build(
        TubeletPairs(source(twelve), changes=changes), tmp_path_factory.mktemp("raw"), workers=0, progress=False
    )


def converted(shards: Shards, form: Form, out: Path) -> Shards:
    """Write a whole build in another form."""
    (out / "data").mkdir(parents=True)
    told = [convert(shards.folder, shard, form, out / "data") for shard in shards.summary["shards"]]
    assert {file.name for file in (out / "data").iterdir()} == {Path(shard["file"]).name for shard in told}
    for shard in told:
        data = (out / shard["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (shard["bytes"], shard["sha256"])
    return Shards(out, summary={**shards.summary, "shards": told})


def test_parquet_and_back_is_the_very_same_table(raw: Shards, tmp_path: Path) -> None:
    for shard in raw.summary["shards"]:
        arrow = raw.folder.shard_file(shard)
        arrow_to_parquet(arrow, tmp_path / "a.parquet")
        parquet_to_arrow(tmp_path / "a.parquet", tmp_path / "a.arrow")
        was, now = pa.ipc.open_file(arrow), pa.ipc.open_file(tmp_path / "a.arrow")
        assert now.schema.equals(was.schema, check_metadata=True)
        assert now.num_record_batches == was.num_record_batches
        assert now.read_all().equals(was.read_all())


@pytest.mark.parametrize(
    "form",
    [
        Form("parquet"), Form("parquet", Payload(kind="h264")), Form("arrow", Payload(kind="h264")),
        Form("parquet", Payload(kind="jpeg")), Form("arrow", Payload(kind="lossless")),
        Form("parquet", Payload(kind="none")),
    ],
)  # fmt: skip
def test_the_samples_stay_and_the_bytes_are_the_same_every_time(raw: Shards, tmp_path: Path, form: Form) -> None:
    one, two = converted(raw, form, tmp_path / "1"), converted(raw, form, tmp_path / "2")
    assert [shard["sha256"] for shard in one.summary["shards"]] == [s["sha256"] for s in two.summary["shards"]]
    kind = form.payload.kind if form.payload else "raw"
    for was, now in zip(raw, one, strict=True):
        for name in ("index", "key", "plan", "sources"):
            assert now[name] == was[name]
        assert (now["boxes"] == was["boxes"]).all() and (now["masks"] == was["masks"]).all()
        assert ("clip1" in now) == (kind != "none")
        if kind in ("raw", "lossless"):
            assert (now["clip1"] == was["clip1"]).all() and (now["clip2"] == was["clip2"]).all()
        elif kind != "none":
            assert now["clip1"].shape == was["clip1"].shape and one.described["clip1"]["kind"] == kind
            assert np.abs(now["clip1"].astype(int) - was["clip1"]).mean() < 12


def test_clips_become_what_the_encoder_makes_of_their_pixels(raw: Shards, tmp_path: Path) -> None:
    stored = Payload(kind="h264", h264_crf=30, fps=8)
    found = converted(raw, Form("parquet", stored), tmp_path)
    rows = pq.read_table(tmp_path / found.summary["shards"][0]["file"])
    assert rows["clip1"][1]["bytes"].as_py() == encode(raw[1]["clip1"], stored)


def test_datasets_shows_the_clips_as_videos(raw: Shards, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    converted(raw, Form("parquet", Payload(kind="h264")), tmp_path / "out")
    files = sorted(str(file) for file in (tmp_path / "out/data").iterdir())
    rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(rows.features["clip1"], datasets.Video) and isinstance(rows.features["clip2"], datasets.Video)
    undecoded = rows.cast_column("clip2", datasets.Video(decode=False)).remove_columns("clip1")
    assert undecoded[3]["clip2"]["bytes"][4:8] == b"ftyp"


def test_an_empty_shard_stays_one(raw: Shards, tmp_path: Path) -> None:
    empty = tmp_path / "empty.arrow"
    with pa.ipc.new_file(str(empty), raw.schema):
        pass
    arrow_to_parquet(empty, tmp_path / "e.parquet")
    parquet_to_arrow(tmp_path / "e.parquet", tmp_path / "e.arrow")
    assert pa.ipc.open_file(tmp_path / "e.arrow").read_all().num_rows == 0


def test_a_changed_shard_is_not_converted(raw: Shards, tmp_path: Path) -> None:
    shard = raw.summary["shards"][0]
    copy = load(raw.folder.path)
    data = raw.folder.shard_file(shard).read_bytes()
    write_atomically(tmp_path / shard["file"], data[:100] + b"x" + data[101:])
    write_atomically(tmp_path / "vidsynth.json", copy.folder.summary.read_bytes())
    folder = type(copy.folder)(tmp_path)
    with pytest.raises(Mismatch, match=r"00000-of-00004.arrow: its bytes have changed"):
        convert(folder, shard, Form("parquet"), tmp_path)
    (tmp_path / shard["file"]).unlink()
    with pytest.raises(Mismatch, match="missing"):
        convert(folder, shard, Form("parquet"), tmp_path)


def test_a_folder_of_parquet_files_is_read_through_the_cache(raw: Shards, tmp_path: Path) -> None:
    shards = converted(raw, Form("parquet"), tmp_path)
    assert shards.folder.path == tmp_path and (shards[7]["clip1"] == raw[7]["clip1"]).all()
    file = tmp_path / shards.summary["shards"][3]["file"]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Mismatch, match=r"not the file that vidsynth.json tells of"):
        shards[11]
