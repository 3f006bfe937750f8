"""What the disk says when it cannot take what is written, in words that help."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from vidsynth.errors import BuildError, ShardError


@contextlib.contextmanager
def disk_errors_said(out: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "No space left" in str(error):
            raise BuildError(
                f"{out}: the disk (or your quota) is full. Finished shards are safe: "
                "make room, and the same command resumes"
            ) from None
        if getattr(error, "errno", None) == errno.EIO or "Input/output error" in str(error):
            raise BuildError(
                f"{out}: the disk gives I/O errors. Finished shards are safe: "
                "when it works again, the same command resumes (`vidsynth verify` finds what it may have damaged)"
            ) from None
        if isinstance(error, OSError) and error.errno == errno.EROFS:
            raise ShardError(
                f"{error.filename or out}: cannot be written: {error.strerror}. Finished shards are safe: "
                "when it can be written again, the same command resumes"
            ) from None
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
            raise ShardError(f"{error.filename or out}: cannot be written: {error.strerror}") from None
        raise
