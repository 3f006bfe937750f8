"""Occluded clips of real videos: samples, builds, what is absent and why."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from vidsynth import build, load, source, verify
from vidsynth.clip import Clip, ClipRef
from vidsynth.errors import DecodeError, RecipeError, SourceError
from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import make, recipe_type
from vidsynth.generators.occlusion import Occlusion, OcclusionRecipe
from vidsynth.generators.occlusion.masking import recipe_for
from vidsynth.generators.occlusion.plan import PLAN_TYPE, OcclusionPlan
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values, shipped

SMALL = {"clip.frames": 4, "clip.size": [32, 48], "videos_per_shard": 4, "keep_mask": True, "payload.kind": "raw"}
# The whole picture of the kitchen's video, its first frames, as they are.
WHOLE = {"clip.size": [54, 96], "clip.scales": [[96, 54]], "clip.flip": 0, "clip.strides": [1], "clip.frames": 24}


@pytest.fixture
def covered(twelve: Path) -> Occlusion:
    return Occlusion(source(twelve), changes=SMALL | {"per_video": 2})


@pytest.fixture
def visor(tmp_path: Path, write_visor: Any, entity: Any, box: Any) -> Path:
    """A cup and a hand that holds it, in the first picture and at 0.2 s; a lid at 0.2 s."""
    cup, hand = entity("cup", 13, box(200, 200, 400, 400)), entity("hand", 300, box(800, 200, 200, 200))
    lid = entity("lid", 7, box(200, 200, 400, 200))
    write_visor(tmp_path / "visor", "P01_01", {1: [cup, hand | {"in_contact_object": "cup"}], 13: [cup, lid, hand]})
    return tmp_path / "visor"


def digest(sample: dict[str, Any]) -> str:
    return hashlib.sha256(sample["occluded"].tobytes() + sample["mask"].tobytes()).hexdigest()[:16]


def test_samples_hold_what_the_columns_announce(covered: Occlusion) -> None:
    sample = covered[3]
    assert set(sample) == {"index", "key", "plan", "sources", *covered.columns}
    clip, occluded, mask = sample["clip"], sample["occluded"], sample["mask"]
    assert clip.shape == occluded.shape == covered.columns["occluded"].shape and mask.shape == (4, 32, 48)
    assert (occluded[mask == 0] == clip[mask == 0]).all() and (occluded[mask == 1] == 0).all()
    assert sample["covered_frames"] == 1 and sample["covered_area"] == mask.mean() > 0.01
    assert sample["objects"] == [] and sample["labels"] == [sample["sources"][0]["video_id"].split("/")[0]]
    bare = Occlusion(covered.manifest, changes=SMALL | {"keep_mask": False, "keep_clip": False})
    assert not {"clip", "mask"} & {*bare.columns, *bare[3]}


def test_samples_are_a_function_of_the_recipe_and_the_index(covered: Occlusion) -> None:
    forward = [digest(covered[index]) for index in range(6)]
    again = Occlusion(covered.manifest, covered.recipe)
    assert [digest(again[index]) for index in reversed(range(6))][::-1] == forward and len(set(forward)) == 6
    assert [digest(sample) for sample in evaluate(again, range(6))] == forward  # type: ignore[arg-type]
    assert digest(Occlusion(covered.manifest, covered.recipe.with_changes({"seed": 1}))[0]) != forward[0]
    plan = covered.plan(5)
    row = pa.array([plan.to_row()], PLAN_TYPE).to_pylist()[0]  # as a shard keeps it
    assert covered.plan_from_row({"index": 5, "plan": row}).to_row() == plan.to_row()


def test_what_visor_shows_is_hidden(kitchen: Path, visor: Path) -> None:
    """A twentieth of VISOR's picture: 400 pixels become 20."""
    changes = SMALL | WHOLE | {"masks.path": str(visor)}
    made = Occlusion(source(kitchen), "occlusion-visor", changes)
    sample = made[0]
    expected = np.zeros((54, 96), np.uint8)
    expected[10:30, 10:30] = 1
    assert (sample["mask"] == expected).all() and sample["objects"] == ["cup", "lid"]
    assert (sample["occluded"][:, expected == 1] == 0).all()
    assert (sample["occluded"][:, expected == 0] == sample["clip"][:, expected == 0]).all()
    assert sample["covered_frames"] == 1 and sample["covered_area"] == 400 / (54 * 96)
    assert sample["plan"]["mask_file"] == str(visor / "P01_01.json")
    assert sample["plan"]["mask_sha256"] == hashlib.sha256((visor / "P01_01.json").read_bytes()).hexdigest()

    def hidden(**params: Any) -> Any:
        asked = {f"masks.{name}": value for name, value in params.items()}
        return Occlusion(source(kitchen), "occlusion-visor", changes | asked)[0]

    exact = hidden(time="exact")
    assert exact["mask"].any((1, 2)).nonzero()[0].tolist() == [0, 12] and exact["covered_frames"] == 2 / 24
    assert exact["covered_area"] == 2 * 400 / exact["mask"].size
    hands, everything = hidden(objects="hands"), hidden(objects="all")
    assert (everything["mask"] == (hands["mask"] | sample["mask"])).all() and hands["objects"] == ["hand"]
    # The cup is held at first; the lid lies over its upper half later.
    held = hidden(objects="in-contact", max_gap_s=0.05)
    assert held["mask"].any((1, 2)).nonzero()[0].tolist() == [0, 1, 2, 3] and held["objects"] == ["cup"]
    cup = hidden(objects="classes", classes=["cup"])
    assert cup["mask"][0].sum() == 400 and cup["mask"][23].sum() == 200
    grown = hidden(dilate_px=3)
    assert (grown["mask"] >= sample["mask"]).all() and grown["mask"][0, 7, 20] == 1 == 1 - grown["mask"][0, 6, 20]


