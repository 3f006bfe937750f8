"""Run benchmarks and keep the results: `python benchmarks/run.py`, or `python benchmarks/run.py darkness audio`."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path

import audio
import before_after
import clips
import darkness
import gpu
import index
import job
import kernels
import loaders
import modality
import reading
import render
import safety
import scale
import startup
import time_order
import torch

PARTS = {
    "render": render,
    "kernels": kernels,
    "job": job,
    "clips": clips,
    "reading": reading,
    "loaders": loaders,
    "index": index,
    "darkness": darkness,
    "audio": audio,
    "before_after": before_after,
    "modality": modality,
    "time_order": time_order,
    "startup": startup,
    "safety": safety,
    "scale": scale,
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


def main(names: list[str]) -> None:
    """Measure the parts that are named, or all, print, and add the figures to `results/<date>.json`."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    today = datetime.date.today().isoformat()
    file = Path(__file__).parent / "results" / f"{today}.json"
    file.parent.mkdir(exist_ok=True)
    results = json.loads(file.read_text()) if file.exists() else {}
    results |= {"date": today, "machine": machine(), "versions": results.get("versions", {}) | versions()}
    for name in names or PARTS:
        part = PARTS[name]
        print(f"{name}: {(part.__doc__ or '').splitlines()[0]}", flush=True)
        if why := getattr(part, "unavailable", lambda: None)():
            print(f"  not measured: {why}")
            continue
        results[name] = {key: float(f"{value:.4g}") for key, value in part.measure().items()}
        for key, value in results[name].items():
            print(f"  {key:<22}{value:g}", flush=True)
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
    main(sys.argv[1:])
