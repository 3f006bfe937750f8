"""What rows have, from tables, lists and files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.availability import absent_files, assumed, in_files, listed, with_sound, with_table


def has(manifest: Manifest) -> list[tuple[str, ...]]:
    return [manifest[n].modalities for n in range(len(manifest))]


@pytest.fixture
def clips(tmp_path: Path) -> Manifest:
    columns = {"video_id": ["v1_0", "v1_1", "v2_0"], "path": ["a/v1.mp4", "a/v1.mp4", "a/v2.mp4"]}
    more = {"modalities": [["rgb"], ["rgb", "audio"], None], "extra": [None, '{"video_id": "first"}', None]}
    return Manifest.from_columns(columns | more, tmp_path)


def test_a_table_says_it_all(clips: Manifest, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("video_id,rgb,ocr,face\nv1_0,1,0,\nv2_0, true ,NaN,1\nother,1,1,1\n")
    assert has(with_table(clips, file)) == [("rgb",), (), ("rgb", "face")]
    for text, said in (
        ("video_id,rgb\nv1_0,1,1\n", "line 2 has 3 cells, line 1 has 2"),
        ("video_id\nv1_0\n", "line 1 must name an id and the modalities"),
        ("video_id,rgb\nx,1\n", "names no row of"),
        ("", "is empty"),
    ):
        file.write_text(text)
        with pytest.raises(SourceError, match=said):
            with_table(clips, file)
    with pytest.raises(SourceError, match=r"none\.csv: not readable as CSV: No such file"):
        with_table(clips, tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("v1_0", [("rgb", "audio"), ("rgb",), ()]),
        ("first", [("rgb",), ("rgb", "audio"), ()]),
        ("v1", [("rgb", "audio"), ("rgb", "audio"), ()]),
        ("v2", [("rgb",), ("rgb",), ("audio",)]),
    ],
)
def test_a_list_names_rows_or_videos(clips: Manifest, tmp_path: Path, name: str, want: list[tuple[str, ...]]) -> None:
    (tmp_path / "sound.csv").write_text(f"{name}\nanother\n")
    assert has(listed(clips, "audio", tmp_path / "sound.csv")) == want


def test_a_list_of_nothing_here_is_refused(clips: Manifest, tmp_path: Path) -> None:
    (tmp_path / "sound.csv").write_text("another\n")
    with pytest.raises(SourceError, match=r"sound\.csv: lists no video of"):
        listed(clips, "audio", tmp_path / "sound.csv")


def test_files_and_folders_are_looked_for_under_the_root(clips: Manifest, tmp_path: Path) -> None:
    (tmp_path / "flow/v1").mkdir(parents=True)
    (tmp_path / "wav").mkdir()
    (tmp_path / "wav/v2_0.wav").touch()
    assert has(in_files(clips, "flow", "flow/{name}")) == [("rgb", "flow"), ("rgb", "audio", "flow"), ()]
    assert has(in_files(clips, "audio", "wav/{video_id}.wav")) == [("rgb",), ("rgb",), ("audio",)]
    with pytest.raises(SourceError, match=r"flow: no row of .* has"):
        in_files(clips, "flow", "flows/{stem}")
    for pattern in ("../{stem}", "/etc/{name}"):
        with pytest.raises(SourceError, match="leaves"):
            in_files(clips, "flow", pattern)


def test_assumed_modalities_come_once(clips: Manifest) -> None:
    assert has(assumed(clips, ["audio"])) == [("rgb", "audio"), ("rgb", "audio"), ("audio",)]
    assert has(clips) == [("rgb",), ("rgb", "audio"), ()]


def test_sound_tracks_are_probed(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    make_video(tmp_path / "loud.mp4", 4, audio=True)
    make_video(tmp_path / "mute.mp4", 4)
    (tmp_path / "torn.mp4").write_bytes(b"no video")
    paths = ["loud.mp4", "mute.mp4", "torn.mp4", "gone.mp4"]
    columns = {"path": paths, "modalities": [["rgb"], ["rgb", "audio"], ["rgb", "audio"], ["rgb"]]}
    manifest, unreadable = with_sound(Manifest.from_columns(columns, tmp_path))
    by_path = {manifest[n].path: manifest[n].modalities for n in range(4)}
    assert by_path == dict(zip(paths, [("rgb", "audio"), ("rgb",), ("rgb",), ("rgb",)], strict=True))
    assert sorted(unreadable) == ["gone.mp4", "torn.mp4"]
    assert absent_files(manifest) == ["gone.mp4"]
