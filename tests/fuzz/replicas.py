"""The smallest annotation files of each data set that has any, in their own schemas."""

from __future__ import annotations

from typing import Any

_CHARADES = "id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length\n"
_EPIC = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame"
_CLIP = "A0xAXXysHUo_E_002184_002237_A_0001_0002"
_KINETICS = (
    "label,youtube_id,time_start,time_end,split\nabseiling,---QUuC4vJs,84,94,train\nbowling,--3ouPhoy2A,20,30,train\n"
)
_TIMES = "0,P08_01,open door,00:00:00.14,00:00:03.37,8,202,P08,open,2,door,8,['door'],[8]\n"
_DIDEMO = [{"annotation_id": 7, "video": "1@N02_1_8.mov", "description": "a dog", "times": [[1, 1], [0, 2]]}]
_TEMPO = [
    _DIDEMO[0]
    | {"annotation_id": "before_7_1", "reference_description": "x", "context": [5, 5], "train_times": [[0, 2]]}
]

REPLICAS: dict[str, dict[str, Any]] = {
    "k400": {"annotations/kinetics_train.csv": _KINETICS},
    "mini-kinetics": {"train.csv": _KINETICS, "train_ytid_list.txt": "---QUuC4vJs\n"},
    "charades": {
        "Charades_v1_train.csv": _CHARADES
        + '46GP8,HR,Hall,6,7,Yes,"A person, out.",food,Cooks.,c001 1.90 2.20,24.83\n',
        "Charades_v1_classes.txt": "c000 Holding some clothes\nc001 Putting clothes somewhere\n",
    },
    "charades-ego": {
        "CharadesEgo_v1_train.csv": _CHARADES + "46GP8EGO,HR,Hall,6,7,Yes,Out.,food,Cooks.,c001 1.90 2.20,24.83\n",
        "Charades_v1_classes.txt": "c000 Holding some clothes\nc001 Putting clothes somewhere\n",
    },
    "activitynet": {
        "activity_net.v1-3.min.json": {
            "taxonomy": [{"nodeName": "Ballet", "nodeId": 1}],
            "database": {
                "a": {"duration": 9.5, "subset": "training", "annotations": [{"segment": [1.5, 3], "label": "Ballet"}]}
            },
        }
    },
    "activitynet-captions": {
        "train.json": {"v_a": {"duration": 9.5, "timestamps": [[0.5, 1.5]], "sentences": ["A dancer bows."]}}
    },
    "msrvtt": {
        "MSRVTT_data.json": {
            "videos": [{"category": 9, "video_id": "video0", "split": "train", "id": 0}],
            "sentences": [{"caption": "a man drives", "video_id": "video0", "sen_id": 1}],
        }
    },
    "didemo": {"train_data.json": _DIDEMO},
    "tempo": {"tempoTL+didemo_train.json": _TEMPO},
    "epic100": {
        "EPIC_100_train.csv": f"{_EPIC},narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n"
        "P01_01_0,P01,P01_01,00:00:01.089,00:00:00.14,00:00:03.37,8,202,open door,open,3,door,3,['door'],[3]\n",
        "EPIC_100_verb_classes.csv": "id,key,instances,category\n3,open,['open'],access\n",
        "EPIC_100_noun_classes.csv": "id,key,instances,category\n3,cupboard,['door'],furniture\n",
        "EPIC_100_video_info.csv": "video_id,duration,fps,resolution\nP01_01,1652.15,59.94,1920x1080\n",
    },
    "epic55-domains": {
        "EPIC_train_action_labels.csv": "uid,video_id,narration,start_timestamp,stop_timestamp,start_frame,stop_frame,"
        "participant_id,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n" + _TIMES
    },
    "gym99": {
        "gym99_train_element_v1.1.txt": f"{_CLIP} 6\n",
        "gym99_categories.txt": "Clabel: 6; set: 21; Glabel: 4; x\n",
    },
    "hmdb51": {"chew_test_split1.txt": "a_chew_1.avi 1 \nb_chew_2.avi 2\n"},
    "ucf101": {
        "classInd.txt": "1 Archery\n",
        "trainlist01.txt": "Archery/v_Archery_g08_c01.avi 1\n",
        "testlist01.txt": "Archery/v_Archery_g01_c01.avi\n",
    },
    "ssv2": {
        "something-something-v2-train.json": [
            {"id": "78687", "label": "x", "template": "Holding [something]", "placeholders": ["potato"]}
        ],
        "something-something-v2-labels.json": {"Holding something": "0"},
    },
    "mit": {"trainingSet.csv": "blocking/a_4.mp4,blocking,3,0\n", "moments_categories.txt": "blocking,0\n"},
}
