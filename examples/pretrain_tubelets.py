"""Contrastive pre-training on tubelets, small enough for two CPU cores and a few minutes.

    python examples/pretrain_tubelets.py                                 # live, from the demo videos
    python examples/pretrain_tubelets.py --data shards/                  # from a build of `vidsynth tubelets`
    python examples/pretrain_tubelets.py --device cuda --render-on-device

The two clips of a pair come from different videos and share nothing but their tubelets. A network that is
to find a clip's partner among many others must therefore look at the tubelets: at what they look like, and
at how they move. The method is that of Thoker, Doughty and Snoek, "Tubelet-Contrastive Self-Supervision for
Video-Efficient Generalization" (ICCV 2023), with momentum contrast (He et al., CVPR 2020).

Two things are measured, both on videos that were never trained on: how often the partner is found, and how
well a linear classifier tells the direction in which a tubelet moves from the frozen features.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import Dataset, Subset

from vidsynth import Manifest, TubeletPairs, source
from vidsynth.torch import LiveDataset, Loader, ResumableSampler, ShardDataset, TubeletOverlay, on_device

Batch = dict[str, Any]

# ---------------------------------------------------------------- network


def conv(channels: int, wider: int) -> nn.Sequential:
    """One (2+1)D step (Tran et al., CVPR 2018): a convolution over half the picture, then one over time.

    Normalised clip by clip: what batches share must not tell which keys are of the same batch.
    """
    return nn.Sequential(
        nn.Conv3d(channels, wider, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False),
        nn.GroupNorm(wider // 8, wider),
        nn.ReLU(inplace=True),
        nn.Conv3d(wider, wider, (3, 1, 1), padding=(1, 0, 0), bias=False),
        nn.GroupNorm(wider // 8, wider),
        nn.ReLU(inplace=True),
    )


class Encoder(nn.Module):
    """Clips [B, 3, T, H, W] to features [B, 8 width], and those to unit vectors [B, 128]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        steps = [conv(3, width), *(conv(width << n, width << n + 1) for n in range(3))]
        # A tubelet covers a small part of a clip: the mean over places would drown it in the background.
        self.backbone = nn.Sequential(*steps, nn.AdaptiveMaxPool3d(1), nn.Flatten())
        # The head is for the contrast alone, and is thrown away after it. Its last layer takes the
        # batch's mean away. Without it keys of one age resemble each other more than they resemble keys
        # of another age, and the network learns to tell the age of keys and nothing else.
        self.head = nn.Sequential(
            nn.Linear(8 * width, 8 * width),
            nn.ReLU(inplace=True),
            nn.Linear(8 * width, 128),
            nn.BatchNorm1d(128, affine=False, track_running_stats=False),
        )

    def projected(self, features: Tensor) -> Tensor:
        """Return unit vectors of features: of a batch, or of everything at once."""
        return F.normalize(self.head(features))

    def forward(self, clips: Tensor) -> Tensor:
        return self.projected(self.backbone(clips))


class MoCo(nn.Module):
    """An encoder that learns, one that follows it slowly, and a queue of what the slow one has seen."""

    queue: Tensor
    seen: Tensor

    def __init__(self, width: int, queue: int, temperature: float, momentum: float, warmup: int) -> None:
        super().__init__()
        self.temperature, self.momentum, self.warmup = temperature, momentum, warmup
        self.query = Encoder(width)
        self.key = copy.deepcopy(self.query).requires_grad_(False)
        self.register_buffer("queue", torch.zeros(queue, 128))
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, int]:
        """Return the InfoNCE loss of a batch of pairs, which partners were found, and among how many keys.

        Both ways: either clip of a pair looks for the other, among the batch's keys and those of the queue.
        """
        clips = torch.cat([first, second])
        queries = self.query(clips)
        step = int(self.seen) // len(clips)
        # At first the encoder changes so fast that old keys are told from new ones by their age alone,
        # and nothing else is learnt. So the slow encoder starts as a copy, and the queue comes in late.
        momentum = self.momentum * min(1.0, step / (2 * self.warmup))
        with torch.no_grad():
            for slow, fast in zip(self.key.parameters(), self.query.parameters(), strict=True):
                slow.lerp_(fast, 1 - momentum)
            keys = self.key(clips)
        candidates = torch.cat([keys, self.queue[: self.visible(step)]])
        itself = torch.arange(len(clips), device=clips.device)
        partner = itself.roll(len(first))
        likeness = (queries @ candidates.T).scatter(1, itself[:, None], -torch.inf)
        self.queue[(self.seen + itself) % len(self.queue)] = keys
        self.seen += len(clips)
        found = likeness.argmax(1) == partner
        return F.cross_entropy(likeness / self.temperature, partner), found, len(candidates) - 1

    def visible(self, step: int) -> int:
        """Return how many keys of the queue a step sees."""
        return min(int(self.seen), len(self.queue)) if step >= self.warmup else 0


