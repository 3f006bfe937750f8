"""The domains of EPIC-KITCHENS-55: three kitchens, eight verbs."""

from typing import Any

from vidsynth import source

TRAIN = (
    "uid,video_id,narration,start_timestamp,stop_timestamp,start_frame,stop_frame,participant_id,verb,verb_class,"
    "noun,noun_class,all_nouns,all_noun_classes\n"
    "0,P01_01,open door,00:00:00.14,00:00:03.37,8,202,P01,open,2,door,8,['door'],[8]\n"
    "1,P08_01,stir soup,00:00:04.00,00:00:05.50,8,202,P08,stir,6,soup,8,['soup'],[8]\n"
    "2,P22_05,peel onion,00:00:04.00,00:00:05.50,8,202,P22,peel,8,onion,8,['onion'],[8]\n"
    "3,P02_01,open door,00:00:00.14,00:00:03.37,8,202,P02,open,2,door,8,['door'],[8]\n"
)
TEST = (
    "uid,participant_id,video_id,start_timestamp,stop_timestamp,start_frame,stop_frame\n"
    "1924,P22,P22_01,00:00:10.00,00:00:12.00,600,720\n"
    "1925,P22,P22_01,00:00:14.00,00:00:15.00,840,900\n"
)
LABELS = "uid,verb_class\n1925,7\n"
VIDEOS = [f"EPIC-KITCHENS/{name[:3]}/videos/{name}.MP4" for name in ("P01_01", "P08_01", "P22_05", "P22_01", "P02_01")]


def test_train_rows_follow_from_the_official_file_and_test_rows_from_a_list(lay: Any, by_id: Any) -> None:
    files = {"annotations/EPIC_train_action_labels.csv": TRAIN, "annotations/EPIC_test_s1_timestamps.csv": TEST}
    root = lay(VIDEOS, files)
    assert list(by_id(source("epic55-domains", root=root))) == ["0", "1"]
    manifest = source("epic55-domains", root=lay([], {"annotations/MM_SADA_test_labels.csv": LABELS}))
    rows = by_id(manifest)
    assert {name: (row.split, row.labels) for name, row in rows.items()} == {
        "0": ("train", ("open",)),
        "1": ("train", ("mix",)),
        "1925": ("test", ("pour",)),
    }
    assert [extra["domain"] for extra in manifest.extras()] == ["D2", "D1", "D3"]
    assert rows["1925"].start_s == 14.0 and rows["0"].text == "open door"
