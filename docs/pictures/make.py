"""Make the pictures of the README, from the embedded demo videos and drawn shapes: nothing is downloaded.

    python docs/pictures/make.py [FOLDER]

tubelets.webp       a pair of clips with the same tubelets: as it is, and with their outlines and paths
what-it-makes.png   a row of frames for each kind of sample
"""

from __future__ import annotations

import io
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from vidsynth import TubeletPairs, source
from vidsynth.clip import ClipRef, Frames
from vidsynth.generators.lowlight import LowLight
from vidsynth.generators.occlusion import Occlusion
from vidsynth.generators.stitched import StitchedClips
from vidsynth.generators.time_order import TimeOrder
from vidsynth.manifest import Manifest
from vidsynth.report.lettering import FAINT, write_text
from vidsynth.report.preview.animation import animation
from vidsynth.report.preview.drawing import drawn
from vidsynth.report.preview.overlays import COLORS, Overlays, overlays
from vidsynth.shards.folder import write_atomically
from vidsynth.splits.before_after import PairRules, from_manifest, pair_up
from vidsynth.video.decode import read_clip
from vidsynth.video.write import write_video

_SHOWN, _CELL, _GAP, _LEFT, _LINE = 7, 112, 3, 190, 17
_PAIR = 17  # one whose tubelets are small and go far
_DARKER = 9  # a bright clip
_PALETTE = 140  # colours, beside those that things have
_PURE = ((255, 0, 0), (128, 0, 0), (0, 0, 255), (0, 0, 128), (255, 255, 0), (128, 128, 0), (255, 255, 255))

Row = tuple[str, Frames, Overlays]


def main(folder: Path) -> None:
    demo = source("demo")
    pairs = TubeletPairs(demo, "tubelets-224", {"payload.fps": 10})
    tubelets = animation([pairs[_PAIR]], "WEBP", fps=10, side=200, quality=70, captions=False)
    write_atomically(folder / "tubelets.webp", tubelets)
    write_atomically(folder / "what-it-makes.png", _png(_rows(demo)))
    for file in ("tubelets.webp", "what-it-makes.png"):
        print(f"{folder / file}: {(folder / file).stat().st_size:,} bytes")


def _rows(demo: Manifest) -> Sequence[Sequence[Row]]:
    """Return rows of frames in groups, each row with what is said beside it and what lies over it."""
    bare = Overlays()
    pair = TubeletPairs(demo, "tubelets-224")[_PAIR]
    order = TimeOrder(source("none"))[8]
    night = LowLight(demo, changes={"light.target_y": [14, 14]})[_DARKER]
    hidden = Occlusion(demo)[1]
    stitched = _stitched(demo)
    return [
        [("tubelets: clip 1", pair["clip1"], overlays(pair)), ("the same over clip 2", pair["clip2"], overlays(pair))],
        [(f"time order: {order['caption'].lower()}", order["video"], overlays(order))],
        [(f"before/after: {stitched['caption']}", stitched["clip"], bare),
         (f"its reversal: {stitched['reversed_caption']}", stitched["reversed_clip"], bare)],
        [("by day", night["clip"], bare), ("low light: to a mean luma of 14", night["dark"], bare)],
        [("occlusion", hidden["occluded"], bare)],
    ]  # fmt: skip


def _stitched(demo: Manifest) -> dict[str, object]:
    """Return a before/after sample of a video in which two of the demo's scenes follow each other."""
    scenes = [next(row for row in demo if row.video_id == name) for name in ("zooming/moss", "swirling/aspen")]
    with tempfile.TemporaryDirectory() as folder:
        times = tuple(np.arange(0.1, 1.6, 0.1).tolist())
        parts = [read_clip(demo.root / row.path, ClipRef(row.video_id, row.path, times)).frames for row in scenes]
        height, width = np.min([part.shape[1:3] for part in parts], axis=0).tolist()
        frames = np.concatenate([part[:, :height, :width] for part in parts])
        write_video(Path(folder, "video.mp4"), frames, codec="libx264", fps=10, options={"crf": "12"})
        events = Manifest.from_columns(
            {
                "video_id": ["zoom", "swirl"],
                "path": ["video.mp4"] * 2,
                "text": ["the camera zooms in", "stones swirl"],
                "start_s": [0.0, 1.5],
                "end_s": [1.4, 3.0],
            },
            folder,
        )
        made = pair_up(from_manifest(events), PairRules.from_dict({"relations": ["before"]})).manifest(Path(folder))
        return StitchedClips(made, changes={"clip.frames": 8, "reversed_clip": True})[0]


def _png(groups: Sequence[Sequence[Row]]) -> bytes:
    width = _LEFT + _SHOWN * (_CELL + _GAP)
    parts = []
    for group in groups:
        parts += [_row(said, clip, over, width) for said, clip, over in group]
        parts.append(np.full((3 * _GAP, width, 3), 255, np.uint8))
    whole = Image.fromarray(np.concatenate(parts[:-1]))
    # Median cut mixes what is seldom: the colours of things and shapes are kept as they are.
    common = whole.quantize(_PALETTE).getpalette() or []
    kept = [value for color in (*COLORS, *_PURE) for value in color]
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common[: 3 * _PALETTE], *kept])
    picture = whole.quantize(palette=palette, dither=Image.Dither.NONE)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _row(said: str, clip: Frames, over: Overlays, width: int) -> Frames:
    name, _, more = said.partition(": ")
    row = np.full((_CELL + _GAP, width, 3), 255, np.uint8)
    write_text(row, name, 4, 4, _LEFT - 12, size=13)
    for number, line in enumerate(textwrap.wrap(more, 27)):
        write_text(row, line, 4, 28 + number * _LINE, _LEFT - 12, ink=FAINT)
    for number, t in enumerate(np.linspace(0, len(clip) - 1, _SHOWN).round().astype(int).tolist()):
        frame = drawn(clip[t], over, t, len(clip), _CELL / max(clip.shape[1:3]), over.chief)
        left = _LEFT + number * (_CELL + _GAP)
        row[: frame.shape[0], left : left + frame.shape[1]] = frame
    return row


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
