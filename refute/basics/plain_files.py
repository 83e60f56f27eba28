"""Reading files of others: only what is a plain file, and no more of it than fits."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 2**28
"""The largest JSON file that is read, 256 MiB; the largest ones of this project are a thousandth of it."""
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def other_kind(path: Path) -> str:
    """What there is in place of a plain file, "a pipe"; empty if it is a plain file. Raises OSError.

    A pipe that nobody writes to, or a device without end, would be waited for or read for ever.
    """
    mode = path.stat().st_mode
    return next((kind for is_one, kind in _KINDS if is_one(mode)), "")


def plain_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """The contents of a plain file. Raises OSError, also for what is no plain file or larger than `most`."""
    kind = other_kind(path)
    if kind and not path.is_dir():  # which the system refuses in its own words
        raise OSError(errno.EINVAL, f"is {kind}, not a file", str(path))
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        text = file.read(most + 1) if size <= most else b""
    if size > most or len(text) > most:
        raise OSError(errno.EFBIG, f"is larger than the {most} bytes that are read", str(path))
    return text
