import dataclasses
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vidsynth.errors import DecodeError
from vidsynth.video.index import SCHEMA, VideoIndex, index_file, load_index, order_of, save_index, select
from vidsynth.video.probe import VideoInfo, probe


def row(info: VideoInfo) -> list[object]:
    """Return the facts as values that compare."""
    values = [getattr(info, name) for name in VideoInfo.__slots__]
    return [value.tolist() if hasattr(value, "tolist") else value for value in values]


@pytest.fixture
def root(videos: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "train").mkdir(parents=True)
    shutil.copy(videos / "h264.mp4", folder / "a.mp4")
    shutil.copy(videos / "h264_uneven.mp4", folder / "train/b.mp4")
    shutil.copy(videos / "mpeg4.avi", folder / "train/c.avi")
    return folder


PATHS = ["a.mp4", "train/b.mp4", "train/c.avi"]


def test_facts_survive_the_index(good_video: Path, tmp_path: Path) -> None:
    info = probe(good_video, "x")
    table = save_index(tmp_path / "index.parquet", [info])
    (back,) = select(load_index(tmp_path / "index.parquet"), order_of(table), ["x"])
    assert row(back) == row(info)
    assert {name: type(getattr(back, name)) for name in VideoInfo.__slots__} == {
        name: type(getattr(info, name)) for name in VideoInfo.__slots__
    }


def test_a_video_is_probed_once(root: Path) -> None:
    index = VideoIndex(root)
    first = [index.info(path) for path in PATHS]
    assert all(index.info(path) is info for path, info in zip(PATHS, first, strict=True))
    assert index.fresh == first
    assert [info.path for info in first] == PATHS


def test_a_video_that_is_known_is_not_probed(root: Path) -> None:
    known = [probe(root / path, path) for path in PATHS]
    index = VideoIndex(root, known)
    assert all(index.info(path) is info for path, info in zip(PATHS, known, strict=True))
    assert index.fresh == []


def later(path: Path) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


def longer(path: Path) -> None:
    stat = path.stat()
    with path.open("ab") as file:
        file.write(b"\0\0\0\x08free")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("change", [later, longer])
def test_a_changed_video_is_probed_again(root: Path, change: Callable[[Path], None]) -> None:
    known = [probe(root / path, path) for path in PATHS]
    change(root / "a.mp4")
    index = VideoIndex(root, known)
    assert row(index.info("a.mp4")) == row(probe(root / "a.mp4", "a.mp4"))
    assert index.info("train/b.mp4") is known[1]
    assert [info.path for info in index.fresh] == ["a.mp4"]


def test_a_replaced_video_gets_new_facts(root: Path, videos: Path) -> None:
    known = [probe(root / "a.mp4", "a.mp4")]
    shutil.copy(videos / "vp9_odd.webm", root / "a.mp4")
    info = VideoIndex(root, known).info("a.mp4")
    assert (info.codec, info.width) == ("vp9", 65)


def test_a_known_video_that_is_gone_is_missing(root: Path) -> None:
    known = [probe(root / "a.mp4", "a.mp4")]
    (root / "a.mp4").unlink()
    with pytest.raises(DecodeError) as caught:
        VideoIndex(root, known).info("a.mp4")
    assert (caught.value.path, caught.value.reason) == ("a.mp4", "no such file")


def test_an_unreadable_video_is_no_fact(root: Path) -> None:
    (root / "d.mp4").write_bytes(b"")
    index = VideoIndex(root)
    with pytest.raises(DecodeError, match=r"^d\.mp4: empty file"):
        index.info("d.mp4")
    assert index.fresh == []


def test_newer_facts_replace_older_ones(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "cache/index/x.parquet"
    table = save_index(file, [probe(root / path, path) for path in PATHS])
    later(root / "a.mp4")
    newer = probe(root / "a.mp4", "a.mp4")
    table = save_index(file, [newer])
    assert table.equals(load_index(file))
    assert sorted(table["path"].to_pylist()) == PATHS
    assert row(select(table, order_of(table), ["a.mp4"])[0]) == row(newer)
    assert sorted(entry.name for entry in file.parent.iterdir()) == ["x.lock", "x.parquet"]


def test_writers_at_the_same_time_lose_nothing_of_each_other(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    info = probe(root / "a.mp4", "a.mp4")
    names = [f"{number:03d}.mp4" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: save_index(file, [dataclasses.replace(info, path=name)]), names))
    table = load_index(file)
    assert sorted(table["path"].to_pylist()) == names
    assert [found.path for found in select(table, order_of(table), ["039.mp4", "000.mp4"])] == ["039.mp4", "000.mp4"]


def test_select_keeps_the_order_asked_for_and_leaves_out_the_unknown(root: Path, tmp_path: Path) -> None:
    table = save_index(tmp_path / "x.parquet", [probe(root / path, path) for path in PATHS])
    found = select(table, order_of(table), ["train/c.avi", "nothing.mp4", "a.mp4"])
    assert [info.path for info in found] == ["train/c.avi", "a.mp4"]
    empty = SCHEMA.empty_table()
    assert select(empty, order_of(empty), PATHS) == []


def damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def garbage(file: Path) -> None:
    file.write_bytes(b"no Parquet at all")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def of_another_schema(file: Path) -> None:
    pq.write_table(pa.table({"path": ["a.mp4"]}), file)


@pytest.mark.parametrize("harm", [damaged, garbage, empty, of_another_schema, Path.unlink])
def test_an_index_that_cannot_be_read_is_empty(root: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    file = tmp_path / "x.parquet"
    save_index(file, [probe(root / "a.mp4", "a.mp4")])
    harm(file)
    assert load_index(file).equals(SCHEMA.empty_table())


def test_each_root_has_an_index_of_its_own(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert index_file(cache, root) != index_file(cache, root / "train")
    assert index_file(cache, root) == index_file(cache, root / "train/..")
    assert index_file(cache, root).parent == cache / "index"
