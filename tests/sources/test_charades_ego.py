"""Charades-Ego: both persons, from one file a split or from two."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError

HEADER = "id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length,egocentric\n"
THIRD = "005BU,S1,Kitchen,5,6,Yes,Cooks.,,Cooks.,c000 1.00 3.00,20.00,No\n"
FIRST = "005BUEGO,S1,Kitchen,5,6,Yes,Cooks.,,Cooks.,c000 2.00 4.00;c001 5.00 6.00,21.00,Yes\n"
CLASSES = {"CharadesEgo/Charades_v1_classes.txt": "c000 Holding some clothes\nc001 Putting clothes somewhere\n"}
VIDEOS = ["CharadesEgo_v1_480/005BU.mp4", "CharadesEgo_v1_480/005BUEGO.mp4"]
WHOLE = {"CharadesEgo/CharadesEgo_v1_train.csv": HEADER + THIRD + FIRST}
HALVES = {
    "CharadesEgo/CharadesEgo_v1_train_only1st.csv": HEADER + FIRST,
    "CharadesEgo/CharadesEgo_v1_train_only3rd.csv": HEADER + THIRD,
}


@pytest.mark.parametrize("files", [WHOLE, HALVES, WHOLE | HALVES])
def test_the_person_is_told(lay: Any, files: dict[str, str]) -> None:
    root = lay(VIDEOS, files | CLASSES)
    manifest = source("charades-ego", root=root)
    assert manifest.table["video_id"].to_pylist() == ["005BU", "005BUEGO"]
    assert [extra["person"] for extra in manifest.extras()] == ["third", "first"]
    assert manifest.about["annotation problems"] == "none"
    actions = source("charades-ego-actions", root=root)
    assert [actions[n].video_id for n in range(3)] == ["005BUEGO_000", "005BUEGO_001", "005BU_000"]
    assert actions[1].text == "putting clothes somewhere" and actions.extras()[1]["person"] == "first"


def test_without_annotations_it_says_where_they_come_from(lay: Any) -> None:
    with pytest.raises(SourceError, match=r"no CharadesEgo_v1_train\.csv .* CharadesEgo\.zip"):
        source("charades-ego", root=lay(VIDEOS, CLASSES))
