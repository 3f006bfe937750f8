"""Clips and their references."""

import numpy as np
import pytest

from vidsynth.clip import Box, Clip, ClipRef


@pytest.mark.parametrize("ref", [
    ClipRef("v", "v.mp4", (0.0, 0.25)),
    ClipRef("v", "a/v.mp4", (1.5,), Box(2, 4, 6, 8), (112, 112), flip=True),
])  # fmt: skip
def test_a_reference_survives_its_row_and_is_hashable(ref: ClipRef) -> None:
    assert ClipRef.from_row(ref.to_row()) == ref
    assert len({ref, ClipRef.from_row(ref.to_row())}) == 1


def test_a_clip_checks_itself_and_prints_shapes() -> None:
    ref = ClipRef("v", "v.mp4", (0.0, 0.25))
    clip = Clip(np.zeros((2, 4, 6, 3), np.uint8), np.array([0.0, 0.25]), ref)
    assert repr(clip) == "Clip('v', frames=uint8 [2, 4, 6, 3], 0.00-0.25 s)"
    for frames in (np.zeros((2, 4, 6, 3)), np.zeros((2, 4, 6), np.uint8), np.zeros((2, 3, 4, 6), np.uint8)):
        with pytest.raises(ValueError, match="frames must be uint8"):
            Clip(frames, clip.times, ref)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2 frames need as many times, not 1"):
        Clip(clip.frames, clip.times[:1], ref)
