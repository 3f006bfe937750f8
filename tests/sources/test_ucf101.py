"""UCF101: classes, groups and three splits."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.sources.check import check

NAMES = [f"v_{name}_g{group:02d}_c01" for name in ("ApplyEyeMakeup", "Archery") for group in (1, 8)]
FILES = {"classInd.txt": "1 ApplyEyeMakeup\n2 Archery\n"}
for number, tested in ((1, "g01"), (2, "g08"), (3, "g08")):
    paths = {name: f"{name.split('_')[1]}/{name}.avi" for name in NAMES}
    FILES[f"testlist{number:02d}.txt"] = "".join(f"{path}\n" for name, path in paths.items() if tested in name)
    FILES[f"trainlist{number:02d}.txt"] = "".join(
        f"{path} {1 + ('Archery' in name)}\r\n" for name, path in paths.items() if tested not in name
    )


@pytest.mark.parametrize(
    ("videos", "annotations", "pattern"),
    [
        ("UCF-101/{label}/", "ucfTrainTestlist/", "UCF-101/{ApplyEyeMakeup,Archery}/*.avi"),
        ("videos/{label}/", "annotations/", "videos/{ApplyEyeMakeup,Archery}/*.avi"),
        ("", "", "*.avi"),
    ],
)
def test_three_splits_of_every_layout(lay: Any, by_id: Any, videos: str, annotations: str, pattern: str) -> None:
    root = lay(
        [f"{videos.format(label=name.split('_')[1])}{name}.avi" for name in NAMES],
        {annotations + name: text for name, text in FILES.items()},
    )
    for name, tested in (("ucf101", "g01"), ("ucf101-2", "g08"), ("ucf101-3", "g08")):
        manifest = source(name, root=root)
        assert manifest.about["layout"] == pattern and manifest.about["name"] == name
        rows = by_id(manifest)
        assert set(rows) == set(NAMES)
        assert all(row.split == ("test" if tested in key else "train") for key, row in rows.items())
        assert all(row.labels == (key.split("_")[1],) for key, row in rows.items())
        assert manifest.extras()[0] == {"group": 1, "clip": 1}


def test_unknown_classes_and_names_are_problems(lay: Any) -> None:
    odd = "Chess/v_Chess_g01_c01.avi 3\nArchery/holiday.avi 2\n"
    report = check("ucf101", lay([], FILES | {"trainlist01.txt": odd}))
    assert [tuple(problem)[::2] for problem in report.problems] == [
        ("trainlist01.txt:1", "dropped: class 'Chess' is not in classInd.txt"),
        ("trainlist01.txt:2", "dropped: 'holiday' is not named v_<Class>_gXX_cYY"),
    ]
