"""Videos behind URLs: listed, fetched while they are in hand, and failed one by one."""

from __future__ import annotations

import functools
import http.server
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vidsynth import TubeletPairs, build, fetched, source, store
from vidsynth.errors import DecodeError
from vidsynth.jobs.index import index_videos
from vidsynth.shards.folder import BuildFolder
from vidsynth.store import Url
from vidsynth.video.index import VideoIndex

from .conftest import Bucket

MakePairs = Callable[..., TubeletPairs]


def shards(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (out / "data").iterdir()}


@pytest.fixture
def videos_url(twelve: Path, bucket: Bucket) -> str:
    return bucket.put(twelve, "videos")


def test_a_folder_at_a_url_is_read_as_one_on_the_disk(twelve: Path, videos_url: str) -> None:
    assert source(videos_url).table.equals(source(twelve).table)
    assert source("folder", root=videos_url).root == Url(videos_url)


def test_videos_at_a_url_give_the_same_bytes_and_leave_nothing_on_the_disk(
    twelve: Path, videos_url: str, make_pairs: MakePairs, tmp_path: Path
) -> None:
    build(make_pairs(twelve), tmp_path / "local", workers=0, progress=False)
    for workers in (0, 1):
        out = tmp_path / f"remote-{workers}"
        build(make_pairs(videos_url), out, workers=workers, progress=False)
        assert shards(out) == shards(tmp_path / "local")
        assert (out / ".vidsynth/root").read_text() == videos_url
        assert not [file for file in out.rglob("*") if file.suffix == ".mp4"]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_manifest_at_a_url(twelve: Path, videos_url: str, bucket: Bucket, tmp_path: Path, suffix: str) -> None:
    manifest = source(twelve)
    manifest.write(tmp_path / f"videos.{suffix}")
    bucket.put(tmp_path, "lists")
    url = f"{bucket.url}/lists/videos.{suffix}"
    found = source(url, root=videos_url)
    assert found.hash() == manifest.hash() and found.root == Url(videos_url)
    assert source(url).root == Url(f"{bucket.url}/lists")


def test_a_manifest_that_is_wrong_is_named_by_its_url(bucket: Bucket) -> None:
    bucket.system.pipe_file(f"{bucket.name}/videos.csv", b"path,start_s\na.mp4,soon\n")
    with pytest.raises(Exception, match=rf"^{bucket.url}/videos.csv: row 1: start_s must be a number"):
        source(f"{bucket.url}/videos.csv")


def test_the_second_run_opens_no_video_anew(twelve: Path, videos_url: str, bucket: Bucket) -> None:
    paths = source(twelve).table["path"].to_pylist()
    assert index_videos(videos_url, paths, workers=0, progress=False).fresh == 12
    assert index_videos(videos_url, paths, workers=0, progress=False).fresh == 0
    same = bucket.system.cat_file(f"{bucket.name}/videos/{paths[0]}")
    bucket.system.pipe_file(f"{bucket.name}/videos/{paths[1]}", same)
    bucket.system.pipe_file(f"{bucket.name}/videos/{paths[2]}", b"no video")
    bucket.system.rm(f"{bucket.name}/videos/{paths[3]}")
    found = index_videos(videos_url, paths, workers=0, progress=False)
    assert found.fresh == 2 and set(found.unreadable) == set(paths[2:4])
    assert found.unreadable[paths[3]] == "no such file"
    assert index_videos(videos_url, paths, workers=0, progress=False).fresh == 0


