"""The papers' own splits, from manifests in the shape of the official files; every count is derived here."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from vidsynth import source
from vidsynth.errors import RecipeError
from vidsynth.manifest import Manifest
from vidsynth.sources.availability import assumed, listed
from vidsynth.splits.modality import id_lists, load_spec, split
from vidsynth.splits.modality.wording import split_text

HEADER = [
    "narration_id", "participant_id", "video_id", "narration_timestamp", "start_timestamp", "stop_timestamp",
    "start_frame", "stop_frame", "narration", "verb", "verb_class", "noun", "noun_class", "all_nouns",
    "all_noun_classes",
]  # fmt: skip
# By participant, from the released lists.
HOMES = {
    "A": "02 03 05 09 10 11 12 14 15 16 22 26",
    "B": "01 04 06 07 08 17 19 21 25 28 29 35",
    "val": "13 30 31 37",
    "test": "20 23 24 27",
}
HOME_OF = {f"P{number}": part for part, numbers in HOMES.items() for number in numbers.split()}
SILENT = {"P25_102": "B", "P31_01": "val", "P02_101": "A"}


def write_replica(folder: Path) -> list[dict[str, str]]:
    """Write EPIC_100_train.csv and EPIC_100_validation.csv with few clips, in the official files' columns."""
    draws = np.random.default_rng(0)
    rows = []
    for person in sorted([*HOME_OF, "P18", "P32"]):
        for video in {*(f"{person}_{n}" for n in ("01", "101", "102")), *(v for v in SILENT if v.startswith(person))}:
            for number in range(int(draws.integers(1, 14))):
                verb, noun = draws.integers(0, 5, 2)
                stamp = f"00:00:{number:02d}.50"
                cells = [f"{video}_{number}", person, video, stamp, stamp, f"00:00:{number + 1:02d}.50", 1, 60]
                cells += ["take cup", "take", verb, "cup", noun, "['cup']", f"[{noun}]"]
                rows.append(dict(zip(HEADER, map(str, cells), strict=True)))
    for name, some in (("train", rows[::8]), ("validation", [row for n, row in enumerate(rows) if n % 8])):
        with (folder / f"EPIC_100_{name}.csv").open("w", newline="") as file:
            out = csv.DictWriter(file, HEADER)
            out.writeheader()
            out.writerows(some)
    return rows


def read_clips(folder: Path) -> Manifest:
    """Return the manifest of the clips: a row a narration, what the preset needs in `extra`."""
    rows = []
    for file in sorted(folder.glob("EPIC_100_*.csv")):
        with file.open(newline="") as lines:
            rows += [row | {"split": file.stem.removeprefix("EPIC_100_")} for row in csv.DictReader(lines)]
    extra = [f'{{"video_id": "{row["video_id"]}"}}' for row in rows]
    columns = {name: [row[name] for row in rows] for name in ("participant_id", "split", "verb_class", "noun_class")}
    paths = [f"{row['participant_id']}/videos/{row['video_id']}.MP4" for row in rows]
    return Manifest.from_columns(
        columns | {"video_id": [row["narration_id"] for row in rows], "path": paths, "extra": extra}, folder
    )


def test_epic_is_the_participant_table(tmp_path: Path) -> None:
    rows = write_replica(tmp_path)
    want = Counter(HOME_OF.get(row["participant_id"], "out") for row in rows)
    made = split(read_clips(tmp_path), load_spec("epic-unseen-modality"))
    assert {p.name: p.rows for p in made.check.parts} == {part: want[part] for part in HOMES}
    assert {p.name: p.groups for p in made.check.parts} == {"A": 12, "B": 12, "val": 4, "test": 4}
    assert made.left_out == want["out"] and not made.dropped and not made.check.violations
    assert made.published == {}  # a replica is no EPIC-100
    shown = {e["part"]: made.manifest[n].modalities for n, e in enumerate(made.manifest.extras())}
    assert shown == {"A": ("rgb",), "B": ("audio",), "val": ("rgb", "audio"), "test": ("rgb", "audio")}
    actions = {(row["verb_class"], row["noun_class"]) for row in rows if HOME_OF.get(row["participant_id"]) == "test"}
    assert next(p.classes for p in made.check.parts if p.name == "test") == len(actions)
    lists = id_lists(made)
    for part, ids in lists.items():
        mine = [r for r in rows if HOME_OF.get(r["participant_id"]) == part]
        assert ids == [r["narration_id"] for r in sorted(mine, key=lambda r: (r["video_id"], r["narration_id"]))]


