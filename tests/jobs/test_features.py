"""Features and scores that were made elsewhere find their rows; what is wrong is named."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vidsynth import Manifest, build
from vidsynth.errors import SourceError
from vidsynth.generators.audio import AudioFeatures
from vidsynth.jobs.features import read_features, read_scores


@pytest.fixture
def manifest(videos: Path) -> Manifest:
    """A row with sound, one that begins after its end, one of a video without any."""
    columns = {
        "video_id": ["a", "b", "c"],
        "path": ["h264_audio.mp4", "h264_audio.mp4", "h264.mp4"],
        "start_s": [0.0, 50.0, 0.0],
    }
    return Manifest.from_columns(columns, videos)


def test_descriptors_of_a_build_find_their_rows(manifest: Manifest, tmp_path: Path) -> None:
    sounds = AudioFeatures(manifest, "audio-logmel", {"sound.seconds": 0.5})
    build(sounds, tmp_path / "out", workers=0, progress=False)
    found = read_features(tmp_path / "out", manifest)
    assert found.shape == (3, 128) and found.dtype == np.float32
    assert np.array_equal(found[0], sounds[0]["descriptor"])
    assert np.isnan(found[1:]).all()  # no sound, and no sample
    assert read_features(tmp_path / "out", manifest, "features").shape == (3, 64 * sounds.recipe.frames)
    with pytest.raises(SourceError, match="no column 'descriptr'; did you mean 'descriptor'"):
        read_features(tmp_path / "out", manifest, "descriptr")


def test_files_of_features_find_their_rows(manifest: Manifest, tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.arange(12.0).reshape(3, 4))
    assert read_features(tmp_path / "f.npy", manifest).tolist() == np.arange(12.0).reshape(3, 4).tolist()
    table = pa.table({"video_id": ["c", "x", "a"], "descriptor": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]})
    pq.write_table(table, tmp_path / "f.parquet")
    found = read_features(tmp_path / "f.parquet", manifest)
    assert found[[0, 2]].tolist() == [[5, 6], [1, 2]] and np.isnan(found[1]).all()


def parquet(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path / "f.parquet")
    return path / "f.parquet"


def test_wrong_features_are_named(manifest: Manifest, tmp_path: Path) -> None:
    def said(path: Path, words: str) -> None:
        with pytest.raises(SourceError, match=words):
            read_features(path, manifest)

    np.save(tmp_path / "f.npy", np.zeros((2, 4)))
    said(tmp_path / "f.npy", r"must be floats \[3, D\], a row a row of the manifest, not float64 \[2, 4\]")
    np.save(tmp_path / "o.npy", np.array([{}], object), allow_pickle=True)
    said(tmp_path / "o.npy", "not readable as .npy: .*Python objects")
    (tmp_path / "empty.npy").touch()
    said(tmp_path / "empty.npy", "not readable as .npy")
    said(tmp_path / "none.npy", "no such file")
    said(tmp_path / "f.txt", "a build folder, a .npy or a .parquet file")
    said(parquet(tmp_path, video_id=["a"], other=[[1.0]]), "no column 'descriptor' of lists of numbers")
    said(parquet(tmp_path, video_id=["a"], descriptor=[["x"]]), "something else than lists of numbers")
    said(parquet(tmp_path, video_id=["a", "b"], descriptor=[[1.0], [1.0, 2.0]]), "features of 1 and of 2 numbers")
    said(parquet(tmp_path, video_id=["x"], descriptor=[[1.0]]), "features of none of the manifest's 3 rows")
    said(parquet(tmp_path, video_id=["a", "a"], descriptor=[[1.0], [1.0]]), "stands in several rows")
    said(parquet(tmp_path, descriptor=[[1.0]]), r"no column 'video_id' \(columns: descriptor\)")


def test_scores_are_read_by_class(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("cut,video_id,mix\n0.5,001,1\n,2,0\n")
    classes, scores = read_scores(tmp_path / "s.csv")
    assert classes == ["cut", "mix"] and scores["001"] == (0.5, 1.0)
    assert np.isnan(scores["2"][0]) and scores["2"][1] == 0
    parquet(tmp_path, video_id=["a"], cut=[1.0], mix=[0.0])
    assert read_scores(tmp_path / "f.parquet") == (["cut", "mix"], {"a": (1.0, 0.0)})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("video_id,cut\na,1\n", "a column of scores for each class, two at least"),
        ("video_id,cut,mix\na,1,much\n", "column 'mix' holds something else than numbers"),
        ("id,cut,mix\na,1,2\n", "no column 'video_id'"),
        ("video_id,cut,mix\na,1,2\na,1,2\n", "stands in several rows"),
        ("video_id,cut,mix\na,1\n", "not readable: CSV parse error"),
        ("", r"no column 'video_id' \(columns: none\)"),
    ],
)
def test_wrong_scores_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(SourceError, match=said):
        read_scores(tmp_path / "s.csv")
