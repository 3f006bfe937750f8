"""A Hub on the loopback interface, builds to push to it, and processes that know no other Hub."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vidsynth import TubeletPairs, build, source

Run = Callable[..., "subprocess.CompletedProcess[str]"]

_spec = importlib.util.spec_from_file_location("hub_server", Path(__file__).with_name("server.py"))
assert _spec is not None and _spec.loader is not None
server = importlib.util.module_from_spec(_spec)
sys.modules["hub_server"] = server
_spec.loader.exec_module(server)


@pytest.fixture
def hub() -> Iterator[Any]:
    """The server's `Hub`: empty, with one user named `user`, whose token may write."""
    with server.HubServer(server.Hub()) as running:
        yield running


@pytest.fixture
def hub_env(hub: Any, tmp_path: Path) -> dict[str, str]:
    """The environment of a process for which the server is the Hub, and that `user` has logged in to."""
    home = tmp_path / "hf"
    home.mkdir()
    (home / "token").write_text("hf_writes\n")
    passed = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    passed = {name: value for name, value in passed.items() if not name.startswith(("HF_", "HUGGING_FACE"))}
    return passed | {
        "HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "*",
    }  # fmt: skip


@pytest.fixture
def push(hub_env: dict[str, str]) -> Run:
    """`push(out, "user/set", "--private", HF_TOKEN="...")`: run the command. No traceback and no token is printed."""

    def call(*args: object, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "vidsynth", "push", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, env=hub_env | env, timeout=250)
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        assert not any(token in said for token in ("hf_writes", "hf_reads", "hf_wrong")), said
        return done

    return call


@pytest.fixture
def python(hub_env: dict[str, str]) -> Callable[[str], str]:
    """`python(code)`: run Python in a process for which the server is the Hub; what it printed."""

    def call(code: str) -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=hub_env, timeout=250)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="session")
def built(twelve: Path, small: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pairs of raw clips in four shards. Read it, never write to it."""
    out = tmp_path_factory.mktemp("hub") / "pairs"
    changes = small | {"payload.kind": "raw", "truth": ["boxes"]}
    build(TubeletPairs(source(twelve), changes=changes), out, workers=0, progress=False)
    return out
