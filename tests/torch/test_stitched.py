"""Stitched clips in the training loop: live and from shards, with what TACT's loss needs."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from vidsynth.generators.stitched import StitchedClips
from vidsynth.jobs.run import build
from vidsynth.manifest import Manifest
from vidsynth.splits.before_after import PairRules, from_manifest, pair_up
from vidsynth.torch import LiveDataset, ShardDataset, collate


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> StitchedClips:
    root = tmp_path_factory.mktemp("videos")
    for name in ("a.mp4", "b.mp4"):
        make_video(root / name, frames=30)
    segments = Manifest.from_columns(
        {
            "video_id": [f"{video}{event}" for video in "ab" for event in range(3)],
            "path": [f"{video}.mp4" for video in "ab" for _ in range(3)],
            "text": [f"{video} does {event}" for video in "ab" for event in range(3)],
            "start_s": [0.4 * event for _ in "ab" for event in range(3)],
            "end_s": [0.4 * event + 0.3 for _ in "ab" for event in range(3)],
        },
        root,
    )
    manifest = pair_up(from_manifest(segments), PairRules()).manifest(root)
    return StitchedClips(manifest, changes={"clip.frames": 2, "clip.size": [32, 32], "payload.kind": "raw"})


def test_a_batch_holds_the_quadruple(clips: StitchedClips, tmp_path: Path) -> None:
    build(clips, tmp_path / "out", workers=0, progress=False)
    for dataset in (LiveDataset(clips), ShardDataset(tmp_path / "out")):
        [batch, *_] = DataLoader(dataset, batch_size=4, collate_fn=collate)
        u, reversed_u = batch["clip"], batch["reversed_clip"]
        assert u.shape == reversed_u.shape == (4, 4, 32, 32, 3) and u.dtype == torch.uint8
        order = batch["reversed_order"][0]
        assert order == [2, 3, 0, 1] and torch.equal(u[:, order], reversed_u)
        for t, reversed_t, relation in zip(batch["caption"], batch["reversed_caption"], batch["relation"], strict=True):
            assert t.split(f" {relation} ") == reversed_t.split(f" {relation} ")[::-1]
