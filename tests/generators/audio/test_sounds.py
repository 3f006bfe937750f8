"""The generator of audio features: a sample a row, of the right sound; builds that verify."""

import dataclasses
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pytest

from vidsynth import Manifest, build, load, verify
from vidsynth.errors import DecodeError, RecipeError
from vidsynth.generator import make
from vidsynth.generators.audio import AudioFeatures, features
from vidsynth.shards.finish import write_summary
from vidsynth.shards.folder import BuildFolder

RATE = 16_000
SHORT = {"sound.seconds": 0.5}


def noise(seed: int, count: int = 2 * RATE) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, count).astype(np.int16)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """Three sound files of 2 s, each its own noise, and a video without sound."""
    root = tmp_path_factory.mktemp("sounds")
    for number in range(3):
        with av.open(str(root / f"{number}.mkv"), "w") as container:
            stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
            frame = av.AudioFrame.from_ndarray(noise(number)[None], "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
            container.mux(stream.encode(frame))
    make_video(root / "silent.mp4")
    return root


SEGMENTS = [("0.mkv", 0.0, None), ("0.mkv", 0.5, 0.75), ("1.mkv", 1.8, 5.0), ("1.mkv", 3.0, 4.0), ("2.mkv", 0.25, 2.0)]


@pytest.fixture
def segments(root: Path) -> Manifest:
    columns = {
        "video_id": [f"s{number}" for number in range(5)],
        "path": [path for path, _, _ in SEGMENTS],
        "start_s": [start for _, start, _ in SEGMENTS],
        "end_s": [end for _, _, end in SEGMENTS],
        "labels": [["cut"], ["mix"], ["cut"], ["wash"], ["mix", "wash"]],
    }
    return Manifest.from_columns(columns, root)


def test_each_row_is_heard_in_its_own_segment(segments: Manifest) -> None:
    sounds = AudioFeatures(segments, changes=SHORT | {"keep_samples": True})
    assert len(sounds) == 5
    for index, (path, start, end) in enumerate(SEGMENTS):
        heard = noise(int(path[0]))[round(start * RATE) : round(min(start + 0.5, end or 9) * RATE)]
        sample = sounds[index]
        assert sample["labels"] == segments.table["labels"][index].as_py()
        assert sample["seconds"] == len(heard) / RATE
        expected = np.resize(heard, 8000) if len(heard) else np.zeros(8000)
        assert np.array_equal(sample["samples"], expected)
        spectra = features.log_spectra(features.whole(heard, 8000), sounds.recipe)
        assert np.array_equal(sample["features"], features.normalised(spectra, None, None))
        assert np.array_equal(sample["descriptor"], features.descriptor(spectra))
        for name, column in sounds.columns.items():
            if hasattr(column, "tolerance"):
                assert (str(sample[name].dtype), sample[name].shape) == (column.dtype, column.shape)
        source = sample["sources"][0]
        assert (source["video_id"], source["path"]) == (f"s{index}", path)
        assert source["times"] == [start, start + len(heard) / RATE]


def test_frames_without_sound_are_zeros_where_asked(segments: Manifest) -> None:
    sounds = AudioFeatures(segments, "audio-fbank")
    long, short, _, empty, _ = (sounds[index] for index in range(5))
    nothing = np.float32((0 + 5.388) / 5.88)
    assert long["features"].shape == (128, 128) and not np.any(long["features"] == nothing)
    heard = 1 + (4000 - 400) // 160
    assert np.all(short["features"][:, heard:] == nothing) and not np.any(short["features"][:, :heard] == nothing)
    assert np.all(empty["features"] == nothing) and not empty["descriptor"].any() and empty["seconds"] == 0


def test_rows_of_a_video_share_a_shard_and_a_pass(
    segments: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds = AudioFeatures(segments, changes=SHORT | {"rows_per_shard": 1})
    assert list(sounds.shards()) == [range(2), range(2, 4), range(4, 5)]
    assert [sounds.paths(indices) for indices in sounds.shards()] == [["0.mkv"], ["1.mkv"], ["2.mkv"]]
    passes = []
    read = AudioFeatures.read
    monkeypatch.setattr(AudioFeatures, "read", lambda self, refs: passes.append(len(refs)) or read(self, refs))
    build(sounds, tmp_path / "out", workers=0, progress=False)
    assert passes == [2, 2, 1, *passes[3:]]


def test_a_build_is_the_same_again_and_verifies(segments: Manifest, tmp_path: Path) -> None:
    sounds = AudioFeatures(segments, changes=SHORT)
    for name, workers in (("one", 0), ("other", 1)):
        build(sounds, tmp_path / name, workers=workers, progress=False)
        assert verify(tmp_path / name, rerender=5) == []
    hashes = [[shard["sha256"] for shard in load(tmp_path / name).summary["shards"]] for name in ("one", "other")]
    assert hashes[0] == hashes[1]
    assert (tmp_path / "one/preview.png").stat().st_size > 5000
    again = make(sounds.recipe, segments)
    assert again.plan(3) == sounds.plan(3) == sounds.plan_from_row(load(tmp_path / "one")[3])


def test_a_video_without_sound_is_a_failure_of_its_rows(root: Path, tmp_path: Path) -> None:
    manifest = Manifest.from_columns({"path": ["0.mkv", "silent.mp4"]}, root)
    shards = build(AudioFeatures(manifest, changes=SHORT), tmp_path / "out", workers=0, progress=False)
    assert len(shards) == 1 and shards.summary["failures"] == {"no audio track": 1}
    with pytest.raises(DecodeError, match=r"silent\.mp4: no audio track"):
        AudioFeatures(manifest, changes=SHORT)[1]


def edited(out: Path, change: Callable[[dict[str, object]], None]) -> list[str]:
    """Change a sample of a build as if another machine had made it; return what verification says."""
    folder = BuildFolder(out)
    summary = json.loads(folder.summary.read_bytes())
    file = out / summary["shards"][0]["file"]
    with pa.memory_map(str(file)) as source:
        reader = pa.ipc.open_file(source)
        rows, schema = reader.read_all().to_pylist(), reader.schema
    change(rows[0])
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema))
    import hashlib

    data = file.read_bytes()
    summary["shards"][0] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    facts = {name: summary["shards"][0][name] for name in ("bytes", "sha256")}
    folder.mark(dataclasses.replace(folder.markers()[0], **facts))
    write_summary(folder, summary)
    return verify(out, rerender=5)


