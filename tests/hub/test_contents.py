"""What of a build may go to the Hub, and in which form."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from vidsynth import Manifest, TubeletPairs, build, source
from vidsynth.errors import RecipeError, ShardError, SourceError
from vidsynth.hub.contents import Contents, contents
from vidsynth.hub.repository import Repository
from vidsynth.hub.rights import why_withheld
from vidsynth.shards.folder import BuildFolder


@pytest.fixture
def from_k400(built: Path, tmp_path: Path) -> Path:
    """The same build, as if its videos had been those of a manifest cut from Kinetics-400."""
    folder = BuildFolder(copytree(built, tmp_path / "copy"))
    manifest = Manifest.open_arrow(folder.manifest, tmp_path)
    about = {"name": "k400", "title": "Kinetics-400", "licence": "its own"}
    Manifest(manifest.table, tmp_path, about).write(folder.manifest)
    return folder.path


def names(build: Contents) -> list[str]:
    return [file.relative_to(build.folder.path).as_posix() for file in build.files]


def test_pixels_of_others_need_a_word_and_plans_do_not(from_k400: Path) -> None:
    with pytest.raises(SourceError, match=r"holds pixels of Kinetics-400, .* YouTube\. .*--i-have-the-rights"):
        contents(from_k400, "parquet", "h264", rights=False)
    plans = contents(from_k400, "arrow", "none", rights=False)
    assert plans.withheld == ["preview.png"] and "preview.png" not in names(plans)
    card = plans.texts([], "hf://datasets/user/set")["README.md"]
    assert isinstance(card, bytes) and b"preview.png" not in card
    rightful = contents(from_k400, "arrow", None, rights=True)
    assert rightful.withheld == [] and "preview.png" in names(rightful) and not rightful.warning


def test_ones_own_videos_are_ones_own_business(
    twelve: Path, built: Path, tmp_path: Path, small: dict[str, object]
) -> None:
    assert "videos of your own" in contents(built, "arrow", None, rights=False).warning
    assert contents(built, "arrow", None, rights=True).warning == ""
    build(TubeletPairs(source(twelve), changes=small | {"payload.kind": "none"}), tmp_path / "own", workers=0)
    assert contents(tmp_path / "own", "arrow", None, rights=False).warning == ""
    with pytest.raises(RecipeError, match=r"--payload h264: .* holds no clips"):
        contents(tmp_path / "own", "arrow", "h264", rights=False)


@pytest.mark.parametrize(
    ("name", "about", "why"),
    [
        ("demo", {"name": "demo", "licence": "MIT"}, ""),
        ("none", {"name": "none"}, ""),
        ("folder", {"name": "folder"}, ""),
        ("manifest", {"name": "manifest"}, ""),
        ("manifest", {"name": "epic100"}, "CC BY-NC 4.0 is for non-commercial ends only"),
        ("manifest", {"name": "k400-dark", "licence": "annotations CC BY 4.0; videos …"}, "its licence: annotations"),
        ("hf://user/pets", {"name": "hf://user/pets", "licence": "see its page"}, "its licence: see its page"),
        ("hf://user/pets", {"name": "hf://user/pets", "licence": "cc-by-4.0"}, ""),
        ("hf://user/pets", {}, "its licence: see its page"),
    ],
)
def test_who_may_publish(name: str, about: dict[str, str], why: str) -> None:
    found = why_withheld(name, about)
    assert found.startswith(why) and bool(found) == bool(why)


@pytest.mark.parametrize(
    ("name", "said"),
    [("set", "set: write user/name"), ("us er/set", "no name that the Hub takes"), ("a/b/c", "no name")],
)
def test_names_that_the_hub_cannot_have(name: str, said: str) -> None:
    pytest.importorskip("huggingface_hub")
    with pytest.raises(RecipeError, match=said):
        Repository(name)


def test_a_way_to_store_clips_that_there_is_not(built: Path) -> None:
    with pytest.raises(RecipeError, match=r"payload.kind: 'h265' is not one of raw, jpeg, h264"):
        contents(built, "arrow", "h265", rights=False)
    with pytest.raises(RecipeError, match=r"s3://bucket/out: push takes a folder on this machine"):
        contents("s3://bucket/out", "arrow", None, rights=False)


def test_what_is_no_finished_build(built: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "split.parquet"
    manifest.write_bytes(b"PAR1")
    for out in (manifest, tmp_path, tmp_path / "nothing"):
        with pytest.raises(ShardError, match=r"no build here .* What can be pushed is the folder of a finished build"):
            contents(out, "arrow", None, rights=False)
    out = copytree(built, tmp_path / "out")
    (out / "vidsynth.json").unlink()
    with pytest.raises(ShardError, match="this build is not finished; resume it with"):
        contents(out, "arrow", None, rights=False)


def test_only_what_is_seen_goes_and_the_card_and_the_summary_come_last(built: Path, tmp_path: Path) -> None:
    out = copytree(built, tmp_path / "out")
    (out / ".secret").write_text("x")
    (out / "data/stray.arrow").write_text("x")
    (out / "notes").mkdir()
    (out / "notes/a.txt").write_text("x")
    (out / "croissant.json").write_text("{}")
    plain = contents(out, "arrow", None, rights=False)
    texts = plain.texts(plain.summary["shards"], "hf://datasets/user/set")
    assert list(texts) == [
        "croissant.json", "failures.parquet", "notes/a.txt", "preview.png", "recipe.yaml", "README.md", "vidsynth.json"
    ]  # fmt: skip
    assert texts["vidsynth.json"] == (out / "vidsynth.json").read_bytes()
    assert "croissant.json" not in names(contents(out, "parquet", None, rights=False))
    assert contents(out, "parquet", "raw", rights=False).form.payload is None  # as they are


def test_a_copy_in_another_form_is_not_pushed_on(built: Path, tmp_path: Path) -> None:
    out = copytree(built, tmp_path / "out")
    summary = json.loads((out / "vidsynth.json").read_bytes())
    (out / "vidsynth.json").write_text(json.dumps(summary | {"converted": {"format": "parquet", "payload": None}}))
    with pytest.raises(ShardError, match="push the build that it was made of"):
        contents(out, "arrow", None, rights=False)
