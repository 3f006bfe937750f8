"""What a recipe refuses: captions that would be untrue, and balance that would not hold."""

import pytest

from vidsynth import source
from vidsynth.errors import RecipeError
from vidsynth.generators.time_order import TimeOrder, TimeOrderRecipe
from vidsynth.recipe import load_values, shipped

SHIPPED = [name for name in shipped() if name.startswith("time-order")]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_recipes_are_sound_and_described(name: str) -> None:
    recipe = TimeOrderRecipe.from_dict(load_values(name), name)
    assert recipe.balance == ("captions" if "published" in name else "full")
    assert TimeOrderRecipe.from_dict(recipe.to_dict()) == recipe


REFUSED = [
    ({"events.persistence": "stays"}, "events.persistence: with stays the frames tell the order"),
    ({"layout": "by_order"}, "layout: with by_order a single frame tells the order by place"),
    ({"events.lead": [0, 2]}, "the first frame may tell the order"),
    ({"clip.frames": 29}, "the last frame may tell the order; it takes 30 frames"),
    ({"clip.frames": 28}, "28 are too few: the events take up to 29"),
    ({"captions.relations": ["between"]}, "between needs three events"),
    ({"captions.relations": ["while"]}, "that needs events.persistence stays or overlaps"),
    ({"captions.relations": ["while"], "events.kinds": ["move"], "events.persistence": "overlaps"}, "no event move"),
    ({"captions.relations": ["between"], "events.count": 3, "events.persistence": "overlaps", "clip.frames": 60},
     "only the reversal of all has the same frames"),
    ({"captions.relations": ["before", "before"]}, "each may stand once"),
    ({"events.rise": [4, 3]}, "rise: 4 to 3 is empty"),
    ({"events.rise": [0, 3]}, "an event takes 1 frame or more"),
    ({"events.persistence": "overlaps", "events.fall": [0, 3]}, "so 1 frame or more"),
    ({"objects.colors": ["red", "red"]}, "red stands twice"),
    ({"objects.colors": ["gray", "grey"]}, "(128, 128, 128) stands twice"),
    ({"objects.colors": ["red", "blue"], "objects.distractors": 1}, "3 objects need as many colours, not 2"),
    ({"objects.shapes": ["star"], "objects.edges": "hard"}, "hard is known for circle, square, triangle only"),
    ({"background.kind": "plain", "background.colors": ["#ff0000"]}, "no colour"),
    ({"background.kind": "plain", "background.colors": ["red"]}, "nobody would see objects in 'red'"),
    ({"limit": 3}, "limit: must be even, not 3"),
    ({"videos_per_shard": 7}, "videos_per_shard: must be even"),
    ({"clip.size": [33, 32]}, "h264 stores even sizes only"),
    ({"pears": 3}, "did you mean 'pairs'"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), REFUSED)
def test_what_cannot_be_is_refused_and_says_why(changes: dict[str, object], why: str) -> None:
    with pytest.raises(RecipeError) as refused:
        TimeOrderRecipe().with_changes(changes)
    assert why in str(refused.value)


UNRESOLVED = [
    ({"background.kind": "still"}, "background.kind: still needs videos, and the source none has none"),
    ({"objects.places": [[0.5, 0.5]]}, "2 objects need as many places, not 1"),
    ({"objects.sizes": [120]}, "would cover each other: 8 pixels too much"),
    ({"objects.sizes": [100], "objects.jitter": 7}, "would cover each other: 2 pixels too much"),
    ({"source.manifest": "0" * 64}, "the recipe was made for other videos"),
]


@pytest.mark.parametrize(("changes", "why"), UNRESOLVED)
def test_what_does_not_fit_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(RecipeError) as refused:
        TimeOrder(source("none"), changes=changes)
    assert why in str(refused.value)


def test_what_is_left_open_follows_from_size_and_count() -> None:
    small = TimeOrder(source("none"), changes={"clip.size": [64, 96]}).recipe
    assert small.objects.places == ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    assert small.objects.sizes == (20,) and small.room() == 12
    many = TimeOrder(source("none"), changes={"events.count": 4, "objects.distractors": 1, "clip.frames": 60}).recipe
    assert len(many.objects.places or ()) == 9
    assert TimeOrder(source("none"), many).recipe == many  # resolved once is resolved
