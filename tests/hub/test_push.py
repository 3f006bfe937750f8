"""Pushing builds with the real client to a server that speaks the Hub's protocol, and reading them back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from vidsynth import load
from vidsynth.report.amounts import size_text

pytest.importorskip("huggingface_hub")

Push = Callable[..., "subprocess.CompletedProcess[str]"]
Python = Callable[[str], str]
SET = "user/set"


def shards_of(out: Path) -> dict[str, str]:
    return {shard["file"]: shard["sha256"] for shard in json.loads((out / "vidsynth.json").read_bytes())["shards"]}


def test_a_push_puts_the_folder_there_in_one_commit_and_a_second_sends_nothing(
    hub: Any, push: Push, built: Path
) -> None:
    done = push(built, SET)
    assert done.returncode == 0, done.stderr
    size = size_text(load(built).summary["bytes"])
    assert f"{hub.url}/datasets/{SET}: 4 of 4 shards, {size} sent; every hash checked." in done.stdout
    assert "4/4" in done.stderr  # how far it is
    files = hub.files(SET)
    visible = [file for file in built.rglob("*") if file.is_file() and ".vidsynth" not in file.parts]
    names = {file.relative_to(built).as_posix() for file in visible}
    assert set(files) == names | {".gitattributes"} and {"vidsynth.json", *shards_of(built)} < names
    assert all(files[name] == (built / name).read_bytes() for name in names - {"README.md"})
    assert f'vidsynth.load("hf://datasets/{SET}")' in files["README.md"].decode()
    assert hub.repos[SET].titles[1:] == [f"Push tubelets {load(built).summary['recipe'][:12]}"]

    before = len(hub.requests)
    again = push(f"{built}/", f"hf://datasets/{SET}")
    assert again.returncode == 0 and f"nothing to send, all of it is there (4 shards, {size})" in again.stdout
    assert not [path for _, path in hub.requests[before:] if "/storage/" in path or "/commit/" in path]


def test_what_is_pushed_is_read_back_and_only_what_is_touched(
    hub: Any, push: Push, python: Python, built: Path
) -> None:
    assert push(built, SET).returncode == 0
    before = len(hub.requests)
    said = python(
        f"from vidsynth import load\nfar, near = load('hf://datasets/{SET}'), load({str(built)!r})\n"
        "same = (far[11]['clip1'] == near[11]['clip1']).all() and far[11]['plan'] == near[11]['plan']\n"
        "print(same, len(far), far.recipe == near.recipe)"
    )
    assert said == "True 12 True\n"
    read = {Path(path).name for method, path in hub.requests[before:] if method == "GET" and path.endswith(".arrow")}
    assert read == {"train-00000-of-00004.arrow", "train-00003-of-00004.arrow"}


def test_parquet_with_videos_is_what_the_viewer_plays_and_replaces_the_arrow_files(
    hub: Any, push: Push, python: Python, built: Path, tmp_path: Path
) -> None:
    assert push(built, SET).returncode == 0
    done = push(built, SET, "--format", "parquet", "--payload", "h264")
    assert done.returncode == 0, done.stderr
    files = hub.files(SET)
    summary = json.loads(files["vidsynth.json"])
    assert {shard["file"] for shard in summary["shards"]} == {name for name in files if name.startswith("data/")}
    assert all(shard["file"].endswith(".parquet") and shard["rows"] == 3 for shard in summary["shards"])
    assert summary["converted"]["payload"]["kind"] == "h264"
    card = files["README.md"].decode()
    assert "path: data/*.parquet" in card and "| `clip1` | mp4 (H.264, crf 18) |" in card and "## This copy" in card

    before = len(hub.sent())
    assert "nothing to send" in push(built, SET, "--format", "parquet", "--payload", "h264").stdout
    # Without what the cache remembers, the same bytes are made once more.
    fresh = {"VIDSYNTH_CACHE": str(tmp_path / "fresh")}
    assert "nothing to send" in push(built, SET, "--format", "parquet", "--payload", "h264", **fresh).stdout
    assert len(hub.sent()) == before

    said = python(
        f"import datasets\nfrom vidsynth import load, source\nrows = datasets.load_dataset({SET!r}, split='train')\n"
        "print(len(rows), type(rows.features['clip1']).__name__, type(rows.features['clip2']).__name__)\n"
        f"print(load('hf://datasets/{SET}')[11]['clip1'].shape)\n"
        f"videos = source('hf://datasets/{SET}')\n"
        "from vidsynth.video.probe import probe\n"
        "print(len(videos), probe(videos.root / videos[7].path).frames, videos.extras()[7]['index'])"
    )
    assert said.splitlines() == ["12 Video Video", "(4, 32, 32, 3)", "12 4 7"]


def test_a_push_that_is_killed_goes_on_with_what_is_missing(
    hub: Any, push: Push, hub_env: dict[str, str], built: Path
) -> None:
    hub.hold_after = load(built).summary["shards"][0]["bytes"] + 1
    process = subprocess.Popen(
        [sys.executable, "-m", "vidsynth", "push", str(built), SET], env=hub_env, stderr=subprocess.DEVNULL
    )
    assert hub.holding.wait(200)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert set(hub.files(SET)) == {".gitattributes"}  # nobody sees half of it
    kept, before = set(hub.storage), len(hub.requests)
    assert len(kept) == 2

    hub.hold_after, hub.part_bytes = 1 << 40, 30_000  # the others go in three parts each
    done = push(built, SET)
    assert done.returncode == 0, done.stderr
    puts = [path.split("/")[2] for method, path in hub.requests[before:] if method == "PUT"]
    digests = set(shards_of(built).values())
    assert set(puts) & digests == digests - kept
    assert all(puts.count(digest) == 3 for digest in digests - kept)
    assert set(shards_of(built)) <= set(hub.files(SET))


def test_ctrl_c_says_how_to_go_on(hub: Any, hub_env: dict[str, str], built: Path) -> None:
    hub.hold_after = 1
    process = subprocess.Popen(
        [sys.executable, "-m", "vidsynth", "push", str(built), SET], env=hub_env, stderr=subprocess.PIPE, text=True
    )
    assert hub.holding.wait(200)
    process.send_signal(signal.SIGINT)
    hub.go.set()
    _, said = process.communicate(timeout=200)
    assert process.returncode == 130 and f"vidsynth push {built} {SET}" in said and "Traceback" not in said


def test_a_branch_and_a_private_set(hub: Any, push: Push, python: Python, built: Path) -> None:
    done = push(built, SET, "--private", "--revision", "v1")
    assert done.returncode == 0 and f"vidsynth.load('hf://datasets/{SET}@v1')" in done.stdout, done.stderr
    assert hub.repos[SET].private
    assert set(hub.files(SET, "main")) == {".gitattributes"} and "vidsynth.json" in hub.files(SET, "v1")
    assert f'load_dataset("{SET}", revision="v1"' in hub.files(SET, "v1")["README.md"].decode()
    assert python(f"from vidsynth import load\nprint(load('hf://datasets/{SET}@v1')[3]['index'])") == "3\n"
    said = python(
        "import os; del os.environ['HF_HOME']; os.environ['HF_TOKEN_PATH'] = '/nowhere'\nfrom vidsynth import load\n"
        f"try: load('hf://datasets/{SET}@v1')\nexcept Exception as error: print(type(error).__name__, error)"
    )
    assert said.startswith("StoreError hf://datasets/user/set@v1/vidsynth.json: not there, or not for you to see")


def test_of_many_shards_those_before_the_last_show_no_finished_build(hub: Any, python: Python, built: Path) -> None:
    code = (
        "import vidsynth.hub.push as hub\nhub._AT_ONCE, hub._A_COMMIT = 1, 2\n"
        f"print(hub.push({str(built)!r}, {SET!r}, payload='jpeg', progress=False).new)"
    )
    assert python(code) == "4\n"
    assert python(code.replace("'jpeg'", "'lossless'")) == "4\n"
    repo = hub.repos[SET]
    assert [title.partition(" t")[0] for title in repo.titles[1:]] == ["Push shards, 2 of 4", "Push"] * 2
    shown = ["vidsynth.json" in files for files in repo.commits.values()]
    assert shown == [False, False, True, False, True]


def test_other_bytes_on_the_way_are_found_and_not_kept(hub: Any, push: Push, python: Python, built: Path) -> None:
    assert push(built, SET).returncode == 0
    name = "data/train-00003-of-00004.arrow"
    code = (
        f"from vidsynth import load\nfrom vidsynth.errors import Mismatch\nshards = load('hf://datasets/{SET}')\n"
        "try: print(shards[11]['index'])\nexcept Mismatch as error: print(error)"
    )
    hub.corrupt.add(name)
    assert f"{name}: not the file that vidsynth.json tells of" in python(code)
    hub.corrupt.clear()
    assert python(code) == "11\n"


@pytest.mark.parametrize("status", [403, 507, 200])
def test_a_full_quota_is_said_and_what_is_missing_is_sent_later(hub: Any, push: Push, built: Path, status: int) -> None:
    hub.quota, hub.full = load(built).summary["shards"][0]["bytes"] * 2, status
    done = push(built, SET)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"vidsynth: {SET}: the Hub has no more room for it: ")
    assert set(hub.files(SET)) == {".gitattributes"}
    if status == 403:
        hub.quota, kept = 1 << 40, len(hub.storage)
        assert push(built, SET).returncode == 0
        assert len(hub.sent()) == len(set(hub.sent())) and kept > 0


def test_tokens_that_do_not_work(hub: Any, push: Push, built: Path, tmp_path: Path) -> None:
    hub.tokens["hf_reads"] = ("user", False)
    cases: list[tuple[tuple[str, ...], dict[str, str], str]] = [
        ((SET,), {"HF_HOME": str(tmp_path / "none")}, "no token for the Hub here; `hf auth login` keeps one"),
        (
            (SET,),
            {"HF_TOKEN": "hf_wrong", "VIDSYNTH_TRACEBACK": "1", "HF_DEBUG": "1"},
            "the Hub does not know this token: ",
        ),
        ((SET,), {"HF_TOKEN": "hf_reads"}, "this token may not write there: You don't have the rights"),
        (("other/set",), {}, "this token may not write there: You don't have the rights"),
    ]
    for arguments, env, said in cases:
        done = push(built, *arguments, **env)
        assert done.returncode == 2 and said in done.stderr.splitlines()[-1], (arguments, done.stderr)
    assert not hub.repos


def test_a_hub_that_cannot_be_reached(push: Push, built: Path) -> None:
    done = push(built, SET, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1 and "http://127.0.0.1:9: cannot be reached: " in done.stderr
    done = push(built, SET, HF_HUB_OFFLINE="1")
    assert done.returncode == 1 and "HF_HUB_OFFLINE" in done.stderr


def test_a_shard_that_has_changed_is_not_pushed(hub: Any, push: Push, built: Path, tmp_path: Path) -> None:
    shard = copytree(built, tmp_path / "copy") / "data/train-00002-of-00004.arrow"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    done = push(tmp_path / "copy", SET)
    assert done.returncode == 3 and f"{shard}: its bytes have changed since it was built" in done.stderr
    assert set(hub.files(SET)) == {".gitattributes"}


def test_what_others_keep_there_stays(hub: Any, push: Push, built: Path) -> None:
    assert push(built, SET).returncode == 0
    done = push(built, SET, "--private")
    assert done.returncode == 2 and "is there already, and public" in done.stderr
    repo = hub.repos[SET]
    repo.commit("main", {".gitattributes": b"", "novel.txt": b"Once"}, "mine")
    done = push(built, SET)
    assert done.returncode == 2 and "holds something else already (novel.txt), and no build" in done.stderr
    assert hub.files(SET)["novel.txt"] == b"Once"
