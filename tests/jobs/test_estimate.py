"""Estimates of a build."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build
from vidsynth.errors import BuildError
from vidsynth.jobs.estimate import estimate


@pytest.mark.parametrize("kind", ["raw", "jpeg", "none"])
def test_counts_are_exact_and_bytes_close(
    twelve: Path, make_pairs: Callable[..., TubeletPairs], tmp_path: Path, kind: str
) -> None:
    pairs = make_pairs(twelve, {"payload.kind": kind})
    said = estimate(pairs, workers=2)
    assert (said.samples, said.shards, said.videos, said.workers, said.failed) == (12, 4, 12, 2, 0)
    built = build(pairs, tmp_path / "out", workers=0, progress=False)
    payload = sum(shard["bytes"] for shard in built.summary["shards"])
    assert 0.4 * payload < said.bytes < 1.6 * payload
    assert said.seconds > 0
    assert said.text().startswith("12 samples in 4 shards, from 12 videos.\nabout ")


def test_failures_among_the_samples_tried_are_said(
    twelve: Path, make_pairs: Callable[..., TubeletPairs], tmp_path: Path
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.mp4").write_bytes(b"")
    with pytest.raises(BuildError, match=r"none of 3 samples could be made; the last: \d.mp4: empty file"):
        estimate(make_pairs(tmp_path))
    for file in twelve.rglob("*.mp4"):
        (tmp_path / file.name).symlink_to(file)
    assert estimate(make_pairs(tmp_path)).failed > 0