# ---------------------------------------------------------------- colours

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])  # ImageNet's
# RGB to luma and two differences of colour, in which a turn changes the hue (NTSC's YIQ).
YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def colours(clips: Tensor, strength: float, chance: float, generator: torch.Generator) -> Tensor:
    """Change the colours of clips, uint8 [B, T, H, W, 3] of any device, and normalise them to [B, 3, T, H, W].

    One change a clip, the same for all its frames. The authors' are brightness ±32 of 255, contrast ±0.2,
    and hue ±12 degrees with saturation ±0.1, each with a chance of 0.2; that is `strength` 1.
    All are linear in RGB, so that one 3 x 4 matrix a clip does them at once.
    """

    def draw(reach: float) -> Tensor:
        happens, amount = torch.rand(2, len(clips), generator=generator)
        return strength * reach * (2 * amount - 1) * (happens < chance)

    brightness, contrast, hue, saturation = draw(32 / 255), draw(0.2), draw(math.radians(12)), draw(0.1)
    turn = torch.zeros(len(clips), 3, 3)
    chroma = (1 + saturation).clamp(min=0)
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = chroma * hue.cos()
    turn[:, 2, 1] = chroma * hue.sin()
    turn[:, 1, 2] = -turn[:, 2, 1]
    matrix = (1 + contrast)[:, None, None] * (torch.linalg.inv(YIQ) @ turn @ YIQ)
    device = clips.device
    pixels = clips.flatten(1, 3).float() / 255
    pixels = torch.baddbmm(brightness[:, None, None].to(device), pixels, matrix.mT.to(device)).clamp(0, 1)
    pixels = (pixels - MEAN.to(device)) / STD.to(device)
    return pixels.view(clips.shape).permute(0, 4, 1, 2, 3)


# ---------------------------------------------------------------- data


def tubelets(videos: Manifest, seed: int, shape: tuple[int, int, int], changes: dict[str, Any]) -> TubeletPairs:
    """Return pairs of clips of T x H x W = `shape`. All videos are one ring: any two of them may meet."""
    fixed = {"seed": seed, "clip.frames": shape[0], "clip.size": shape[1:], "pairs.videos_per_shard": len(videos)}
    return TubeletPairs(videos, "tubelets-112", fixed | changes)


def parted(videos: Manifest) -> tuple[Manifest, Manifest]:
    """Return two thirds of the videos to train on, one to test on. They lie by class, so both have every class."""
    tested = np.arange(len(videos)) % 3 == 2
    return videos.take(~tested), videos.take(tested)


def training_batches(args: argparse.Namespace, dataset: Dataset[Any], state: dict[str, Any] | None) -> Iterator[Batch]:
    """Yield batches on the device, epoch after epoch, each with the loader's state once it is done with."""
    order = ResumableSampler(dataset, seed=args.seed)  # type: ignore[arg-type]
    if len(order) < args.batch_size:
        raise SystemExit(f"a batch of {args.batch_size} pairs needs as many, there are {len(order)}")
    cuda = args.device.type == "cuda"
    loader = Loader(dataset, args.batch_size, sampler=order, num_workers=args.workers, drop_last=True, pin_memory=cuda)
    if state:
        loader.load_state_dict(state)

    def endless() -> Iterator[Batch]:
        # The state travels with its batch, because `on_device` asks for the next one ahead.
        while True:
            for batch in loader:
                yield batch | {"state": loader.state_dict()}

    undrawn = isinstance(dataset, LiveDataset) and args.render_on_device
    return on_device(endless(), args.device, drawing(args.device) if undrawn else None)


def drawing(device: torch.device) -> Callable[[Batch], Batch]:
    """Return what draws the tubelets of a batch that was loaded without."""
    overlay = TubeletOverlay(device)

    def draw(batch: Batch) -> Batch:
        first, second = overlay(batch["clips"], batch["tubelets"]).unbind(1)
        return batch | {"clip1": first, "clip2": second}

    return draw


# ---------------------------------------------------------------- training


