"""Datasets: what a training loop gets is what the generator makes and the shards hold."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, default_collate

from vidsynth import TubeletPairs, build, load, source
from vidsynth.errors import DecodeError, ShardError
from vidsynth.torch import LiveDataset, Loader, ResumableSampler, ShardDataset, TubeletOverlay, collate


def in_order(data: Any) -> ResumableSampler:
    return ResumableSampler(data, shuffle=False)


@pytest.mark.parametrize("kind", ["raw", "jpeg", "h264", "lossless"])
def test_shards_come_as_they_are_stored(
    make_pairs: Callable[..., TubeletPairs], twelve: Path, tmp_path: Path, kind: str
) -> None:
    shards = build(make_pairs(twelve, {"payload.kind": kind, "truth": ["boxes"]}), tmp_path, workers=0, progress=False)
    data = ShardDataset(tmp_path)
    assert len(data) == len(shards) == 12
    for position in (0, 5, 11):
        got, want = data[position], shards[position]
        assert list(got) == ["index", "clip1", "clip2", "boxes"]
        assert got["index"] == want["index"] and got["boxes"].dtype == torch.float32
        for name in ("clip1", "clip2", "boxes"):
            assert (got[name].numpy() == want[name]).all()
    batch = collate(data.__getitems__([3, 0, 7]))
    assert batch["index"].tolist() == [3, 0, 7] and batch["clip1"].dtype == torch.uint8
    for row, position in enumerate([3, 0, 7]):
        assert (batch["clip2"][row].numpy() == shards[position]["clip2"]).all()


def test_tensors_can_be_written_and_the_file_stays_as_it_is(built: Path) -> None:
    data = ShardDataset(built)
    before = data[0]["clip1"].clone()
    data[0]["clip1"].zero_()
    assert torch.equal(data[0]["clip1"], before)


def test_layouts_are_views_of_the_same_bytes(built: Path) -> None:
    samples = {name: ShardDataset(built, layout=name)[4]["clip1"] for name in ("THWC", "TCHW", "CTHW")}  # type: ignore[arg-type]
    frames = samples["THWC"]
    assert frames.shape == (4, 32, 32, 3) and frames.is_contiguous()
    assert torch.equal(samples["TCHW"], frames.permute(0, 3, 1, 2)) and samples["TCHW"].shape == (4, 3, 32, 32)
    assert torch.equal(samples["CTHW"], frames.permute(3, 0, 1, 2)) and samples["CTHW"].shape == (3, 4, 32, 32)
    assert samples["TCHW"].is_contiguous(memory_format=torch.channels_last)
    batch = ShardDataset(built, layout="CTHW").__getitems__([1, 2]).batch()["clip1"]
    assert batch.shape == (2, 3, 4, 32, 32) and batch.is_contiguous(memory_format=torch.channels_last_3d)
    with pytest.raises(ValueError, match="layout must be one of THWC, TCHW, CTHW, not 'NCHW'"):
        ShardDataset(built, layout="NCHW")  # type: ignore[arg-type]


@pytest.mark.parametrize(("workers", "context"), [(0, None), (2, "fork"), (2, "spawn")])
@pytest.mark.parametrize("collate_fn", [collate, default_collate])
def test_a_plain_dataloader_takes_them(built: Path, workers: int, context: str | None, collate_fn: Any) -> None:
    data = ShardDataset(built, ["index", "clip1", "key"])
    loader: Any = DataLoader(data, 5, num_workers=workers, multiprocessing_context=context, collate_fn=collate_fn)
    batches = list(loader)
    assert torch.cat([batch["index"] for batch in batches]).tolist() == list(range(48))
    assert [key for batch in batches for key in batch["key"]] == [f"{index:08d}" for index in range(48)]
    together = torch.cat([batch["clip1"] for batch in batches])
    assert (together.numpy() == np.stack([sample["clip1"] for sample in load(built)])).all()


def test_it_travels_as_its_path_and_keeps_no_file_open(built: Path) -> None:
    data = ShardDataset(built)
    assert all(data[position] for position in range(len(data)))
    assert len(pickle.dumps(data)) < 2000
    again = pickle.loads(pickle.dumps(data))
    assert torch.equal(again[47]["clip1"], data[47]["clip1"])
    if Path("/proc/self/fd").exists():
        open_files = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists()]
        assert not any(".arrow" in file for file in open_files)


def test_a_damaged_shard_is_named_with_what_to_do(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "out")
    file = sorted((tmp_path / "out/data").iterdir())[1]
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    data = ShardDataset(tmp_path / "out")
    with pytest.raises(ShardError, match=rf"{file.name}: not readable as a shard.*vidsynth verify .*out"):
        data[20]
    assert data[0]["index"] == 0
    with pytest.raises(ShardError, match=file.name):
        list(Loader(data, 8, num_workers=1))
    with pytest.raises(ShardError, match="no column clip3"):
        ShardDataset(built, ["clip3"])
    with pytest.raises(ShardError, match="no build here"):
        ShardDataset(tmp_path)


def test_a_damaged_jpeg_is_named_by_file_sample_and_column(
    make_pairs: Callable[..., TubeletPairs], twelve: Path, tmp_path: Path
) -> None:
    build(make_pairs(twelve), tmp_path, workers=0, progress=False)
    file = sorted((tmp_path / "data").iterdir())[0]
    stored = load(tmp_path).row(1).column("clip2")[0][2]["bytes"].as_py()
    file.write_bytes(file.read_bytes().replace(stored, bytes(len(stored))))
    with pytest.raises(ShardError, match=rf"{file.name}: sample 1, column clip2: a damaged JPEG"):
        ShardDataset(tmp_path)[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_live_samples_equal_the_shards(many: TubeletPairs, built: Path, workers: int) -> None:
    live, stored = LiveDataset(many), ShardDataset(built)
    for name in ("clip1", "clip2", "boxes"):
        assert torch.equal(live[9][name], stored[9][name])
    batches = zip(
        Loader(live, 7, sampler=in_order(live), num_workers=workers),
        Loader(stored, 7, sampler=in_order(stored)),
        strict=True,
    )
    for one, two in batches:
        assert list(one) == list(two)
        assert all(torch.equal(one[name], two[name]) for name in one)


def test_live_data_travel_to_spawned_workers(many: TubeletPairs, built: Path) -> None:
    live = LiveDataset(many, ["index", "key", "clip2"], layout="CTHW")
    [batch] = Loader(live, 4, sampler=in_order(range(4)), num_workers=1, multiprocessing_context="spawn")
    assert batch["key"] == ["00000000", "00000001", "00000002", "00000003"]
    stored = ShardDataset(built, layout="CTHW")
    assert all(torch.equal(batch["clip2"][row], stored[row]["clip2"]) for row in range(4))


def test_undrawn_clips_and_their_tubelets_make_the_same_samples(many: TubeletPairs, built: Path) -> None:
    undrawn, stored = LiveDataset(many, render=False), ShardDataset(built)
    [batch] = Loader(undrawn, 6, sampler=in_order(range(6)), num_workers=1)
    assert batch["clips"].shape == (6, 2, 4, 32, 32, 3) and len(batch["tubelets"]) == 6
    drawn = TubeletOverlay("cpu")(batch["clips"], batch["tubelets"])
    for row in range(6):
        assert torch.equal(drawn[row, 0], stored[row]["clip1"]) and torch.equal(drawn[row, 1], stored[row]["clip2"])
    one = undrawn[3]
    assert torch.equal(TubeletOverlay("cpu")(one["clips"][None], one["tubelets"])[0, 1], stored[3]["clip2"])


@pytest.fixture
def partly_broken(twelve: Path, tmp_path: Path, small: dict[str, object]) -> TubeletPairs:
    """Twelve videos, of which two cannot be read, each in two pairs."""
    root = tmp_path / "videos"
    shutil.copytree(twelve, root)
    (root / "running/v02.mp4").write_bytes(b"nothing")
    (root / "walking/v07.mp4").unlink()
    return TubeletPairs(source(twelve).__class__(source(twelve).table, root), changes=small)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_video_that_cannot_be_read_is_raised(partly_broken: TubeletPairs, workers: int) -> None:
    live = LiveDataset(partly_broken)
    with pytest.raises(DecodeError, match=r"(running/v02|walking/v07).mp4: "):
        list(Loader(live, 4, num_workers=workers))
    assert live.skipped == []


@pytest.mark.filterwarnings("always::RuntimeWarning")  # workers warn in their own processes
@pytest.mark.parametrize("workers", [0, 2])
def test_or_the_next_sample_is_taken_and_the_video_counted(partly_broken: TubeletPairs, workers: int) -> None:
    live = LiveDataset(partly_broken, on_error="next")
    loader = Loader(live, 4, sampler=in_order(live), num_workers=workers)
    if workers:
        batches = list(loader)
    else:
        with pytest.warns(RuntimeWarning, match="taking the next sample") as said:
            batches = list(loader)
        assert len(said) == 2
    got = torch.cat([batch["index"] for batch in batches]).tolist()
    assert sorted(live.skipped) == ["running/v02.mp4", "walking/v07.mp4"]
    good = [index for index in range(12) if _works(partly_broken, index)]
    want = [next(other % 12 for other in range(index, index + 12) if other % 12 in good) for index in range(12)]
    assert got == want


def _works(pairs: TubeletPairs, index: int) -> bool:
    try:
        return bool(pairs[index])
    except DecodeError:
        return False


def test_where_nothing_can_be_read_it_gives_up(twelve: Path, tmp_path: Path, small: dict[str, object]) -> None:
    gone = TubeletPairs(source(twelve).__class__(source(twelve).table, tmp_path), changes=small)
    with pytest.warns(RuntimeWarning), pytest.raises(DecodeError, match="the 100 samples before could not be made"):
        LiveDataset(gone, on_error="next")[0]


def test_wrong_arguments_are_named(many: TubeletPairs) -> None:
    with pytest.raises(
        ValueError, match=r"no column clip9 \(columns: index, key, plan, sources, clip1, clip2, boxes\)"
    ):
        LiveDataset(many, ["clip9"])
    with pytest.raises(ValueError, match="on_error must be raise or next, not 'skip'"):
        LiveDataset(many, on_error="skip")  # type: ignore[arg-type]


def test_without_torch_one_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['torch'] = None\nimport vidsynth.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.endswith("MissingDependency: vidsynth.torch needs PyTorch: pip install 'vidsynth[torch]'\n")
