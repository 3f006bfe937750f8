"""The generator: the published benchmark as it is known, counterbalanced sets as they are promised, pixels."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw

from vidsynth import build, load, source
from vidsynth.errors import DecodeError
from vidsynth.generator import make
from vidsynth.generators.time_order import TimeOrder
from vidsynth.generators.time_order.plan import ScenePlan
from vidsynth.manifest import Manifest

SMALL = {"clip.size": [48, 64], "pairs": 12}
RAMP = [0, 18, 36, 54, 72, 91, 109, 127, 145, 163, 182, 200, 218, 236, 255]
PUBLISHED = ["time-order-published", "time-order-published-vanish"]


def bench(recipe: str = "time-order", **changes: object) -> TimeOrder:
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return TimeOrder(source("none"), recipe, SMALL | dotted if recipe == "time-order" else dotted)


# --- the published benchmark (acceptance test T5) ---


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name: str) -> None:
    published = bench(name)
    plans = [published.plan(index) for index in range(len(published))]
    assert len(plans) == 180 == len({plan.key for plan in plans})
    assert Counter(plan.relation for plan in plans) == {"before": 90, "after": 90}
    firsts = Counter((plan.relation, plan.objects[plan.order[0]].color) for plan in plans)
    assert set(firsts.values()) == {15} and len(firsts) == 12
    shown = Counter((*(plan.objects[n].color for n in plan.order), plan.objects[0].shape) for plan in plans)
    assert len(shown) == 90 and set(shown.values()) == {2}  # each video with both relations
    assert all(plan.objects[0].shape == plan.objects[1].shape for plan in plans)
    assert (plans[0].key, plans[0].caption) == ("text_pair_after_1", "A yellow circle appears after a red circle")
    assert plans[0].distractor == "A red circle appears after a yellow circle"


@pytest.mark.parametrize("name", PUBLISHED)
def test_reversing_twice_changes_nothing(name: str) -> None:
    published = bench(name)
    plans = {plan.key: plan for plan in (published.plan(index) for index in range(len(published)))}
    for plan in plans.values():
        twin = plans[plan.twin]
        assert plans[twin.twin] is plan and twin is not plan
        assert (twin.caption, twin.distractor) == (plan.distractor, plan.caption)
        assert twin.order == plan.order[::-1] and twin.relation == plan.relation
        assert (twin.control_caption, twin.control_distractor) == (plan.control_distractor, plan.control_caption)


def drawn(colors: tuple[str, str], shape: str, stays: bool) -> np.ndarray:
    """Draw a published video as it is known: Pillow, a picture a frame, opacity cut to whole numbers."""
    frames = []
    for t in range(30):
        picture = Image.new("RGBA", (224, 224), (0, 0, 0, 255))
        for number, (color, x) in enumerate(zip(colors, (56, 168), strict=True)):
            local = t - 15 * number
            if local < 0 or (local > 14 and not stays):
                continue
            layer = Image.new("RGBA", (224, 224), (0, 0, 0, 0))
            draw, fill = ImageDraw.Draw(layer), (*ImageColor.getrgb(color), RAMP[min(local, 14)])
            if shape == "circle":
                draw.ellipse((x - 50, x - 50, x + 50, x + 50), fill)
            elif shape == "square":
                draw.rectangle((x - 50, x - 50, x + 50, x + 50), fill)
            else:
                low, high = x + 100 / (2 * math.sqrt(3)), x - 100 / math.sqrt(3)
                draw.polygon([(x - 50, low), (x, high), (x + 50, low)], fill)
            picture = Image.alpha_composite(picture, layer)
        frames.append(np.asarray(picture)[..., :3])
    return np.stack(frames)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_videos_are_those_that_pillow_draws_and_twins_exchange_the_colors(name: str) -> None:
    published, stays = bench(name, control=False), name == "time-order-published"
    for index in range(0, 180, 20):
        u, twin = published[index], published[index + 1]
        (first, second), (shape, _) = u["colors"], u["shapes"]
        assert (u["twin"], twin["twin"]) == (twin["key"], u["key"])
        # T exchanges the colours; T of T is the video.
        assert (u["video"] == drawn((first, second), shape, stays)).all()
        assert (twin["video"] == drawn((second, first), shape, stays)).all()


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_pixels(name: str) -> None:
    sample = bench(name)[0]  # red, then yellow, circles
    video = sample["video"]
    assert video.shape == (30, 224, 224, 3)
    assert video[:15, 56, 56].tolist() == [[value, 0, 0] for value in RAMP]
    assert video[15:, 168, 168].tolist() == [[value, value, 0] for value in RAMP]
    assert (np.count_nonzero(video[14].any(-1)), np.count_nonzero(video[0])) == (8005, 0)
    stays = name == "time-order-published"
    assert (video[15:, 56, 56] == ([255, 0, 0] if stays else [0, 0, 0])).all()
    assert np.count_nonzero(video[29].any(-1)) == (2 * 8005 if stays else 8005)
    assert (sample["starts"], sample["stops"]) == ([0, 15], [15, 30])
    assert sample["boxes"][:, 29].tolist() == [[6, 6, 107, 107] if stays else [0, 0, 0, 0], [118, 118, 219, 219]]
    assert sample["opacity"][1].tolist() == [0] * 15 + RAMP


def test_published_control_shows_the_event_named_first() -> None:
    published = bench("time-order-published")
    after, before = published[0], published[2]
    assert after["control_caption"] == "A yellow circle appears" and before["control_caption"] == "A red circle appears"
    assert after["control_distractor"] == "A red circle appears"
    assert not after["control_video"][:15].any() and (after["control_video"][29, 168, 168] == [255, 255, 0]).all()
    assert (before["control_video"][14:, 56, 56] == [255, 0, 0]).all()
    assert not before["control_video"][:, 168, 168].any()


def test_the_card_names_what_nobody_can_check(tmp_path: Path) -> None:
    build(bench("time-order-published", limit=2), tmp_path / "bench", workers=0, progress=False)
    card = (tmp_path / "bench/README.md").read_text()
    for assumed in ("blue, green, orange and purple are assumed", "30 ordered pairs", "30 frames a second", "it stays"):
        assert assumed in card
    assert "Counterbalanced in its captions alone" in card and "Test of Time" in card
    assert "| `caption` | true of `video`; string |" in card


def test_gradually_is_an_option() -> None:
    published = bench("time-order-published", captions__fade="appears gradually")
    assert published.plan(0).caption == "A yellow circle appears gradually after a red circle"


# --- counterbalanced sets ---

BALANCED = {
    "default": {},
    "overlaps": {"events__persistence": "overlaps", "captions__relations": ["before", "while"]},
    "many": {
        "events__count": 4, "events__kinds": ["fade", "pop", "slide", "move"], "clip__frames": 70,
        "captions__relations": ["after", "then", "between"], "objects__distractors": 1, "objects__jitter": 1,
        "background__kind": "noise",
    },
    "plain": {"background__kind": "plain", "objects__shapes": ["star", "kite=0,-50 35,-10 0,50 -35,-10"]},
}  # fmt: skip


@pytest.mark.parametrize("changes", BALANCED.values(), ids=BALANCED)
def test_twins_have_the_same_frames_and_ends(changes: dict[str, object]) -> None:
    made = bench(**changes)
    for index in range(0, len(made), 2):
        u, twin = made[index], made[index + 1]
        frames = [Counter(frame.tobytes() for frame in sample["video"]) for sample in (u, twin)]
        assert frames[0] == frames[1]
        assert (u["video"][[0, -1]] == twin["video"][[0, -1]]).all() and (u["video"] != twin["video"]).any()
        assert u["caption"] == twin["distractor"] and u["distractor"] == twin["caption"] != u["caption"]
        assert u["control_caption"] == twin["control_distractor"] != u["control_distractor"]
        assert (u["control_video"] != twin["control_video"]).any()


def test_everything_is_first_equally_often() -> None:
    made = TimeOrder(source("none"), "time-order")
    plans = [made.plan(index) for index in range(len(made))]
    for value in ("color", "shape", "center"):
        counts = Counter((plan.relation, getattr(plan.objects[plan.order[0]], value)) for plan in plans)
        assert len(set(counts.values())) == 1, value
    assert len(plans) == 1080 == len({plan.key for plan in plans})


def test_captions_say_what_the_video_shows() -> None:
    made = bench(captions__paraphrases=1)
    for index in range(len(made)):
        sample = made[index]
        first, second = (f"{c} {s} " for c, s in zip(sample["colors"], sample["shapes"], strict=True))
        text = sample["caption"] + " "
        said = text.index(first) < text.index(second)
        assert said == (sample["relation"] != "after")
        assert sample["starts"] == sorted(sample["starts"])
        there = [int(np.flatnonzero(row)[0]) for row in sample["opacity"]]
        assert there == sorted(there)  # opacity and boxes are in the order of the events


def test_boxes_hold_what_is_drawn() -> None:
    made = bench(**BALANCED["many"] | {"background__kind": "black"})
    for index in range(0, len(made), 5):
        sample = made[index]
        drawn = sample["video"].any(-1)
        boxed = np.zeros_like(drawn)
        for t, boxes in enumerate(sample["boxes"].swapaxes(0, 1).tolist()):
            for x1, y1, x2, y2 in boxes:
                boxed[t, y1:y2, x1:x2] = True
        assert not (drawn & ~boxed).any()


def test_blending_is_exact_rounding() -> None:
    made = bench(background__kind="plain", background__colors=["dimgray"])
    sample, plan = made[0], made.plan(0)
    thing = plan.objects[plan.order[0]]
    x, y = thing.center
    for t, progress in enumerate(thing.progress.tolist()):
        want = [round((105 * (255 - progress) + c * progress) / 255) for c in thing.rgb]
        assert sample["video"][t, y, x].tolist() == want


# --- the promises of every generator ---


def test_a_sample_is_these_bytes() -> None:
    digest = hashlib.sha256()
    for changes in (*BALANCED.values(), {"events__persistence": "stays", "balance": "captions"}):
        sample = bench(**changes)[5]
        digest.update(sample["video"].tobytes() + sample["control_video"].tobytes())
        digest.update(sample["caption"].encode() + sample["boxes"].tobytes() + sample["opacity"].tobytes())
    digest.update(bench("time-order-published")[120]["video"].tobytes())
    assert digest.hexdigest() == "260f1b66a4d69b3c873ef02da677e8600527c45491d8f9fe22f25f1ffc83d1aa"


def test_plans_survive_their_rows() -> None:
    made = bench(**BALANCED["many"])
    plan = made.plan(7)
    again = ScenePlan.from_row(7, plan.to_row())
    assert (made.render(again, [])["video"] == made[7]["video"]).all()
    assert again.key == plan.key and again.objects[0].rgb == plan.objects[0].rgb


def test_any_number_of_workers_makes_the_same_bytes(tmp_path: Path) -> None:
    made = bench(videos_per_shard=8, payload__kind="h264")
    one = build(made, tmp_path / "one", workers=0, progress=False)
    two = build(make(made.recipe, made.manifest), tmp_path / "two", workers=2, progress=False)
    assert [s["sha256"] for s in one.summary["shards"]] == [s["sha256"] for s in two.summary["shards"]]
    assert len(one) == 24 and len(one.summary["shards"]) == 3
    assert one[3]["video"].shape == (30, 48, 64, 3) and one[3]["caption"] == made.plan(3).caption
    assert (tmp_path / "one/preview.png").exists()


def test_a_limit_and_samples_without_control() -> None:
    made = bench(limit=6, control=False)
    assert len(made) == 6 and "control_video" not in made[0] and "control_video" not in made.columns
    with pytest.raises(IndexError, match="outside 0 to 5"):
        made.plan(6)


@pytest.mark.parametrize("kind", ["still", "moving"])
@pytest.mark.parametrize("persistence", ["goes", "overlaps"])
def test_natural_backgrounds_are_shared_and_balanced(
    tmp_path: Path, make_video: Callable[..., Path], kind: str, persistence: str
) -> None:
    for number in range(2):
        make_video(tmp_path / f"v{number}.mp4", frames=40, size=(60, 100))
    changes = {"background.kind": kind, "events.persistence": persistence, "pairs": 2}
    made = TimeOrder(source(tmp_path), "time-order", SMALL | changes)
    u, twin = made[2], made[3]
    assert Counter(f.tobytes() for f in u["video"]) == Counter(f.tobytes() for f in twin["video"])
    assert (u["video"][[0, -1]] == twin["video"][[0, -1]]).all()
    differs = (u["video"][0] != u["video"][12]).any(-1)
    assert (differs.mean() > 0.3) == (kind == "moving")
    assert made.paths(range(4)) == ["v0.mp4", "v1.mp4"] and len(made.paths(range(2))) == 1


def test_a_broken_background_fails_both_twins(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    make_video(tmp_path / "good.mp4", frames=30)
    (tmp_path / "bad.mp4").write_bytes(b"")
    manifest = Manifest.from_columns({"path": ["bad.mp4", "good.mp4"]}, tmp_path)
    made = TimeOrder(manifest, "time-order", SMALL | {"background.kind": "still", "pairs": 2})
    shards = build(made, tmp_path / "out", workers=0, progress=False)
    assert len(shards) == 2 and shards.summary["absent"] == 2
    assert load(tmp_path / "out")[0]["twin"] == load(tmp_path / "out")[1]["key"]
    with pytest.raises(DecodeError, match="empty file"):
        [made[index] for index in range(4)]