def test_videos_that_vanish_or_break_between_plan_and_render_are_listed(
    twelve: Path, videos_url: str, bucket: Bucket, make_pairs: MakePairs, tmp_path: Path
) -> None:
    pairs = make_pairs(videos_url)  # the manifest is made; then
    bucket.system.rm(f"{bucket.name}/videos/running/v00.mp4")
    bucket.system.pipe_file(f"{bucket.name}/videos/walking/v01.mp4", b"no longer available")
    build(pairs, tmp_path / "out", workers=0, progress=False)
    failed = pq.read_table(tmp_path / "out/failures.parquet").to_pylist()
    reasons = {row["video"]: row["reason"] for row in failed}
    assert reasons["running/v00.mp4"] == "no such file" and "not a video" in reasons["walking/v01.mp4"]
    assert set(reasons) == {"running/v00.mp4", "walking/v01.mp4"}
    bucket.put(twelve, "videos")
    build(pairs, tmp_path / "out", workers=0, progress=False, retry_failed=True)
    build(make_pairs(twelve), tmp_path / "local", workers=0, progress=False)
    assert shards(tmp_path / "out") == shards(tmp_path / "local")


def test_a_video_that_changes_after_its_facts_were_taken_is_refused(videos_url: str, bucket: Bucket) -> None:
    first, other = (f"{bucket.name}/videos/running/{name}" for name in ("v00.mp4", "v02.mp4"))
    known = VideoIndex(videos_url).info("running/v00.mp4")
    with VideoIndex(videos_url, [known]) as videos:
        assert videos.info("running/v00.mp4") is known  # its facts hold: it is not fetched
        bucket.system.pipe_file(first, bucket.system.cat_file(other))
        with pytest.raises(DecodeError, match="changed while it was being used"):
            videos.file("running/v00.mp4")


def test_a_store_that_does_not_answer_costs_each_video_its_row(
    videos_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PAUSES_S", (0.0, 0.0))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody listens there
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises(DecodeError, match="cannot be reached, tried 3 times") as error:
            VideoIndex(videos_url).info("running/v00.mp4")
        assert "127.0.0.1:9" in error.value.reason and "?" not in error.value.reason
    finally:
        s3fs.S3FileSystem.clear_instance_cache()


def test_only_so_much_is_kept_of_what_was_fetched(
    videos_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"running/v{number:02d}.mp4" for number in range(0, 12, 2)]
    with VideoIndex(videos_url, scratch=tmp_path) as videos:
        sizes = [videos.info(name).file_bytes for name in names]
        monkeypatch.setattr(fetched, "KEPT_BYTES", sizes[0] + sizes[1])
        assert sum(file.stat().st_size for file in tmp_path.rglob("*.mp4")) == sum(sizes)
        for name in names:
            assert videos.file(name).stat().st_size
            assert sum(file.stat().st_size for file in tmp_path.rglob("*.mp4")) <= sizes[0] + sizes[1]
    assert list(tmp_path.iterdir()) == []


def test_a_copy_in_another_process_fetches_for_itself(videos_url: str, tmp_path: Path) -> None:
    with VideoIndex(videos_url, scratch=tmp_path) as videos:
        ours = videos.file("running/v00.mp4")
        with multiprocessing.get_context("fork").Pool(1) as pool:
            theirs = pool.apply(videos.file, ["running/v00.mp4"])  # pickled, in a fork
        again = pickle.loads(pickle.dumps(videos)).file("running/v00.mp4")
        assert len({ours.parent, theirs.parent, again.parent}) == 3
        assert ours.exists() and ours == videos.file("running/v00.mp4")


@pytest.fixture
def web(twelve: Path, tmp_path: Path) -> Iterator[str]:
    """A web server over a manifest and the videos."""
    root = tmp_path / "web"
    root.mkdir()
    source(twelve).write(root / "videos.csv")
    os.symlink(twelve / "running", root / "running")
    os.symlink(twelve / "walking", root / "walking")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_manifest_on_the_web_whose_query_is_kept_to_ourselves(
    web: str, twelve: Path, make_pairs: MakePairs, tmp_path: Path
) -> None:
    pairs = make_pairs(f"{web}/videos.csv?signature=secret")
    assert str(pairs.manifest.root) == web
    build(pairs, tmp_path / "out", workers=0, progress=False)
    build(make_pairs(twelve), tmp_path / "local", workers=0, progress=False)
    assert {file.name for file in (tmp_path / "out/data").iterdir()} == set(shards(tmp_path / "local"))
    assert not any(b"secret" in file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert BuildFolder(tmp_path / "out").root.read_text() == web