def test_the_noun_of_the_action_is_hidden(kitchen: Path, visor: Path) -> None:
    changes = SMALL | WHOLE | {"masks.path": str(visor), "masks.objects": "action-noun"}
    columns = {"video_id": ["a", "b", "c"], "path": ["P01_01.mp4"] * 3, "noun_class": ["7", "13", "99"]}
    made = Occlusion(Manifest.from_columns(columns, kitchen), "occlusion-visor", changes)
    results = list(evaluate(made, range(3)))
    objects = sorted(result["objects"] for result in results if not isinstance(result, Failure))
    assert objects == [["cup"], ["lid"]]
    (failure,) = [result for result in results if isinstance(result, Failure)]
    assert failure.reason == "no mask of the kind asked for (action-noun) at its clip's frames"
    with pytest.raises(DecodeError, match=r"P01_01\.mp4: its manifest row has no noun_class, which .objects: action"):
        Occlusion(source(kitchen), "occlusion-visor", changes)[0]


def write_png(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


@pytest.fixture
def pngs(tmp_path: Path) -> Path:
    """Masks of six of the twelve videos: by path, and by name alone."""
    values = np.zeros((48, 64), np.uint8)
    values[8:40, 8:56] = 1
    for number in range(6):
        name = f"v{number:02d}" if number < 3 else f"{'walking' if number % 2 else 'running'}/v{number:02d}"
        for frame in range(0, 12, 3):
            write_png(tmp_path / "masks" / name / f"{frame:05d}.png", np.roll(values, frame, axis=1))
    return tmp_path / "masks"


def test_workers_do_not_matter_and_what_has_no_mask_is_listed(twelve: Path, pngs: Path, tmp_path: Path) -> None:
    changes = SMALL | {"masks.path": str(pngs), "clip.strides": [1]}
    made = Occlusion(source(twelve), "occlusion-png", changes)
    sums = []
    for workers in (0, 2):
        out = tmp_path / f"out{workers}"
        build(made, out, workers=workers, progress=False)
        sums.append({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (out / "data").iterdir()})
        assert pq.read_table(out / "failures.parquet")["reason"].to_pylist() == ["there are no masks of this video"] * 6
    assert sums[0] == sums[1] and len(sums[0]) == 3
    shards = load(tmp_path / "out0")
    assert len(shards) == 6 and verify(tmp_path / "out0", rerender=3) == []
    for number in range(6):
        sample = shards[number]
        assert (sample["occluded"][sample["mask"] == 0] == sample["clip"][sample["mask"] == 0]).all()
        assert (sample["occluded"][sample["mask"] == 1] == 0).all() and sample["objects"] == ["1"]
        assert sample["covered_area"] == sample["mask"].mean() and sample["covered_frames"] == 1
    assert "share of the pixels that are hidden" in (tmp_path / "out0/README.md").read_text()


def test_clips_with_too_few_masks_are_absent(kitchen: Path, visor: Path) -> None:
    changes = SMALL | WHOLE | {"masks.path": str(visor), "masks.time": "exact"}
    for share, fits in ((2 / 24, True), (0.0834, False)):
        made = Occlusion(source(kitchen), "occlusion-visor", changes | {"masks.min_frames": share})
        if fits:
            assert made[0]["covered_frames"] == share
        else:
            with pytest.raises(DecodeError, match=r"masks at fewer than the 8\.34 % of its clip's frames asked for"):
                made[0]


@pytest.mark.parametrize("name", ["../masks/v00", "/etc", "a/../../b", "C:\\x", "a\0b"])
def test_masks_outside_their_folder_are_refused(name: str, twelve: Path, pngs: Path) -> None:
    manifest = Manifest.from_columns({"path": ["running/v00.mp4"], "extra": [json.dumps({"masks": name})]}, twelve)
    made = Occlusion(manifest, "occlusion-png", SMALL | {"masks.path": str(pngs)})
    with pytest.raises(DecodeError) as caught:
        made[0]
    assert str(caught.value) == f"running/v00.mp4: masks in its manifest row: {name!r} leaves the folder of masks"


def test_the_manifest_may_name_the_masks(twelve: Path, pngs: Path) -> None:
    manifest = Manifest.from_columns({"path": ["walking/v11.mp4"], "masks": ["running/v04"]}, twelve)
    made = Occlusion(manifest, "occlusion-png", SMALL | {"masks.path": str(pngs)})
    assert made[0]["plan"]["mask_file"] == str(pngs / "running/v04")


def test_a_broken_mask_file_costs_its_own_video(twelve: Path, pngs: Path) -> None:
    (pngs / "v00" / "00003.png").write_bytes(b"no picture")
    made = Occlusion(source(twelve), "occlusion-png", SMALL | {"masks.path": str(pngs), "clip.frames": 12})
    results = list(evaluate(made, range(12)))
    reasons = {result.video: result.reason for result in results if isinstance(result, Failure)}
    assert len(reasons) == 7 and len(results) == 12
    assert "00003.png: not readable as PNG" in reasons["running/v00.mp4"]


def test_bytes_do_not_change() -> None:
    """Given decoded frames, every machine makes these bytes."""
    occlusion = Occlusion(Manifest.from_columns({"path": ["a.mp4"]}, "nowhere"), changes={"keep_mask": True})
    y, x = np.mgrid[:8, :10]
    frames = np.stack([np.stack([x * 3, y * 4, x + y + 9 * t], -1) for t in range(2)]).astype(np.uint8)
    plan = OcclusionPlan(0, ClipRef("a", "a.mp4", (0.0,) * 2), (), 12345, ((10, 50, 20), (80,)))
    sample = occlusion.render(plan, [Clip(frames, np.zeros(2), plan.clip)])
    assert (sample["covered_frames"], sample["covered_area"]) == (0.5, 50 / 160)
    assert (sample["occluded"][1] == frames[1]).all() and (sample["occluded"][0][:, 2:7] == 0).all()
    assert digest(sample) == "22e98e6951f4b2ce"


RECIPES = [name for name in shipped() if name.startswith("occlusion")]


@pytest.mark.parametrize("name", RECIPES)
def test_every_shipped_recipe_resolves(name: str, visor: Path, write_visor: Any) -> None:
    manifest = Manifest.from_columns({"path": ["a.mp4"]}, "nowhere")
    recipe = OcclusionRecipe.from_dict(load_values(name), name)
    if recipe.masks.kind != "random":
        with pytest.raises(RecipeError, match=r"masks\.path: is missing"):
            Occlusion(manifest, recipe)
        write_visor(visor, "P01_01", {}, dense=True)
        (visor / "coco.json").write_text('{"categories": [], "images": [], "annotations": []}')
        path = visor / "coco.json" if recipe.masks.kind == "coco" else visor
        recipe = recipe.with_changes({"masks.path": str(path)})
    recipe = recipe.resolve(manifest)
    assert recipe.resolve(manifest) == recipe == OcclusionRecipe.from_dict(recipe.to_dict())
    assert recipe_type("occlusion") is OcclusionRecipe and isinstance(make(recipe, manifest), Occlusion)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"masks.kind": "pngs"}, "masks.kind: 'pngs' is not one of random, visor-sparse, visor-dense, png, coco"),
        (
            {"masks.kind": "png", "masks.objects": "hands"},
            "objects: only VISOR's masks tell hands; take all or classes",
        ),
        ({"masks.kind": "png", "masks.classes": ["1"]}, "classes: are listed with `objects: classes`"),
        ({"masks.kind": "png", "masks.objects": "classes"}, "classes: are listed with `objects: classes`"),
        ({"masks.kind": "visor-dense", "masks.fps": 5}, "fps: is for png and coco, not for visor-dense"),
        ({"masks.path": "x"}, "path, objects: are of masks that are read"),
        ({"masks.max_gap_s": float("nan")}, "masks.max_gap_s: "),
        ({"masks.dilate_px": 65}, "masks.dilate_px: "),
        ({"fill.dark_factor": 1.5}, "fill.dark_factor: "),
        ({"fill.dark_factor": float("inf")}, "fill.dark_factor: "),
        ({"fill.kind": "blur", "fill.dark_factor": 0.2}, "dark_factor: goes with `kind: zero`, not blur"),
        ({"occluders.side": [0.5, 0.2]}, "side: put the smaller first"),
        ({"occluders.shapes": [0, 0, 0]}, "shapes: weights must not be negative, nor all 0"),
        ({"payload.kind": "h264", "clip.size": [111, 112]}, "even sizes only"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        OcclusionRecipe().with_changes(changes)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_masks_must_be_where_the_recipe_says(tmp_path: Path) -> None:
    manifest = Manifest.from_columns({"path": ["a.mp4"]}, "nowhere")
    (tmp_path / "file.json").write_text("{}")
    for name, path, message in (
        ("occlusion-png", tmp_path / "none", "no such file or folder (masks.path)"),
        ("occlusion-png", tmp_path / "file.json", "png masks are in a folder"),
        ("occlusion-coco", tmp_path, "coco masks are in a file"),
        ("occlusion-coco", tmp_path / "file.json", "file.json.categories: is missing"),
        ("occlusion-visor", tmp_path, "no VISOR annotations such as P01_01.json in this folder"),
        ("occlusion-visor-dense", tmp_path, "no VISOR annotations such as P01_01_interpolations.json"),
    ):
        with pytest.raises(SourceError) as caught:
            Occlusion(manifest, name, {"masks.path": str(path)})
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("files", "recipe"),
    [
        (["P01_01.json", "P01_01_interpolations.json"], "occlusion-visor"),
        (["deep/P01_101_interpolations.json"], "occlusion-visor-dense"),
        (["bear/00000.png", "meta.json"], "occlusion-png"),
        ([""], "occlusion-coco"),
    ],
)
def test_the_recipe_is_told_by_what_the_masks_are(files: list[str], recipe: str, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    for name in files:
        (masks / name).parent.mkdir(parents=True, exist_ok=True)
        (masks / name).touch()
    assert recipe_for(masks) == recipe
