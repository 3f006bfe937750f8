"""A build's log for machines: one JSON object a line."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from vidsynth.errors import RecipeError


class JsonLog:
    """Lines of JSON, each with its `event` and `time` (UTC, ISO 8601), appended to a file; `-` is standard error.

    build_started      out recipe generator slice engine samples shards rows absent shards_done
    shard_done         shard rows failures bytes seconds videos cpu_s peak_bytes rate eta_s shards_done
    build_finished     the report: see `BuildReport`
    build_failed       error, and the report
    build_interrupted  the report

    Names are added, never changed. Raises RecipeError if the file cannot be written.
    """

    def __init__(self, file: str | None) -> None:
        self._out: IO[str] | None = None
        if file == "-":
            self._out = sys.stderr
        elif file is not None:
            try:
                self._out = Path(file).open("a", encoding="utf-8")  # noqa: SIM115
            except OSError as error:
                raise RecipeError(f"--log-json {file}: cannot be written: {error.strerror}") from None

    def write(self, event: str, facts: Mapping[str, Any]) -> None:
        """Write a line, at once."""
        if self._out is not None:
            self._out.write(json.dumps({"event": event, "time": now(), **facts}) + "\n")
            self._out.flush()

    def close(self) -> None:
        if self._out is not None and self._out is not sys.stderr:
            self._out.close()


def now() -> str:
    """Return the time in UTC, in ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