def train(args: argparse.Namespace, model: MoCo, dataset: Dataset[Any]) -> None:
    """Train the model, or what is left to train of it."""
    optimiser = torch.optim.AdamW(model.query.parameters(), weight_decay=1e-4)
    saved = restored(args, model, optimiser)
    step = saved["step"] if saved else 0
    losses, hits, begun = [], [], time.monotonic()
    batches = training_batches(args, dataset, saved and saved["loader"])
    while step < args.steps:
        batch = next(batches)
        # A few steps to warm up, then along a cosine to nothing.
        rate = args.lr * min(1.0, (step + 1) / 20) * (1 + math.cos(math.pi * step / args.steps)) / 2
        for group in optimiser.param_groups:
            group["lr"] = rate
        # What is drawn in a step depends on the seed and the step alone, so there is nothing to save of it.
        draws = torch.Generator().manual_seed(args.seed << 32 | step)
        first, second = (colours(batch[name], args.jitter, args.chance, draws) for name in ("clip1", "clip2"))
        loss, found, others = model(first, second)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        losses.append(loss.detach())
        hits.append(found.float().mean())
        if step % args.every == 0 or step == args.steps:
            print(
                f"step {step:4}/{args.steps}  loss {torch.stack(losses).mean():.4f}  "
                f"top-1 {torch.stack(hits).mean():6.1%} of {others} (chance {1 / others:.1%})  "
                f"{time.monotonic() - begun:.0f} s",
                flush=True,
            )
            losses, hits = [], []
            save(args, model, optimiser, {"step": step, "loader": batch["state"]})


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """Return what must not change between a run and the one that takes it up."""
    free = ("device", "workers", "checkpoint", "probes", "render_on_device", "every")
    return {name: str(value) for name, value in vars(args).items() if name not in free}


