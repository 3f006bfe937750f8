"""From plans to samples: decode what a range of samples needs, once, and render them in order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vidsynth.clip import Clip, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.generator import Generator, Plan, Reading, Ref, Sample
from vidsynth.video.decode import read_clips
from vidsynth.video.index import VideoIndex


@dataclass(frozen=True, slots=True)
class Failure:
    """A sample that could not be made, and the video to blame. `stage` is probe or decode."""

    index: int
    video: str
    stage: str
    reason: str


def evaluate(
    generator: Generator, indices: Iterable[int], seconds: dict[str, float] | None = None
) -> Iterator[Sample | Failure]:
    """Yield, in order, each sample or why there is none; see `gather`."""
    for found in gather(generator, indices, seconds):
        yield found if isinstance(found, Failure) else rendered(generator, *found)


def gather(
    generator: Generator, indices: Iterable[int], seconds: dict[str, float] | None = None
) -> Iterator[tuple[Plan, list[Reading]] | Failure]:
    """Yield, in order, each sample's plan and its clips (what the generator's `read` gives), or why there are none.

    All clips that these samples take from one video are decoded in one pass, when the first of them
    is needed, and dropped after the last one's use. How long each video took to read is put in `seconds`.
    """
    plans = [_planned(generator, index) for index in indices]
    last_use = {ref: at for at, plan in enumerate(plans) if not isinstance(plan, Failure) for ref in plan.clips}
    refs_of: dict[str, list[Ref]] = {}
    for ref in last_use:
        refs_of.setdefault(ref.path, []).append(ref)
    clips: dict[Ref, Reading] = {}
    broken: dict[str, str] = {}
    for at, plan in enumerate(plans):
        if isinstance(plan, Failure):
            yield plan
            continue
        for ref in plan.clips:
            if ref not in clips and ref.path not in broken:
                started = time.perf_counter()
                try:
                    clips.update(zip(refs_of[ref.path], generator.read(refs_of[ref.path]), strict=True))
                except DecodeError as error:
                    broken[ref.path] = error.reason
                if seconds is not None:
                    seconds[ref.path] = time.perf_counter() - started
        bad = next((ref.path for ref in plan.clips if ref.path in broken), None)
        if bad is not None:
            yield Failure(plan.index, bad, "decode", broken[bad])
        else:
            yield plan, [clips[ref] for ref in plan.clips]
        for ref in plan.clips:
            if last_use[ref] == at:
                clips.pop(ref, None)


def evaluate_one(generator: Generator, index: int) -> Sample:
    """Return one sample. Raises DecodeError if a video that it needs cannot be read."""
    found = next(evaluate(generator, [index]))
    if isinstance(found, Failure):
        raise DecodeError(found.video, found.reason)
    return found


def rendered(generator: Generator, plan: Plan, clips: Sequence[Reading]) -> Sample:
    """Return the sample of a plan with what every sample holds: index, key, plan and sources."""
    return {
        "index": plan.index,
        "key": plan.key,
        "plan": plan.to_row(),
        "sources": [
            {
                "video_id": clip.ref.video_id,
                "path": clip.ref.path,
                "times": clip.times.tolist(),
                "sha256": clip.sha256(),
            }
            for clip in clips
        ],
        **generator.render(plan, clips),
    }


def decoded(videos: VideoIndex, refs: Sequence[ClipRef]) -> list[Clip]:
    """Return clips of one video: the `read` of a generator that draws on frames. Raises DecodeError."""
    path = refs[0].path
    info = videos.info(path)
    return read_clips(videos.file(path), info, refs)


def _planned(generator: Generator, index: int) -> Plan | Failure:
    try:
        return generator.plan(index)
    except DecodeError as error:
        return Failure(index, error.path, "probe", error.reason)