def test_epic_from_its_annotation_files_alone_is_the_same(tmp_path: Path) -> None:
    write_replica(tmp_path)
    spec = load_spec("epic-unseen-modality")
    want = split(read_clips(tmp_path), spec)
    for name in ("verb", "noun"):
        classes = "".join(f"{number},{name}{number},['x'],x\n" for number in range(5))
        (tmp_path / f"EPIC_100_{name}_classes.csv").write_text(f"id,key,instances,category\n{classes}")
    videos = source("epic100", root=tmp_path, split="all", annotated=True)
    assert id_lists(split(assumed(videos, spec.assume), spec)) == id_lists(want)


def test_epic_drops_clips_whose_video_has_no_sound(tmp_path: Path) -> None:
    rows = write_replica(tmp_path)
    heard = sorted({row["video_id"] for row in rows} - set(SILENT))
    (tmp_path / "available_sound.csv").write_text("\n".join(heard) + "\n")
    spec = load_spec("epic-unseen-modality")
    manifest = listed(assumed(read_clips(tmp_path), spec.assume), "audio", tmp_path / "available_sound.csv")
    made = split(manifest, spec.with_nothing_assumed())
    lost = Counter(row["video_id"] for row in rows if row["video_id"] in ("P25_102", "P31_01"))
    assert made.dropped == {"B": lost["P25_102"], "val": lost["P31_01"]}  # half A shows no sound, and loses nothing
    assert made.dropped_of == dict(lost)
    assert len(made.manifest) == len(rows) - made.left_out - lost.total()
    assert f"{lost['P25_102']} of its" in split_text(made)


def test_published_counts_stand_beside_ours_where_the_size_is_the_official_one(tmp_path: Path) -> None:
    write_replica(tmp_path)
    manifest = read_clips(tmp_path)
    spec = load_spec("epic-unseen-modality")
    known = spec.published
    assert known is not None and sum(known.parts.values()) + 1065 == known.rows == 67_217 + 9_668
    same_size = spec.model_copy(update={"published": known.model_copy(update={"rows": len(manifest)})})
    made = split(manifest, same_size)
    assert made.published == {"A": 31_213, "B": 31_216, "val": 6_750, "test": 6_641}
    assert "published 31213" in split_text(made)


@pytest.mark.parametrize("name", ["msrvtt-unseen-modality", "msrvtt-incomplete-test"])
def test_msrvtt_is_the_availability_rule_on_the_official_split(name: str) -> None:
    """As many videos as MSR-VTT has, with experts drawn; the rule is counted by hand."""
    draws = np.random.default_rng(0)
    experts = ("rgb", "object", "scene", "face", "audio", "ocr", "speech")
    has = draws.random((10_000, 7)) < [1, 1, 1, 0.7, 0.9, 0.6, 0.6]
    splits = ["train"] * 6_513 + ["val"] * 497 + ["test"] * 2_990
    ids = [f"video{n:04d}" for n in range(10_000)]
    lists = [[e for e, there in zip(experts, row, strict=True) if there] for row in has.tolist()]
    columns = {"video_id": ids, "path": [f"{one}.mp4" for one in ids], "split": splits, "modalities": lists}
    made = split(Manifest.from_columns(columns, "nowhere"), load_spec(name))
    first = has[:, [0, 4, 5, 6]].all(1)
    train, val, test = (np.array(splits) == one for one in ("train", "val", "test"))
    want = {"A": (train & first).sum(), "B": (train & ~first).sum()}
    want |= {"val": (val & has.all(1)).sum(), "test": (test & has.all(1)).sum()}
    assert {p.name: p.rows for p in made.check.parts} == want
    assert want["A"] + want["B"] == 6_513
    assert made.published == {"A": 1_702, "B": 4_811, "val": 127, "test": 765}
    assert not made.check.violations
    relations = {
        one.combination: (one.relation, one.unseen_pairs) for one in made.check.evaluated if one.split == "test"
    }
    everything = tuple(load_spec(name).test[0])
    assert relations[everything] == ("unseen", 9)
    if name == "msrvtt-incomplete-test":
        assert relations["rgb", "audio"] == ("covered", 0) and relations["rgb", "object", "audio"] == ("unseen", 1)
        assert relations["rgb", "audio", "ocr", "speech"] == ("seen", 0)


def test_epic_of_too_few_people_says_which_part_is_empty(tmp_path: Path) -> None:
    write_replica(tmp_path)
    clips = read_clips(tmp_path)
    people = clips.extra_column("participant_id").to_pylist()
    with pytest.raises(RecipeError, match="part test: no row is left for it"):
        split(
            clips.take([n for n, one in enumerate(people) if HOME_OF.get(one) != "test"]),
            load_spec("epic-unseen-modality"),
        )
