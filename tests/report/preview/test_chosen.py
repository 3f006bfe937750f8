"""Which samples are shown: conditions on columns, evenly spread."""

import itertools
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth import load
from vidsynth.errors import RecipeError, ShardError
from vidsynth.report.preview.chosen import Build, Condition, spread
from vidsynth.report.preview.columns import Facts


@given(st.integers(1, 500), st.integers(1, 60))
def test_items_are_spread_from_the_first_to_the_last(count: int, most: int) -> None:
    chosen = spread(range(count), most)
    assert len(chosen) == min(count, most) and chosen[0] == 0
    assert most == 1 or chosen[-1] == count - 1
    steps = [after - before for before, after in itertools.pairwise(chosen)]
    assert not steps or max(steps) - min(steps) <= 1


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ("a=x", "x", True), ("a=x", "xy", False), ("a=x", ["y", "x"], True), ("a=x", [], False), ("a=x", None, False),
        ("a=none", None, True), ("a=2", 2, True), ("a=2", 2.0, True), ("a=2.0", 2, True), ("a=2", "2", True),
        ("a=true", True, True), ("a=1", True, False), ("a=1..2", 1, True), ("a=1..2", 2.0, True),
        ("a=1..2", 2.1, False), ("a=..2", -5, True), ("a=3..", 2, False), ("a=1..2", "1..2", True),
        ("a=b=c", "b=c", True),
        ("a=x", 3, False),
        ("a=a..b", 3, False), ("a=a..b", "a..b", True),
    ],
)  # fmt: skip
def test_conditions_on_values_of_every_kind(condition: str, value: object, holds: bool) -> None:
    assert Condition.parse(condition).holds(value) is holds


@pytest.mark.parametrize("text", ["labels", "=x", ""])
def test_a_condition_without_a_column_or_value_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="write COLUMN=VALUE"):
        Condition.parse(text)


def test_all_conditions_must_hold(nights: Path) -> None:
    shards = load(nights)
    asked = [n for n, sample in enumerate(shards) if sample["labels"] == ["walking"] and sample["y_after"] <= 20]
    assert 0 < len(asked) < 6
    assert list(Build(nights, ["labels=walking", "y_after=..20"]).positions) == asked


def test_an_unknown_column_is_named_with_the_nearest(nights: Path) -> None:
    with pytest.raises(RecipeError, match=r"no column 'lables'; did you mean 'labels'\? \(columns: index, key, "):
        Build(nights, ["lables=x"])
    with pytest.raises(ShardError, match="none of its 12 samples has labels=x and y_after=5"):
        Build(nights, ["labels=x", "y_after=5"])


def test_columns_are_also_those_of_the_plan_and_of_the_videos(tubelets: Path, nights: Path) -> None:
    shards = load(tubelets)
    facts = Facts(shards)
    assert facts.names == ["index", "key", "videos", "start_s", "span_s", "labels", "split"]
    for position in (0, 7):
        sample = shards[position]
        paths = [source["path"] for source in sample["sources"]]
        (labels,), (videos,) = facts.values("labels", [position]), facts.values("videos", [position])
        assert labels == list(dict.fromkeys(path.split("/")[0] for path in paths))
        assert videos == [source["video_id"] for source in sample["sources"]]
        times = sample["sources"][0]["times"]
        assert facts.values("start_s", [position]) == [times[0]]
        assert facts.values("span_s", [position]) == [max(times) - min(times)]
    facts = Facts(load(nights))
    light = [name for name in facts.names if name.startswith("plan.light.")]
    assert light and facts.values(light[0], [3]) == [load(nights)[3]["plan"]["light"][light[0].split(".")[2]]]


def test_shards_alone_are_previewed_with_what_they_hold(tubelets: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (copy / "data").mkdir(parents=True)
    for file in ["vidsynth.json", "recipe.yaml", *(f"data/{file.name}" for file in (tubelets / "data").iterdir())]:
        (copy / file).write_bytes((tubelets / file).read_bytes())
    build = Build(copy)
    assert "labels" not in build.facts.names and build.facts.values("index") == list(range(12))
    assert next(iter(build.samples([4])))["index"] == 4


def test_plans_whose_videos_are_gone_say_so(plans: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(plans, copy)
    (copy / ".vidsynth/root").write_text(str(tmp_path / "gone"))
    with pytest.raises(ShardError, match=r"holds plans alone \(payload none\), .* cannot be read: .*no such file"):
        list(Build(copy).samples([0]))
    shutil.rmtree(copy / ".vidsynth")
    with pytest.raises(ShardError, match="cannot be read"):
        list(Build(copy).samples([0]))
