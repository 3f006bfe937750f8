"""Watching a run: a bar for people, a log and a status file for machines."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vidsynth.jobs.log import JsonLog, now
from vidsynth.jobs.progress import Progress
from vidsynth.jobs.report import BuildReport
from vidsynth.jobs.status import StatusFile
from vidsynth.jobs.task import Result


class Watch:
    """Tells how far a run is. A context manager: how it is left is how the run ended.

    status : the status file. log : see `JsonLog`. shown : show a bar on standard error, if the log is not there.
    """

    def __init__(self, report: BuildReport, status: Path, *, log: str | None, shown: bool) -> None:
        self._report = report
        self._state: dict[str, Any] = {"state": "running"}
        self._since = now()
        self._log = JsonLog(log)
        self._status = StatusFile(status, self._facts)
        self._bar = Progress(report.samples, report.rows, report.absent, shown=shown and log != "-")

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def begin(self, facts: Mapping[str, Any]) -> None:
        """Say what is about to be built."""
        report = self._report
        counts = {name: getattr(report, name) for name in ("slice", "samples", "shards", "rows", "absent")}
        self._log.write("build_started", {**facts, **counts, "shards_done": report.shards_done})

    def add(self, result: Result) -> None:
        """Count a finished shard."""
        done = result.done
        self._report.add(result)
        self._bar.add(done.rows, len(done.failures))
        self._log.write(
            "shard_done",
            {
                "shard": done.shard,
                "rows": done.rows,
                "failures": len(done.failures),
                "bytes": done.bytes,
                "seconds": done.seconds,
                "videos": result.videos,
                "cpu_s": round(result.cpu_s, 3),
                "peak_bytes": result.peak_bytes,
                "shards_done": self._report.shards_done,
                **self._pace(),
            },
        )

    def _pace(self) -> dict[str, float | None]:
        eta = self._report.eta_s
        return {"rate": round(self._report.rate, 3), "eta_s": None if eta is None else round(eta, 1)}

    def _facts(self) -> dict[str, Any]:
        where = {"host": socket.gethostname(), "pid": os.getpid(), "started": self._since, "updated": now()}
        return self._state | where | self._pace() | self._report.values()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        self._report.end()
        if error is None:
            self._state = {"state": "finished"}
        elif isinstance(error, Exception):
            self._state = {"state": "failed", "error": str(error) or type(error).__name__}
        else:
            self._state = {"state": "interrupted"}
        self._status.end()
        state = self._state["state"]
        said = {"error": self._state["error"]} if "error" in self._state else {}
        self._log.write(f"build_{state}", said | self._report.values())
        self._log.close()