def save(args: argparse.Namespace, model: MoCo, optimiser: torch.optim.Optimizer, place: dict[str, Any]) -> None:
    """Write the checkpoint. The old one stays until the new one is whole."""
    if args.checkpoint:
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "settings": settings(args)}
        part = args.checkpoint.with_name(args.checkpoint.name + ".part")
        with part.open("wb") as file:
            torch.save(state | place, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(args.checkpoint)


def restored(args: argparse.Namespace, model: MoCo, optimiser: torch.optim.Optimizer) -> dict[str, Any] | None:
    """Fill model and optimiser from the checkpoint, if there is one, and return it."""
    if not args.checkpoint or not args.checkpoint.exists():
        return None
    state: dict[str, Any] = torch.load(args.checkpoint, map_location=args.device, weights_only=True)
    other = [name for name, value in settings(args).items() if state["settings"].get(name) != value]
    if other:
        raise SystemExit(f"{args.checkpoint} was made with another {', '.join(other)}: go on with the same, or move it")
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    print(f"going on from step {state['step']} of {args.checkpoint}", flush=True)
    return state


# ---------------------------------------------------------------- what was learnt


def clips_of(dataset: Dataset[Any], name: str, workers: int) -> Tensor:
    """Return all clips of a data set, uint8 [N, T, H, W, 3]."""
    order = ResumableSampler(dataset, shuffle=False)  # type: ignore[arg-type]
    return torch.cat([batch[name] for batch in Loader(dataset, 128, sampler=order, num_workers=workers)])


@torch.no_grad()
def features(encoder: Encoder, clips: Tensor, args: argparse.Namespace, jitter: float = 0.0) -> Tensor:
    """Return the backbone's features of clips, [N, C]."""
    draws = torch.Generator().manual_seed(args.seed)
    parts = (colours(part.to(args.device), jitter, args.chance, draws) for part in clips.split(64))
    return torch.cat([encoder.backbone(part) for part in parts])


@torch.no_grad()
def share_found(encoder: Encoder, first: Tensor, second: Tensor, args: argparse.Namespace) -> float:
    """Return how many of the clips are most like their own partner, among the partners of all."""
    queries, keys = (encoder.projected(features(encoder, clips, args, args.jitter)) for clips in (first, second))
    found = (queries @ keys.T).argmax(1) == torch.arange(len(first), device=queries.device)
    return float(found.double().mean())


def moving(videos: Manifest, args: argparse.Namespace, seed: int, count: int) -> tuple[Tensor, Tensor]:
    """Return clips with one tubelet in straight motion, and its direction, 0 to `directions` - 1.

    As many clips for each direction. Plans say where a tubelet goes: no frame is decoded to choose by them.
    """
    straight = {
        "pairs.per_video": 1000,
        "tubelets.count": 1,
        "tubelets.motion": "linear",
        "tubelets.transforms": (),
        "tubelets.key_counts": (1.0,),  # no key frame between the first and the last
        "tubelets.key_laws": (1.0, 0.0, 0.0),  # uniform speed
    }
    pairs = tubelets(videos, seed, args.shape, straight)
    chosen: list[list[int]] = [[] for _ in range(args.directions)]
    for index in np.random.default_rng(seed).permutation(len(pairs)).tolist():
        path = pairs.plan(index).tubelets[0].affine[:, :, 2]
        x, y = (path[-1] - path[0]).tolist()
        direction = round(math.atan2(y, x) / math.tau * args.directions) % args.directions
        if math.hypot(x, y) >= args.shape[1] / 4 and len(chosen[direction]) < count // args.directions:
            chosen[direction].append(index)
    labels = torch.tensor([direction for direction, found in enumerate(chosen) for _ in found])
    # The second clip: there the patch is a stranger to its background.
    return clips_of(
        Subset(LiveDataset(pairs), [index for found in chosen for index in found]), "clip2", args.workers
    ), labels


def ridge(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """Return the accuracy on test features [N, C] of a linear classifier fitted to train features."""
    mean, deviation = train[0].mean(0), train[0].std(0) + 1e-6
    x, x_test = ((features - mean) / deviation for features, _ in (train, test))
    y = F.one_hot(train[1]).double()
    penalty = 0.1 * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(x.T @ x + penalty, x.T @ (y - y.mean(0)))
    return float(((x_test @ weights + y.mean(0)).argmax(1) == test[1]).double().mean())


def report(args: argparse.Namespace, encoders: dict[str, Encoder], known: Manifest, new: Manifest) -> None:
    """Print what the encoders can do on videos that none of them was trained on."""
    pairs = LiveDataset(tubelets(new, args.seed + 1, args.shape, {"pairs.per_video": -(-args.test_pairs // len(new))}))
    first, second = (clips_of(pairs, name, args.workers) for name in ("clip1", "clip2"))
    for name, encoder in encoders.items():
        share = share_found(encoder, first, second, args)
        print(f"held-out pairs, {name}: top-1 {share:.1%} of {len(pairs)} (chance {1 / len(pairs):.1%})", flush=True)
    accuracies: dict[str, list[float]] = {name: [] for name in encoders}
    for probe in range(args.probes):
        # Other clips each time. Those that the probe is fitted to and those that test it are of different videos.
        clips, directions = moving(known, args, args.seed + 2 + 2 * probe, args.probe_clips)
        new_clips, new_directions = moving(new, args, args.seed + 3 + 2 * probe, args.probe_clips // 2)
        for name, encoder in encoders.items():
            fitted, tested = (features(encoder, part, args).double().cpu() for part in (clips, new_clips))
            accuracies[name].append(ridge((fitted, directions), (tested, new_directions)))
    for name, values in accuracies.items():
        if not values:
            continue
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        print(
            f"motion probe, {name}: {statistics.mean(values):.1%} ± {spread:.1%} of {args.directions} directions "
            f"(chance {1 / args.directions:.1%}, {len(values)} probes)"
        )


# ---------------------------------------------------------------- the command


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--src", default="demo", help="videos: demo, a folder, a manifest; a third of them is for the tests alone")
    add("--data", type=Path, help="train on this build instead of live pairs of --src")
    add("--render-on-device", action="store_true", help="draw live pairs' tubelets where the network runs")
    add("--device", type=torch.device, default=torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    add("--workers", type=int, default=2, help="processes that read videos")
    add("--checkpoint", type=Path, help="save here, and go on from here")
    add("--every", type=int, default=20, help="steps from one line, and one checkpoint, to the next")
    add("--seed", type=int, default=0)
    add("--steps", type=int, default=300)
    add("--batch-size", type=int, default=64, help="pairs")
    add("--frames", type=int, default=8)
    add("--size", type=int, default=56, help="pixels")
    add("--width", type=int, default=16, help="channels after the first convolution; the last has 8 times as many")
    add("--lr", type=float, default=2e-3)
    add("--temperature", type=float, default=0.1, help="the authors: 0.2")
    add("--queue", type=int, default=512, help="keys; the authors: 16384")
    add("--warmup", type=int, default=100, help="steps without the queue, which is full of outdated keys at first")
    add("--momentum", type=float, default=0.99, help="of the key encoder; the authors: 0.999")
    add("--jitter", type=float, default=1.0, help="of colours; the authors: 1")
    add("--chance", type=float, default=0.2, help="of each change of colour; the authors: 0.2")
    add("--directions", type=int, default=4, help="that the motion probe tells apart")
    add("--probes", type=int, default=3)
    add("--probe-clips", type=int, default=640)
    add("--test-pairs", type=int, default=256)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    known, new = parted(source(args.src))
    if args.data:
        dataset: ShardDataset | LiveDataset
        shards = ShardDataset(args.data, ("clip1", "clip2"))
        args.shape, dataset = shards.shards.described["clip1"]["shape"][:3], shards
    else:
        args.shape = (args.frames, args.size, args.size)
        pairs = tubelets(known, args.seed, args.shape, {"pairs.per_video": 1000})
        dataset = LiveDataset(pairs, render=not args.render_on_device)
    with torch.random.fork_rng(devices=[]):  # PyTorch draws weights from its global generator
        torch.manual_seed(args.seed)
        model = MoCo(args.width, args.queue, args.temperature, args.momentum, args.warmup)
    model.to(args.device)
    untrained = copy.deepcopy(model.query)
    train(args, model, dataset)
    report(args, {"pre-trained": model.query, "random": untrained}, known, new)


if __name__ == "__main__":  # workers are processes
    main()
