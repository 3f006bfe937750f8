"""A shuffled epoch of raw clips through a DataLoader, and the time to its first batch, against other stores of the
same clips."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, default_collate

from vidsynth import TubeletPairs, build, source
from vidsynth.torch import Loader, ShardDataset

BATCH = 16
REPEATS = 5
NAMES = ("clip1", "clip2")
SHAPE = (16, 112, 112, 3)
Store = Callable[[Path, ShardDataset], Callable[[int], Iterable[Any]]]


def vidsynth(folder: Path, data: ShardDataset) -> Callable[[int], Iterable[Any]]:
    """The shards as they are."""
    path = data.shards.folder.path
    return lambda workers: Loader(ShardDataset(path, NAMES), BATCH, num_workers=workers)


def webdataset(folder: Path, data: ShardDataset) -> Callable[[int], Iterable[Any]]:
    """Tar files of raw bytes, as many as there are shards."""
    import webdataset as wds

    with wds.ShardWriter(str(folder / "%03d.tar"), maxcount=128, verbose=0) as out:
        for number in range(len(data)):
            sample = data[number]
            out.write({"__key__": f"{number:06d}"} | {f"{name}.bin": sample[name].numpy().tobytes() for name in NAMES})
    files = [str(file) for file in sorted(folder.glob("*.tar"))]

    def tensors(sample: dict[str, Any]) -> dict[str, torch.Tensor]:
        return {
            name: torch.frombuffer(bytearray(sample[f"{name}.bin"]), dtype=torch.uint8).view(SHAPE) for name in NAMES
        }

    def loader(workers: int) -> Iterable[Any]:
        samples = wds.WebDataset(files, shardshuffle=100, empty_check=False, seed=0).shuffle(100).map(tensors)
        return wds.WebLoader(samples.batched(BATCH, collation_fn=default_collate), batch_size=None, num_workers=workers)  # type: ignore[no-any-return]

    return loader


def litdata(folder: Path, data: ShardDataset) -> Callable[[int], Iterable[Any]]:
    """Its chunks of 64 MB."""
    from litdata import StreamingDataLoader, StreamingDataset
    from litdata.streaming.writer import BinaryWriter

    writer = BinaryWriter(str(folder), chunk_bytes="64MB")
    for number in range(len(data)):
        sample = data[number]
        writer[number] = {name: sample[name] for name in NAMES}
    writer.done()
    writer.merge()
    return lambda workers: StreamingDataLoader(
        StreamingDataset(str(folder), shuffle=True, seed=0), batch_size=BATCH, num_workers=workers
    )


def mds(folder: Path, data: ShardDataset) -> Callable[[int], Iterable[Any]]:
    """MosaicML streaming's shards, as arrays of a declared shape."""
    from streaming import MDSWriter, StreamingDataset
    from streaming.base.util import clean_stale_shared_memory

    shape = ",".join(str(side) for side in SHAPE)
    with MDSWriter(out=str(folder), columns=dict.fromkeys(NAMES, f"ndarray:uint8:{shape}")) as out:
        for number in range(len(data)):
            sample = data[number]
            out.write({name: sample[name].numpy() for name in NAMES})

    def loader(workers: int) -> Iterable[Any]:
        clean_stale_shared_memory()
        return DataLoader(
            StreamingDataset(local=str(folder), shuffle=True, batch_size=BATCH), batch_size=BATCH, num_workers=workers
        )

    return loader


def datasets(folder: Path, data: ShardDataset) -> Callable[[int], Iterable[Any]]:
    """Hugging Face datasets, with the torch format and its fixed-size arrays."""
    from datasets import Array4D, Dataset, Features, load_from_disk

    def samples() -> Iterable[dict[str, np.ndarray]]:
        for number in range(len(data)):
            sample = data[number]
            yield {name: sample[name].numpy() for name in NAMES}

    features = Features(dict.fromkeys(NAMES, Array4D(SHAPE, "uint8")))
    Dataset.from_generator(samples, features=features, cache_dir=str(folder / "cache")).save_to_disk(
        str(folder / "kept")
    )
    return lambda workers: DataLoader(
        load_from_disk(str(folder / "kept")).with_format("torch", dtype=torch.uint8),
        batch_size=BATCH, shuffle=True, num_workers=workers,
    )  # fmt: skip


PEERS: dict[str, tuple[str, Store]] = {
    "webdataset": ("webdataset", webdataset),
    "litdata": ("litdata", litdata),
    "mds": ("streaming", mds),
    "datasets": ("datasets", datasets),
}


def measure() -> dict[str, float]:
    """Return our clips/s and seconds to the first batch, and how many times those of each peer that is installed."""
    out: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        changes = {"payload.kind": "raw", "pairs.per_video": 16}
        build(TubeletPairs(source("demo"), "tubelets-112", changes), f"{folder}/shards", workers=2, progress=False)
        data = ShardDataset(f"{folder}/shards", NAMES)
        stores = {"vidsynth": vidsynth} | {
            name: store for name, (module, store) in PEERS.items() if importlib.util.find_spec(module)
        }
        loaders = {}
        for name, store in stores.items():
            (Path(folder) / name).mkdir()
            loaders[name] = store(Path(folder) / name, data)
        want = sum(
            int(sample[name].sum()) for sample in (data[number] for number in range(len(data))) for name in NAMES
        )
        for workers in (0, 2):
            epoch_s, first_s = dict.fromkeys(loaders, np.inf), dict.fromkeys(loaders, np.inf)
            for repeat in range(REPEATS):
                for name, loader in loaders.items():
                    first, whole, total = _epoch(loader(workers), count=repeat == 0)
                    assert repeat or total == want, name
                    epoch_s[name], first_s[name] = min(whole, epoch_s[name]), min(first, first_s[name])
            out[f"clips_s_w{workers}"] = 2 * len(data) / epoch_s["vidsynth"]
            out[f"first_s_w{workers}"] = first_s["vidsynth"]
            for name in loaders.keys() - {"vidsynth"}:
                out[f"{name}_w{workers}"] = epoch_s[name] / epoch_s["vidsynth"]
                out[f"{name}_first_w{workers}"] = first_s[name] / first_s["vidsynth"]
    return dict(sorted(out.items()))


def _epoch(loader: Iterable[Any], *, count: bool) -> tuple[float, float, int]:
    """Return the seconds to the first batch and to the last, and the sum of all bytes if asked for."""
    started, first, total = time.perf_counter(), 0.0, 0
    for batch in loader:
        first = first or time.perf_counter() - started
        if count:
            assert all(batch[name].dtype == torch.uint8 and batch[name].shape[1:] == SHAPE for name in NAMES)
            total += sum(int(batch[name].sum()) for name in NAMES)
    return first, time.perf_counter() - started, total


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<24}{value:.3g}")