@pytest.mark.parametrize(("by", "forgiven"), [(0.004, True), (0.05, False), (np.nan, False)])
def test_verification_forgives_what_processors_calculate_differently(
    segments: Manifest, tmp_path: Path, by: float, forgiven: bool
) -> None:
    build(AudioFeatures(segments, changes=SHORT), tmp_path / "out", workers=0, progress=False)

    def change(row: dict[str, object]) -> None:
        row["features"] = (np.frombuffer(row["features"], "<f4") + np.float32(by)).tobytes()
        row["sources"][0]["sha256"] = "0" * 64

    problems = edited(tmp_path / "out", change)
    assert problems == ([] if forgiven else ["sample 0: differs when made again, in features"])


def test_verification_does_not_forgive_another_source(segments: Manifest, tmp_path: Path) -> None:
    build(AudioFeatures(segments, changes=SHORT), tmp_path / "out", workers=0, progress=False)
    problems = edited(tmp_path / "out", lambda row: row["sources"][0].update(path="1.mkv"))
    assert problems == ["sample 0: differs when made again, in sources"]


def test_a_fraction_takes_rows_at_random_and_other_videos_are_refused(segments: Manifest) -> None:
    some = AudioFeatures(segments, changes=SHORT | {"source.fraction": 0.6})
    ids = [some.plan(index).sound.video_id for index in range(len(some))]
    assert len(ids) == 3 and ids == sorted(ids)
    with pytest.raises(RecipeError, match="the recipe was made for other videos"):
        AudioFeatures(segments.take([0, 1]), some.recipe)
    with pytest.raises(RecipeError, match="has no videos"):
        AudioFeatures(Manifest.from_columns({"path": []}, segments.root))
