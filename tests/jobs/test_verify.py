"""Verification: every kind of damage is found and named; samples are made again and compared."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from vidsynth import TubeletPairs, build, verify
from vidsynth.errors import ShardError

SHARD = "data/train-00001-of-00004.arrow"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, twelve: Path, small: dict[str, object]) -> Path:
    from vidsynth import source

    out = tmp_path_factory.mktemp("built") / "out"
    build(TubeletPairs(source(twelve), changes=small), out, workers=0, progress=False)
    return out


@pytest.fixture
def out(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "out"))


def test_a_sound_build_has_no_problems(out: Path) -> None:
    assert verify(out) == []
    assert verify(out, rerender=5) == []
    assert verify(out, rerender=1000) == []


def flip_a_byte(out: Path) -> None:
    data = bytearray((out / SHARD).read_bytes())
    data[len(data) // 2] ^= 1
    (out / SHARD).write_bytes(data)


def edit_summary(out: Path, **facts: object) -> None:
    summary = json.loads((out / "vidsynth.json").read_text())
    (out / "vidsynth.json").write_text(json.dumps(summary | facts))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flip_a_byte, f"{SHARD}: its bytes have changed (sha256 differs)"),
        (lambda out: (out / SHARD).unlink(), f"{SHARD}: missing"),
        (lambda out: (out / SHARD).write_bytes(b"x"), f"{SHARD}: 1 bytes, not "),
        (lambda out: (out / "data/train-9.arrow").touch(), "data/train-9.arrow: does not belong to this build"),
        (lambda out: (out / "failures.parquet").write_bytes(b"x"), "failures.parquet: not readable"),
        (lambda out: edit_summary(out, samples=13), "vidsynth.json: 12 rows and 0 failures do not make 13"),
    ],
)
def test_damage_is_found_and_named(out: Path, damage: Callable[[Path], None], said: str) -> None:
    shutil.rmtree(out / ".vidsynth")  # a published copy: its checksums stayed behind
    damage(out)
    problems = verify(out)
    assert len(problems) == 1 and problems[0].startswith(said)


def test_a_shard_of_another_schema_is_found(out: Path) -> None:
    summary = json.loads((out / "vidsynth.json").read_text())
    with pa.OSFile(str(out / SHARD), "wb") as sink:
        table = pa.table({"index": [0]})
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    import hashlib

    data = (out / SHARD).read_bytes()
    summary["shards"][1] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    edit_summary(out, shards=summary["shards"])
    shutil.rmtree(out / ".vidsynth")
    assert verify(out) == [f"{SHARD}: not a shard that vidsynth wrote: its schema has no description"]


def test_samples_that_come_out_otherwise_are_named(
    out: Path, twelve: Path, make_pairs: Callable[..., TubeletPairs], make_video: Callable[..., Path], tmp_path: Path
) -> None:
    shutil.copytree(twelve, tmp_path / "videos")
    (out / ".vidsynth/root").write_text(str(tmp_path / "videos"))
    make_video(tmp_path / "videos/walking/v05.mp4", frames=17, full_range=True)
    problems = verify(out, rerender=12)
    assert len(problems) == 2
    assert all("differs when made again, in " in problem and "sources" in problem for problem in problems)
    (tmp_path / "videos/walking/v05.mp4").unlink()
    assert [problem.split(": ")[1] for problem in verify(out, rerender=12)] == ["cannot be made again"] * 2


@pytest.mark.parametrize(("text", "said"), [("", "damaged"), ("{}", "another version"), ("[]", "another version")])
def test_a_damaged_summary_is_named(out: Path, text: str, said: str) -> None:
    (out / "vidsynth.json").write_text(text)
    assert verify(out) == ["vidsynth.json: its bytes have changed (sha256 differs)"]
    shutil.rmtree(out / ".vidsynth")
    with pytest.raises(ShardError, match=said):
        verify(out)


def test_what_is_no_build_is_named(tmp_path: Path, out: Path) -> None:
    with pytest.raises(ShardError, match=r"no build here \(no vidsynth.json\)"):
        verify(tmp_path / "nothing")
    (out / "vidsynth.json").unlink()
    with pytest.raises(ShardError, match="not finished; resume it with `vidsynth run"):
        verify(out)
