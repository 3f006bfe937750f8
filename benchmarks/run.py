"""Run every benchmark and keep the results: `python benchmarks/run.py`."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from pathlib import Path

import clips
import gpu
import job
import kernels
import loaders
import reading
import render
import startup
import torch

PARTS = {
    "render": render,
    "kernels": kernels,
    "job": job,
    "clips": clips,
    "reading": reading,
    "loaders": loaders,
    "startup": startup,
    "gpu": gpu,
}
_PACKAGES = (
    "vidsynth",
    "av",
    "numpy",
    "numba",
    "opencv-python-headless",
    "pyarrow",
    "decord",
    "torchcodec",
    "torch",
    "triton",
    "kornia",
    "webdataset",
    "litdata",
    "mosaicml-streaming",
    "datasets",
)


def main() -> None:
    """Measure, print, and write `results/<date>.json`."""
    today = datetime.date.today().isoformat()
    results: dict[str, object] = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
    }
    for name, part in PARTS.items():
        print(f"{name}: {(part.__doc__ or '').splitlines()[0]}")
        if why := getattr(part, "unavailable", lambda: None)():
            print(f"  not measured: {why}")
            continue
        measured = {key: float(f"{value:.4g}") for key, value in part.measure().items()}
        results[name] = measured
        for key, value in measured.items():
            print(f"  {key:<22}{value:g}")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    file = folder / f"{today}.json"
    file.write_text(json.dumps(results, indent=1) + "\n")
    print(f"kept in {file}")


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), None)
    found: dict[str, object] = {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
    }
    if not gpu.unavailable():
        found["gpu"] = torch.cuda.get_device_name()
    return found


def versions() -> dict[str, str]:
    """Return the versions of what takes part."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main()
