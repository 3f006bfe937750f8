"""Builds at a URL: only what is touched is fetched, once, and only what vidsynth.json tells of is kept."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidsynth import TubeletPairs, build, load, source
from vidsynth.errors import MissingDependency, ShardError, StoreError
from vidsynth.shards.reader import Shards
from vidsynth.shards.remote import open_remote
from vidsynth.sources.settings import cache_dir
from vidsynth.store import Url

fsspec = pytest.importorskip("fsspec")


@pytest.fixture(scope="module")
def built(twelve: Path, small: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pairs in four shards."""
    out = tmp_path_factory.mktemp("remote") / "out"
    build(TubeletPairs(source(twelve), changes=small | {"payload.kind": "raw"}), out, workers=0, progress=False)
    return out


@pytest.fixture
def url(built: Path) -> Iterator[str]:
    """The same build in fsspec's memory."""
    memory = fsspec.filesystem("memory")
    memory.put(f"{built}/", "/sets/out/", recursive=True)
    yield "memory://sets/out"
    memory.rm("/sets", recursive=True)


def kept() -> list[str]:
    return sorted(file.name for file in (cache_dir() / "shards").glob("*") if file.suffix != ".lock")


def test_samples_are_those_of_the_folder(built: Path, url: str) -> None:
    near, far = load(built), load(url + "/")
    assert len(far) == len(near) == 12 and far.summary == near.summary and far.recipe == near.recipe
    for one, other in zip(near, far, strict=True):
        assert one.keys() == other.keys()
        assert (one["clip1"] == other["clip1"]).all() and one["plan"] == other["plan"]
    assert repr(far) == "Shards('memory://sets/out', 12 samples in 4 shards)"


def test_only_shards_that_are_touched_are_fetched_and_only_once(built: Path, url: str) -> None:
    shards = load(url)
    digests = [shard["sha256"] for shard in shards.summary["shards"]]
    assert kept() == [f"{digests[0]}.arrow"]  # the first tells of the columns
    assert shards[11]["index"] == 11
    assert kept() == sorted(f"{digest}.arrow" for digest in (digests[0], digests[3]))
    fsspec.filesystem("memory").rm("/sets/out/data", recursive=True)
    assert load(url)[10]["index"] == 10


def test_a_file_url_and_a_worker_process(built: Path) -> None:
    shards = Shards(open_remote(Url(f"file://{built}")), ["index"])
    data = pickle.dumps(shards)
    assert len(data) < 1000
    assert pickle.loads(data)[7] == {"index": 7}


@pytest.mark.parametrize("damage", ["flipped", "short", "long"])
def test_other_bytes_than_told_of_are_not_kept(built: Path, url: str, damage: str) -> None:
    shards = load(url)
    name = shards.summary["shards"][3]["file"]
    data = bytearray((built / name).read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 1
    fsspec.filesystem("memory").pipe(
        f"/sets/out/{name}", bytes(data[:-9] if damage == "short" else data + b"more" if damage == "long" else data)
    )
    with pytest.raises(ShardError, match=rf"{name}: not the file that vidsynth.json tells of"):
        shards[11]
    assert kept() == [f"{shards.summary['shards'][0]['sha256']}.arrow"]
    fsspec.filesystem("memory").pipe(f"/sets/out/{name}", (built / name).read_bytes())
    assert shards[11]["index"] == 11


def test_a_build_that_changes_is_seen_when_it_is_opened_again(pairs: TubeletPairs, tmp_path: Path, url: str) -> None:
    old = load(url)
    build(pairs, tmp_path / "new", workers=0, progress=False)
    fsspec.filesystem("memory").put(str(tmp_path / "new") + "/", "/sets/out/", recursive=True)
    with pytest.raises(ShardError, match="has changed since it was opened"):
        old[11]
    assert load(url).described["clip1"]["kind"] == "jpeg" and load(url)[11]["index"] == 11


@pytest.mark.parametrize(
    ("key", "value"),
    [("file", "../../etc/passwd.arrow"), ("file", "data/.arrow"), ("sha256", "../" * 20), ("rows", -1), ("bytes", "1")],
)
def test_a_summary_that_leads_elsewhere_is_refused(built: Path, url: str, key: str, value: Any) -> None:
    summary = json.loads((built / "vidsynth.json").read_bytes())
    summary["shards"][1][key] = value
    fsspec.filesystem("memory").pipe("/sets/out/vidsynth.json", json.dumps(summary).encode())
    with pytest.raises(ShardError, match=r"vidsynth.json: damaged"):
        load(url)


def test_what_cannot_be_opened_is_said(built: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match=r"memory://sets/none/vidsynth.json: not there"):
        load("memory://sets/none")
    with pytest.raises(StoreError, match=r"nosuch://out/vidsynth.json: Protocol not known: nosuch"):
        load("nosuch://out")
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingDependency, match=r"s3://b/out/vidsynth.json needs .* pip install 'vidsynth\[s3\]'"):
        load("s3://b/out")
    monkeypatch.setattr("vidsynth.shards.remote.MAX_SUMMARY_BYTES", 100)
    with pytest.raises(ShardError, match="larger than 100 bytes"):
        load(url)


def test_without_fsspec_it_is_named() -> None:
    code = (
        "import sys; sys.modules['fsspec'] = None\n"
        "from vidsynth import load\nfrom vidsynth.errors import MissingDependency\n"
        "try: load('memory://out')\nexcept MissingDependency as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install fsspec" in done.stdout


def test_processes_that_want_the_same_shard_fetch_it_once(built: Path) -> None:
    code = (
        "import sys, vidsynth.shards.remote as remote\n"
        "copy = remote._copy\n"
        "def told(store, shard, file): print('fetched'); copy(store, shard, file)\n"
        "remote._copy = told\n"
        "from vidsynth.shards.reader import Shards\nfrom vidsynth.store import Url\n"
        "print(Shards(remote.open_remote(Url(sys.argv[1])))[0]['index'])"
    )

    def read(_: int) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, f"file://{built}"], capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    with ThreadPoolExecutor(3) as pool:
        lines = [line for words in pool.map(read, range(3)) for line in words]
    assert lines.count("0") == 3 and lines.count("fetched") == 1


def test_what_a_killed_process_left_is_written_over(url: str, built: Path) -> None:
    digest = json.loads((built / "vidsynth.json").read_bytes())["shards"][0]["sha256"]
    part = cache_dir() / "shards" / f"{digest}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    assert load(url)[0]["index"] == 0
    assert kept() == [f"{digest}.arrow"]


def test_a_data_loader_reads_a_url(built: Path) -> None:
    pytest.importorskip("torch")
    from torch.utils.data import DataLoader

    from vidsynth.torch import ShardDataset, collate

    data = ShardDataset(f"file://{built}", ["index", "clip1"])
    batches = list(DataLoader(data, batch_size=4, num_workers=2, collate_fn=collate))
    assert np.concatenate([batch["index"].numpy() for batch in batches]).tolist() == list(range(12))
    assert (batches[1]["clip1"][3].numpy() == load(built)[7]["clip1"]).all()
