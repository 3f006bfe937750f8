"""Something-Something v2: templates are the classes."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.sources.check import check

TRAIN = [
    {"id": "78687", "label": "holding potato next to vicks vaporub bottle",
     "template": "Holding [something] next to [something]", "placeholders": ["potato", "vicks vaporub bottle"]},
    {"id": "42326", "label": "spreading margarine", "template": "Spreading [something]", "placeholders": ["margarine"]},
    {"label": "no id"},
]  # fmt: skip
VAL = [{"id": "74225", "label": "moving", "template": "Holding [something] next to [something]", "placeholders": []}]
LABELS = {"Holding something next to something": "0", "Turning something": "1"}
VIDEOS = ("78687", "42326", "74225", "1420", "3117")
LONG = {
    "something-something-v2-train.json": TRAIN,
    "something-something-v2-validation.json": VAL,
    "something-something-v2-test.json": [{"id": "1420"}, {"id": "3117"}],
    "something-something-v2-labels.json": LABELS,
}
SHORT = {f"labels/{name.rpartition('-')[2]}": content for name, content in LONG.items()}
SHORT["labels/test-answers.csv"] = "1420;Turning something\n3117;Throwing something\n"


@pytest.mark.parametrize(
    ("videos", "files"),
    [
        ([f"20bn-something-something-v2/{name}.webm" for name in VIDEOS], SHORT),
        ([f"videos/{name}.mp4" for name in VIDEOS], {f"annotations/{name}": text for name, text in LONG.items()}),
        ([f"{name}.webm" for name in VIDEOS], LONG),
    ],
)
def test_templates_without_brackets_are_the_labels(lay: Any, by_id: Any, videos: list[str], files: Any) -> None:
    root = lay(videos, files)
    rows = by_id(source("ssv2", root=root))
    answered = files is SHORT
    assert set(rows) == {"78687", "74225", "1420"} | ({"3117"} - ({"3117"} if answered else set()))
    assert rows["78687"].labels == ("Holding something next to something",)
    assert rows["78687"].text == "holding potato next to vicks vaporub bottle"
    assert rows["1420"].labels == (("Turning something",) if answered else ())
    assert {name: row.split for name, row in rows.items() if name != "3117"} == {
        "78687": "train", "74225": "val", "1420": "test"
    }  # fmt: skip
    problems = [problem.what for problem in check("ssv2", root).problems]
    assert problems == [
        "dropped: class 'Spreading something' is not in labels.json",
        "dropped: it has no id",
        *(["dropped: class 'Throwing something' is not in labels.json"] if answered else []),
    ]
