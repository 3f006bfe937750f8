"""docs/scale.md says what the benchmarks' figures come to."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/scale.md"


def test_the_table_of_costs_is_what_the_schedule_prints() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/schedule.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["finish", "run"])
def test_the_page_names_no_option_that_is_not_there(command: str) -> None:
    told = subprocess.run([sys.executable, "-m", "vidsynth", command, "--help"], capture_output=True, text=True).stdout
    page = PAGE.read_text(encoding="utf-8")
    options = {"finish": ["--json"], "run": ["--shards", "--engine", "--ray-address", "--log-json"]}[command]
    assert all(option in told for option in options)
    assert command == "finish" or all(option in page for option in options)


def test_the_results_say_that_planning_is_flat_and_finishing_linear() -> None:
    figures = {}
    for file in sorted((ROOT / "benchmarks/results").glob("*.json")):
        figures |= json.loads(file.read_text())
    scale = figures["scale"]
    # Beyond what one hundredth of the shards' videos leave behind: no list of shards is kept.
    assert scale["plan_mb_1000000"] < 20
    assert scale["resume_cpu_s_100000"] < 5
    for name in ("resume_cpu_s", "finish_cpu_s"):
        assert scale[f"{name}_1000000"] < 20 * scale[f"{name}_100000"]
