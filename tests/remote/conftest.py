"""A real S3 server on loopback, and small builds over it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

import vidsynth
from vidsynth import TubeletPairs

_BUCKETS = count()


class Server:
    """An S3 server that can go away and come back, with all that it holds, at the same address."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.port = 0
        self.start()

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self._server.start()
        _, self.port = self._server.get_host_and_port()

    def stop(self) -> None:
        server = self._server._server
        self._server.stop()
        server.server_close()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def _s3(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3_server.port}",
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-secret-key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


class Bucket:
    """A bucket of its own, looked at through s3fs."""

    def __init__(self) -> None:
        import s3fs

        self.system: Any = s3fs.S3FileSystem(use_listings_cache=False)
        self.name = f"bucket-{next(_BUCKETS)}"
        self.url = f"s3://{self.name}"
        self.system.mkdir(self.name)

    def files(self, folder: str) -> dict[str, bytes]:
        """Return what lies under a folder, by name."""
        start = f"{self.name}/{folder}/"
        return {path.removeprefix(start): self.system.cat_file(path) for path in self.system.find(start)}

    def put(self, root: Path, folder: str) -> str:
        """Copy a local folder, and return its URL."""
        for file in root.rglob("*"):
            if file.is_file():
                self.system.put_file(str(file), f"{self.name}/{folder}/{file.relative_to(root).as_posix()}")
        return f"{self.url}/{folder}"

    def uploads(self) -> list[Any]:
        """Return the multipart uploads that nobody has finished."""
        return self.system.call_s3("list_multipart_uploads", Bucket=self.name).get("Uploads", [])


@pytest.fixture
def bucket(_s3: None) -> Bucket:
    return Bucket()


@pytest.fixture
def many(pairs: TubeletPairs) -> TubeletPairs:
    """Sixty pairs in six shards: enough to be killed in the midst of."""
    return TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"pairs.videos_per_shard": 2, "pairs.per_video": 8}))


@pytest.fixture
def command() -> Callable[..., subprocess.Popen[str]]:
    """`command("run", …)`: vidsynth in a process of its own."""

    def start(*arguments: str, **environment: str | None) -> subprocess.Popen[str]:
        env = {key: value for key, value in (os.environ | environment).items() if value is not None}
        return subprocess.Popen(
            [sys.executable, "-m", "vidsynth", *arguments],
            env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    return start


def local_files(out: Path) -> dict[str, bytes]:
    """Return what a finished build in a folder holds, but for its markers, its lock and seconds; see `lasting`."""
    return lasting({file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()})


def lasting(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out of a build's files what differs from run to run."""
    kept = {
        name: data
        for name, data in files.items()
        if not name.startswith((".vidsynth/done/", ".vidsynth/lock", ".vidsynth/status.json", ".vidsynth/sha256sums"))
    }
    if "vidsynth.json" in kept:
        summary = json.loads(kept["vidsynth.json"])
        shards = [{**shard, "seconds": 0} for shard in summary["shards"]]
        kept["vidsynth.json"] = json.dumps({**summary, "seconds": 0, "shards": shards}).encode()
    return kept


@pytest.fixture
def whole(many: TubeletPairs, tmp_path: Path) -> Path:
    """The undisturbed build of `many`, in a folder called out."""
    vidsynth.build(many, tmp_path / "whole/out", workers=0, progress=False)
    return tmp_path / "whole/out"
