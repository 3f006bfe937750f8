"""How far a build is: rate, time left, failures."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm


class Progress:
    """A bar on standard error; where that is no terminal, a line now and then.

    total : of what is counted, in `unit`. rows, failed : how many an earlier run has done.
    """

    def __init__(
        self, total: int, rows: int = 0, failed: int = 0, *, shown: bool = True, unit: str = "samples"
    ) -> None:
        self._failed = failed
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total,
            initial=rows + failed,
            unit=f" {unit}",
            disable=not shown,
            smoothing=0.05,
            mininterval=0.1 if terminal else 30,
            dynamic_ncols=terminal,
            bar_format="{percentage:3.0f}% {bar} {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]",
        )

    def __enter__(self) -> Self:
        return self

    def add(self, rows: int, failed: int) -> None:
        """Count a finished task."""
        self._failed += failed
        if self._failed:
            self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
        self._bar.update(rows + failed)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
