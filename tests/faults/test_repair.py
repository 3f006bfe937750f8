"""Damage of every kind is found and named; repair restores the bytes, and touches nothing else."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidsynth import TubeletPairs, build, source, verify
from vidsynth.errors import BuildError, ShardError
from vidsynth.jobs.repair import repair
from vidsynth.shards.folder import BuildFolder

SHARD, OTHER = "data/train-00001-of-00004.arrow", "data/train-00002-of-00004.arrow"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, twelve: Path, small: dict[str, object]) -> Path:
    """A build of twelve pairs, two of them absent, with its videos beside it."""
    place = tmp_path_factory.mktemp("made")
    shutil.copytree(twelve, place / "videos")
    (place / "videos/walking/v03.mp4").write_bytes(b"")
    build(TubeletPairs(source(place / "videos"), changes=small), place / "out", workers=0, progress=False)
    return place / "out"


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


def contents(out: Path) -> dict[str, bytes]:
    """Return every file of a build but its lock and its status."""
    files = (file for file in out.rglob("*") if file.is_file() and file.name not in ("lock", "status.json"))
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in files}


def inodes(out: Path) -> dict[str, tuple[int, int]]:
    return {file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in (out / "data").iterdir()}


def flip(file: Path, bit: int) -> None:
    data = bytearray(file.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    file.write_bytes(data)


def flip_from_end(file: Path, bit: int) -> None:
    flip(file, 8 * file.stat().st_size - bit)


def swap(out: Path) -> None:
    (out / SHARD).rename(out / "data/between")
    (out / OTHER).rename(out / SHARD)
    (out / "data/between").rename(out / OTHER)


def list_twice(out: Path) -> None:
    summary = json.loads((out / "vidsynth.json").read_text())
    summary["shards"][2] = summary["shards"][1]
    (out / "vidsynth.json").write_text(json.dumps(summary, indent=1) + "\n")


CHANGED = "its bytes have changed (sha256 differs)"
DAMAGE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a bit of the header": (lambda out: flip(out / SHARD, 3), [f"{SHARD}: {CHANGED}"]),
    "a bit of the schema": (lambda out: flip(out / SHARD, 8 * 200), [f"{SHARD}: {CHANGED}"]),
    "a bit of the footer": (lambda out: flip_from_end(out / SHARD, 90), [f"{SHARD}: {CHANGED}"]),
    "the last bit": (lambda out: flip_from_end(out / SHARD, 1), [f"{SHARD}: {CHANGED}"]),
    "cut off": (lambda out: (out / SHARD).write_bytes((out / SHARD).read_bytes()[:-100]), [f"{SHARD}: "]),
    "emptied": (lambda out: (out / SHARD).write_bytes(b""), [f"{SHARD}: 0 bytes, not "]),
    "a marker without its shard": (lambda out: (out / SHARD).unlink(), [f"{SHARD}: missing"]),
    "swapped": (swap, [f"{SHARD}: ", f"{OTHER}: "]),
    "doubled": (
        lambda out: shutil.copy(out / SHARD, out / "data/copy.arrow"),
        ["data/copy.arrow: a copy of a shard: does not belong to this build"],
    ),
    "a shard of another build": (
        lambda out: (out / "data/train-00001-of-00009.arrow").write_bytes(b"old"),
        ["data/train-00001-of-00009.arrow: a shard that does not belong to this build"],
    ),
    "listed twice": (list_twice, [f"vidsynth.json: {CHANGED}"]),
    "a shard without its marker": (
        lambda out: (out / ".vidsynth/done/00001.json").unlink(),
        [f"{SHARD}: its marker is missing or damaged"],
    ),
    "a marker too many": (
        lambda out: (out / ".vidsynth/done/00009.json").write_text(
            (out / ".vidsynth/done/00001.json").read_text().replace('"shard": 1', '"shard": 9')
        ),
        [".vidsynth/done: a marker of shard 9, which is none of this build"],
    ),
    "no marker at all": (lambda out: shutil.rmtree(out / ".vidsynth/done"), [f"data/train-0000{n}-" for n in range(4)]),
    "vidsynth.json": (lambda out: (out / "vidsynth.json").write_text("{}"), [f"vidsynth.json: {CHANGED}"]),
    "failures.parquet": (lambda out: (out / "failures.parquet").write_bytes(b"x"), [f"failures.parquet: {CHANGED}"]),
    "no failures.parquet": (lambda out: (out / "failures.parquet").unlink(), ["failures.parquet: missing"]),
    "words in recipe.yaml": (
        lambda out: (out / "recipe.yaml").write_text("# mine\n" + (out / "recipe.yaml").read_text()),
        [f"recipe.yaml: {CHANGED}"],
    ),
    "the manifest": (
        lambda out: flip(out / ".vidsynth/manifest.arrow", 9000),
        [f".vidsynth/manifest.arrow: {CHANGED}"],
    ),
    "no manifest": (lambda out: (out / ".vidsynth/manifest.arrow").unlink(), [".vidsynth/manifest.arrow: missing"]),
    "no README": (lambda out: (out / "README.md").unlink(), ["README.md: missing"]),
    "no checksums": (lambda out: (out / ".vidsynth/sha256sums").unlink(), [".vidsynth/sha256sums: missing or damaged"]),
    "half a report": (
        lambda out: (out / ".part.here-12.README.md").touch(),
        [".part.here-12.README.md: was left half-written"],
    ),
    "half a shard": (
        lambda out: (BuildFolder(out).tmp.mkdir(exist_ok=True), (BuildFolder(out).tmp / "train-1").touch()),
        [".vidsynth/tmp/train-1: was left by a build that was killed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_in_one_line_and_mended_to_the_byte(made: Path, out: Path, kind: str) -> None:
    damage, said = DAMAGE[kind]
    damage(out)
    damaged, before = contents(out), inodes(out)
    problems = verify(out)
    assert len(problems) == len(said)
    for text in said:
        assert sum(problem.startswith(text) for problem in problems) == 1, problems
    would = repair(out, dry_run=True, progress=False)
    assert [str(problem) for problem in would.problems] == problems and contents(out) == damaged
    found = repair(out, workers=0, progress=False)
    assert found == would and found.left == []
    assert contents(out) == contents(made) and verify(out) == []
    built = {"train-00001-of-00004.arrow", "train-00002-of-00004.arrow"} if kind == "swapped" else {SHARD[5:]}
    again = {name for name, identity in inodes(out).items() if before.get(name) != identity}
    needs_building = kind in ("swapped", "emptied", "cut off", "a marker without its shard") or " bit" in kind
    assert again == (built if needs_building else set())
    assert len(found.shards) == len(again)


def test_a_sound_build_is_left_as_it_is(made: Path, out: Path) -> None:
    before = inodes(out), (out / "vidsynth.json").stat().st_ino
    assert repair(out, progress=False).problems == []
    assert before == (inodes(out), (out / "vidsynth.json").stat().st_ino) and contents(out) == contents(made)


@pytest.mark.parametrize("spoil", ["seed: 0|seed: 7", "generator: tubelets|generator: tube", None])
def test_a_recipe_that_cannot_be_trusted_stops_the_repair(out: Path, spoil: str | None) -> None:
    text = (out / "recipe.yaml").read_text()
    (out / "recipe.yaml").write_text(text.replace(*spoil.split("|"), 1)) if spoil else (out / "recipe.yaml").unlink()
    (out / SHARD).write_bytes(b"")
    assert any(problem.startswith("recipe.yaml: ") for problem in verify(out))
    damaged = contents(out)
    with pytest.raises(ShardError, match=r"recipe.yaml: .* Nothing was touched. Put it back as it was"):
        repair(out, workers=0, progress=False)
    assert contents(out) == damaged


def test_a_table_of_videos_that_its_source_gives_no_more_stops_the_repair(out: Path, twelve: Path) -> None:
    (out / ".vidsynth/root").write_text(str(twelve / "walking"))
    flip(out / ".vidsynth/manifest.arrow", 9000)
    with pytest.raises(ShardError, match=r"its source gives another now. No shard was touched. Build anew"):
        repair(out, workers=0, progress=False)


def test_files_of_somebody_else_are_named_and_left_alone(made: Path, out: Path) -> None:
    (out / "data/notes.txt").write_text("mine")
    (out / "data/sketches").mkdir()
    (out / SHARD).unlink()
    found = repair(out, workers=0, progress=False)
    assert [str(problem).partition(":")[0] for problem in found.left] == ["data/notes.txt", "data/sketches"]
    assert contents(out) == contents(made) | {"data/notes.txt": b"mine"} and (out / "data/sketches").is_dir()


def test_a_shard_whose_videos_are_others_now_is_not_passed_off_as_restored(
    out: Path, twelve: Path, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    shutil.copytree(twelve, tmp_path / "videos")
    (tmp_path / "videos/walking/v03.mp4").write_bytes(b"")
    (out / ".vidsynth/root").write_text(str(tmp_path / "videos"))
    for number in range(12):
        make_video(tmp_path / f"videos/{'walking' if number % 2 else 'running'}/v{number:02d}.mp4", 30, full_range=True)
    (out / SHARD).unlink()
    before = inodes(out)
    with pytest.raises(BuildError, match=f"{SHARD}: cannot be restored: made again, its bytes differ"):
        repair(out, workers=0, progress=False)
    assert inodes(out) == before and not (out / "vidsynth.json").exists()
    with pytest.raises(ShardError, match="not finished; resume it with `vidsynth run"):
        verify(out)


def test_a_build_that_was_not_finished_is_mended_and_finished(made: Path, out: Path) -> None:
    (out / "vidsynth.json").unlink()
    (out / ".vidsynth/done/00003.json").unlink()
    flip(out / SHARD, 5000)  # of the right size, with a marker: only a hash tells
    found = repair(out, workers=0, progress=False)
    assert found.shards == [1, 3] and verify(out) == []
    assert {name: data for name, data in contents(out).items() if name.startswith("data/")} == {
        name: data for name, data in contents(made).items() if name.startswith("data/")
    }


def test_what_is_no_build_is_not_repaired(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="no build here"):
        repair(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_the_command_says_what_it_does(made: Path, out: Path) -> None:
    def vidsynth(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "vidsynth", *words], capture_output=True, text=True)

    (out / SHARD).unlink()
    (out / "data/notes.txt").write_text("mine")
    done = vidsynth("verify", str(out))
    assert done.returncode == 3 and f"vidsynth: {out}: {SHARD}: missing\n" in done.stderr
    assert done.stderr.endswith(f"vidsynth: mend it with: vidsynth repair {out}\n")
    done = vidsynth("repair", str(out), "--dry-run")
    assert done.returncode == 3 and f"{SHARD}: missing: would be built again\n" in done.stdout
    done = vidsynth("repair", str(out), "--workers", "1")
    assert done.returncode == 3 and f"{SHARD}: missing: built again\n" in done.stdout
    assert (
        "data/notes.txt: does not belong to this build; it is not vidsynth's: move it elsewhere: left alone"
        in done.stdout
    )
    (out / "data/notes.txt").unlink()
    assert vidsynth("verify", str(out)).returncode == vidsynth("repair", str(out)).returncode == 0
    assert contents(out) == contents(made)
    (out / "recipe.yaml").write_text("generator: tubelets\n")
    done = vidsynth("repair", str(out))
    assert done.returncode == 2 and done.stderr.startswith(f"vidsynth: {out}/recipe.yaml: not the recipe of the shards")


MUTATIONS = st.sampled_from(["flip", "cut", "zero", "delete", "grow", "empty"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mutation_of_any_file_is_found_and_mended(made: Path, tmp_path: Path, data: st.DataObject) -> None:
    whole, out = contents(made), tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(made, out)
    # People write in README.md and look at preview.png; of the root, a build takes what it is given.
    names = sorted(set(whole) - {"README.md", "preview.png", "recipe.yaml", ".vidsynth/root"})
    file = out / data.draw(st.sampled_from(names), label="file")
    content = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1), label="at")
    kind = data.draw(MUTATIONS, label="mutation")
    if kind == "flip":
        content[at] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    elif kind == "zero":
        if not any(content[at : at + 64]):
            at = next(n for n, byte in enumerate(content) if byte)
        content[at : at + 64] = bytes(len(content[at : at + 64]))
    elif kind == "grow":
        content += b"\0"
    file.unlink() if kind == "delete" else file.write_bytes({"cut": content[:at], "empty": b""}.get(kind, content))
    if (out / "vidsynth.json").exists():
        assert verify(out) != []
    else:
        with pytest.raises(ShardError, match="not finished"):
            verify(out)
    before = inodes(out)
    found = repair(out, workers=0, progress=False)
    assert contents(out) == whole and verify(out) == []
    assert {name for name, identity in inodes(out).items() if before.get(name) != identity} == {
        f"train-{number:05d}-of-00004.arrow" for number in found.shards
    }
