"""What a run tells: its report, the log of JSON lines, and the status file."""

import datetime
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build
from vidsynth.errors import BuildError, RecipeError
from vidsynth.jobs.run import Settings, run
from vidsynth.jobs.slices import Slice
from vidsynth.manifest import Manifest


def events(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def status(out: Path, name: str = "status.json") -> dict[str, object]:
    found: dict[str, object] = json.loads((out / ".vidsynth" / name).read_text())
    return found


def test_a_log_tells_of_each_shard_and_of_both_ends(pairs: TubeletPairs, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    settings = Settings(workers=0, progress=False, log_json=str(log))
    report = run(pairs, tmp_path / "out", settings)
    first, *shards, last = events(log)
    assert first["event"] == "build_started" and last["event"] == "build_finished"
    assert set(first) == {
        "event", "time", "out", "generator", "engine", "slice", "samples", "shards", "rows", "absent", "shards_done",
    }  # fmt: skip
    assert [shard["shard"] for shard in shards] == [0, 1, 2, 3]
    assert all(
        set(shard) == {
            "event", "time", "shard", "rows", "failures", "bytes", "seconds", "videos", "cpu_s", "peak_bytes", "rate",
            "eta_s", "shards_done",
        } and shard["videos"] == 3 and shard["rows"] == 3
        for shard in shards
    )  # fmt: skip
    assert shards[-1]["eta_s"] == 0
    assert last["rows"] == 12 and last["built_shards"] == 4 and last["videos"] == 12
    assert [datetime.datetime.fromisoformat(str(line["time"])) for line in events(log)] == sorted(
        datetime.datetime.fromisoformat(str(line["time"])) for line in events(log)
    )
    assert report.rows == 12 and len(report.slowest) == 5 and report.slowest == sorted(report.slowest, reverse=True)
    assert report.peak_bytes > 50e6 and report.cpu_s > 0 and "Slowest of 12 videos to read: " in report.text()
    # Nothing to do: nothing is built, the log goes on in the same file, and what is there is counted.
    again = run(pairs, tmp_path / "out", settings)
    assert again.rows == 12 and again.built_shards == 0 and again.text() == ""
    assert [line["event"] for line in events(log)[6:]] == ["build_started", "build_finished"]


def test_a_status_file_says_how_a_run_ended(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, tmp_path / "out", workers=0, progress=False)
    found = status(tmp_path / "out")
    assert found["state"] == "finished" and found["rows"] == found["samples"] == 12 and found["slice"] is None
    assert {"host", "pid", "started", "updated", "rate", "eta_s"} <= set(found)
    run(pairs, tmp_path / "slices", Settings(workers=0, progress=False), Slice(2, 3))
    assert status(tmp_path / "slices", "slices/2-of-3.json")["slice"] == "2/3"
    (tmp_path / "empty").mkdir()
    for path in pairs.manifest.table["path"].to_pylist():
        (tmp_path / "empty" / path).parent.mkdir(exist_ok=True)
        (tmp_path / "empty" / path).touch()
    manifest = Manifest(pairs.manifest.table, tmp_path / "empty", pairs.manifest.about)
    broken = TubeletPairs(manifest, pairs.recipe)
    log = tmp_path / "log.jsonl"
    with pytest.raises(BuildError):
        build(broken, tmp_path / "failed", workers=0, progress=False, max_failures=0, log_json=str(log))
    found = status(tmp_path / "failed")
    assert found["state"] == "failed" and "--max-failures" in str(found["error"])
    assert found["failures"] == {"empty file (0 bytes)": 3}
    assert events(log)[-1]["event"] == "build_failed"


def test_a_log_on_standard_error_takes_the_bars_place(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, tmp_path / "out", workers=0, progress=False)
    (tmp_path / "out/.vidsynth/done/00002.json").unlink()
    command = [sys.executable, "-m", "vidsynth", "run", str(tmp_path / "out/recipe.yaml"), "--out"]
    done = subprocess.run([*command, str(tmp_path / "out"), "--workers", "1", "--log-json", "-"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == [
        "build_started", "shard_done", "build_finished",
    ]  # fmt: skip
    (tmp_path / "out/.vidsynth/done/00002.json").unlink()
    done = subprocess.run([*command, str(tmp_path / "out")], capture_output=True, text=True, check=True)
    assert "Built 3 samples in 1 shard, " in done.stderr


def test_an_interrupted_run_says_so(pairs: TubeletPairs, tmp_path: Path) -> None:
    many = {"pairs.videos_per_shard": 2, "pairs.per_video": 200}
    pairs = TubeletPairs(pairs.manifest, pairs.recipe.with_changes(many))
    pairs.manifest.write(tmp_path / "videos.parquet")
    (tmp_path / "recipe.yaml").write_text(pairs.recipe.to_yaml())
    out = tmp_path / "out"
    command = [sys.executable, "-m", "vidsynth", "run", str(tmp_path / "recipe.yaml"), "--out", str(out), "--workers"]
    command += ["1", "--src", str(tmp_path / "videos.parquet"), "--root", str(pairs.manifest.root), "--shards", "1/2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (out / ".vidsynth/crumbs").exists() and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.02)
    assert status(out, "slices/1-of-2.json")["state"] == "running"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and f"--out {out} --shards 1/2" in said
    assert status(out, "slices/1-of-2.json")["state"] == "interrupted"


def test_a_log_that_cannot_be_written_is_one_line(pairs: TubeletPairs, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"--log-json .*nowhere/log: cannot be written: No such file"):
        build(pairs, tmp_path / "out", workers=0, progress=False, log_json=str(tmp_path / "nowhere/log"))
