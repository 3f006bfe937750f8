"""Overlay of a batch: every backend gives the oracle's bytes."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth import Tubelet, overlay
from vidsynth.clip import Box
from vidsynth.compositing import CutTubelet
from vidsynth.compositing.spec import div255, overlay_reference
from vidsynth.torch import PackedTubelets, TubeletOverlay
from vidsynth.torch.overlay import Backend

BACKENDS: Sequence[Backend] = ("numba", "torch", "triton")
LARGEST = (3, 2, 2, 20, 40)
LINEAR = ("identity", "rotation", "shear", "tiny", "huge", "singular", "nearly")


def linear_part(kind: str, rng: np.random.Generator) -> np.ndarray:
    turn = rng.uniform(-np.pi, np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    match kind:
        case "identity":
            return np.eye(2)
        case "rotation":
            return rotation * rng.uniform(0.4, 2.5)
        case "shear":
            return np.array([[1, rng.uniform(-2, 2)], [rng.uniform(-2, 2), 1]])
        case "tiny":
            return rotation * 10.0 ** rng.uniform(-5, -0.5)
        case "huge":
            return rotation * 10.0 ** rng.uniform(0.5, 5)
        case "singular":
            return np.outer(rng.normal(size=2), rng.normal(size=2))
    return np.outer([1.0, 2.0], [3.0, 1.0]) + rng.normal(size=(2, 2)) * 10.0 ** rng.uniform(-12, -3)


def random_cut(
    rng: np.random.Generator, frames: int, height: int, width: int, kinds: Sequence[str] = LINEAR
) -> CutTubelet:
    w, h = int(rng.integers(1, width + 1)), int(rng.integers(1, height + 1))
    box = Box(int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1)), w, h)
    affine = np.empty((frames, 2, 3))
    for t in range(frames):
        affine[t, :, :2] = linear_part(str(rng.choice(list(kinds))), rng)
        place = rng.uniform(-10, [width + 10, height + 10])
        if rng.random() < 0.2:
            place = rng.normal(size=2) * 10.0 ** rng.uniform(2, 7)
        affine[t, :, 2] = place - affine[t, :, :2] @ [(w - 1) / 2, (h - 1) / 2]
    mask = rng.integers(0, 256, (h, w)) * (rng.random((h, w)) < 0.8)
    opacity = rng.choice([0, 1, 200, 255], frames)
    return CutTubelet(int(rng.integers(0, frames)), box, mask.astype(np.uint8), affine, opacity.astype(np.uint8))


def tubelet(clip: np.ndarray, cut: CutTubelet) -> Tubelet:
    """Cut a patch, plainly."""
    x, y, w, h = cut.box
    color = div255(clip[cut.frame, y : y + h, x : x + w].astype(int) * cut.mask[..., None])
    patch = np.concatenate([color, cut.mask[..., None]], axis=-1).astype(np.uint8)
    return Tubelet(patch, cut.affine, cut.opacity)


def oracle(clips: np.ndarray, cuts: Sequence[Sequence[CutTubelet]]) -> np.ndarray:
    """Draw uint8 [B, K, T, H, W, 3], clip by clip."""
    return np.stack(
        [
            [overlay_reference(clip, [tubelet(sample[0], cut) for cut in tubelets]) for clip in sample]
            for sample, tubelets in zip(clips, cuts, strict=True)
        ]
    )


def random_batch(
    seed: int, largest: tuple[int, int, int, int, int] = (3, 2, 2, 20, 40)
) -> tuple[np.ndarray, list[list[CutTubelet]]]:
    rng = np.random.default_rng(seed)
    samples, clips, frames, height, width = (int(rng.integers(1, limit + 1)) for limit in largest)
    pixels = rng.integers(0, 256, (samples, clips, frames, height, width, 3)).astype(np.uint8)
    return pixels, [[random_cut(rng, frames, height, width) for _ in range(rng.integers(0, 4))] for _ in range(samples)]


def check(
    seed: int, backend: Backend, device: str = "cpu", largest: tuple[int, int, int, int, int] = (3, 2, 2, 20, 40)
) -> None:
    check_batch(*random_batch(seed, largest), backend, device)


def check_batch(pixels: np.ndarray, cuts: list[list[CutTubelet]], backend: Backend, device: str = "cpu") -> None:
    want = torch.from_numpy(oracle(pixels, cuts)).to(device)
    clips = torch.from_numpy(pixels).to(device)
    packed = PackedTubelets.pack(cuts, pixels.shape[2:5]).to(device)
    draw = TubeletOverlay(device, backend)
    kept = clips.clone()
    out = draw(clips, packed)
    assert torch.equal(out, want)
    assert torch.equal(clips, kept) and out.data_ptr() != clips.data_ptr()
    assert draw(clips, packed, inplace=True) is clips
    assert torch.equal(clips, want)


@pytest.mark.parametrize("backend", ["numba", "torch"])
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**63))
def test_it_equals_the_oracle(backend: Backend, seed: int) -> None:
    check(seed, backend)


@pytest.mark.skipif(torch.cuda.is_available(), reason="the interpreter is for machines without a GPU")
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**63))
def test_the_fused_kernel_equals_the_oracle_under_the_interpreter(seed: int) -> None:
    pytest.importorskip("triton")
    check(seed, "triton", largest=(2, 2, 2, 20, 40))


@pytest.mark.gpu
@pytest.mark.parametrize("backend", ["triton", "torch"])
def test_it_equals_the_oracle_on_a_gpu(backend: Backend) -> None:
    for seed in range(60):
        check(seed, backend, "cuda", (4, 2, 3, 70, 130))


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_clip_a_sample_needs_no_axis_for_it(backend: Backend) -> None:
    rng = np.random.default_rng(0)
    clips = rng.integers(0, 256, (3, 2, 17, 35, 3)).astype(np.uint8)
    cuts = [[random_cut(rng, 2, 17, 35, ["rotation"])] for _ in clips]
    out = TubeletOverlay("cpu", backend)(torch.from_numpy(clips), PackedTubelets.pack(cuts, (2, 17, 35)))
    for clip, [cut], drawn in zip(clips, cuts, out, strict=True):
        assert (drawn.numpy() == overlay(clip, [tubelet(clip, cut)])).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_batch_without_tubelets_stays_as_it_is(backend: Backend) -> None:
    clips = torch.randint(0, 256, (2, 2, 1, 9, 12, 3), dtype=torch.uint8)
    none = PackedTubelets.pack([[], []], (1, 9, 12))
    draw = TubeletOverlay("cpu", backend)
    assert torch.equal(draw(clips, none), clips) and draw(clips, none, inplace=True) is clips
    assert draw(clips[:0], PackedTubelets.pack([], (1, 9, 12))).shape == (0, 2, 1, 9, 12, 3)


def test_a_view_that_is_not_contiguous_is_read_but_not_drawn_into() -> None:
    pixels, cuts = random_batch(3)
    packed = PackedTubelets.pack(cuts, pixels.shape[2:5])
    shuffled = torch.from_numpy(pixels).permute(5, 0, 1, 2, 3, 4).contiguous().permute(1, 2, 3, 4, 5, 0)
    draw = TubeletOverlay("cpu")
    assert torch.equal(draw(shuffled, packed), torch.from_numpy(oracle(pixels, cuts)))
    with pytest.raises(ValueError, match="inplace needs contiguous clips"):
        draw(shuffled, packed, inplace=True)


def test_packed_tubelets_hold_one_sample_or_all() -> None:
    pixels, cuts = random_batch(12)
    packed = PackedTubelets.pack(cuts, pixels.shape[2:5])
    assert len(packed) == len(cuts) and repr(packed).endswith("on cpu)")
    for b in range(len(cuts)):
        alone = PackedTubelets.pack([cuts[b]], pixels.shape[2:5])
        for name in ("first", "sample", "cut", "masks", "offsets", "inverse", "opacity", "bounds"):
            assert torch.equal(getattr(packed[b], name), getattr(alone, name)), name
    with pytest.raises(IndexError):
        packed[len(cuts)]


def cut_with(**changes: object) -> CutTubelet:
    values: dict[str, object] = {
        "frame": 0,
        "box": Box(1, 1, 3, 4),
        "mask": np.full((4, 3), 255, np.uint8),
        "affine": np.tile(np.eye(2, 3), (2, 1, 1)),
        "opacity": np.full(2, 255, np.uint8),
    }
    return CutTubelet(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"affine": np.tile(np.eye(2, 3), (3, 1, 1))},
            r"affine \[3, 2, 3\] and opacity \[2\] do not fit clips of 2 frames",
        ),
        ({"frame": 2}, "frame 2 is outside clips of 2 frames"),
        ({"box": Box(6, 1, 3, 4)}, r"box \(6, 1, 3, 4\) is not inside clips of 8x8 pixels"),
        ({"box": Box(0, 0, 0, 4)}, "is not inside clips"),
        ({"mask": np.zeros((3, 3), np.uint8)}, r"mask \[3, 3\] does not fit box"),
    ],
)
def test_a_plan_that_does_not_fit_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"sample 1, tubelet 1: .*{message}"):
        PackedTubelets.pack([[], [cut_with(), cut_with(**changes)]], (2, 8, 8))


def test_frames_have_a_largest_side() -> None:
    with pytest.raises(ValueError, match="clips of 8x4097 pixels: sides of up to 4096"):
        PackedTubelets.pack([[]], (1, 8, 4097))


def test_the_farthest_coordinates_are_right_at_the_largest_side() -> None:
    rng = np.random.default_rng(3)
    clips = rng.integers(0, 256, (1, 1, 2, 1, 4096, 3)).astype(np.uint8)
    affine = np.zeros((2, 2, 3))
    affine[:, :, :2] = np.eye(2) / 4095.9
    affine[:, 0, 2] = (2000, 4090)
    cuts = [[CutTubelet(0, Box(5, 0, 4000, 1), np.full((1, 4000), 200, np.uint8), affine, np.full(2, 255, np.uint8))]]
    for backend in ("numba", "torch"):
        check_batch(clips, cuts, backend)


def test_batches_that_do_not_fit_are_named() -> None:
    packed = PackedTubelets.pack([[cut_with()], []], (2, 8, 8))
    draw = TubeletOverlay("cpu")
    clips = torch.zeros((2, 2, 8, 8, 3), dtype=torch.uint8)
    with pytest.raises(ValueError, match="clips of 1 samples, tubelets of 2"):
        draw(clips[:1], packed)
    with pytest.raises(ValueError, match=r"clips are T, H, W = \[2, 7, 8\], tubelets were packed for \[2, 8, 8\]"):
        draw(clips[:, :, :7], packed)
    with pytest.raises(ValueError, match=r"clips must be uint8 .* not torch.float32 \[2, 2, 8, 8, 3\]"):
        draw(clips.float(), packed)
    with pytest.raises(ValueError, match=r"tubelets lie on meta, this overlay draws on cpu: move them with \.to\(\)"):
        draw(clips, packed.to("meta"))
    with pytest.raises(ValueError, match="clips lie on meta"):
        draw(clips.to("meta"), packed)
    with pytest.raises(ValueError, match="backend must be numba, triton or torch, not 'cuda'"):
        TubeletOverlay("cpu", "cuda")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="backend numba draws on the CPU, not on cuda"):
        TubeletOverlay("cuda", "numba")


def test_a_device_without_a_kernel_says_so() -> None:
    with pytest.warns(RuntimeWarning, match="no fused overlay for meta: tubelets are drawn by plain torch"):
        assert TubeletOverlay("meta").backend == "torch"
    assert repr(TubeletOverlay("cpu")) == "TubeletOverlay('cpu', backend='numba')"
