"""Files that are there whole or not at all: the one place where the instrument replaces a file."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import time
import uuid
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from refute.basics.errors import InputError

PATIENCE = 30.0
"""Seconds to wait for somebody to read from a pipe: a reader may start after the work has ended."""


def write_atomically(path: Path, text: str) -> Path:
    """Write a file through a temporary one beside it, in UTF-8, and return its path; folders are created.

    A link is followed. What is there and no plain file (a device, a pipe) is written to and never replaced,
    and so is the file that stdout or stderr goes to: `/dev/stdout` may be one. Raises OSError, and then a
    plain file is what it was.
    """
    data = text.encode("utf-8", "backslashreplace")
    number = _stream_at(path)
    if number is not None:
        _through(number, data)
    elif _is_special(path):
        sys.stdout.flush()  # which may be the same pipe
        _pour(path, data)
    else:
        _replace(Path(os.path.realpath(path)), data)
    return path


def write_json(path: Path, data: Any) -> Path:
    """Write JSON, as `write_atomically` does. Raises ValueError for a number that is not finite."""
    return write_atomically(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def check_writable(path: Path | None) -> None:
    """Find out before the work that its result could not be written; None is written nowhere.

    Nothing is left behind, and a pipe is not opened: its reader would see it end. Raises InputError.
    """
    if path is None or _stream_at(path) is not None:
        return
    try:
        _try(path)
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else path
        raise InputError(f"{where} cannot be written: {error.strerror or error}") from None


def _try(path: Path) -> None:
    """Do all that writing would do first. Raises InputError and OSError."""
    if path.is_dir():
        raise InputError(f"{path} is a folder, and a file is to be written there")
    target = Path(os.path.realpath(path))
    _refuse_loop(target)
    if os.path.lexists(path) and path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if _is_special(path):
        return
    parent = next(folder for folder in target.parents if os.path.lexists(folder))
    if not parent.is_dir():
        raise InputError(f"{parent} is not a folder, so {path} cannot be written")
    try:
        with TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise InputError(f"{parent} cannot be written to: {error.strerror or error}") from None
    if len(os.fsencode(target.name)) > os.pathconf(parent, "PC_NAME_MAX"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(path))


def _is_special(path: Path) -> bool:
    """Whether there is a device, a pipe or a socket, which must never be replaced."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _stream_at(path: Path) -> int | None:
    """1 or 2 if this is the plain file that stdout or stderr goes to; a new one would part from it."""
    try:
        there = os.stat(path)
        found = [number for number in (1, 2) if os.path.samestat(there, os.fstat(number))]
    except OSError:
        return None
    return found[0] if found and stat.S_ISREG(there.st_mode) else None


def _through(number: int, data: bytes) -> None:
    (sys.stdout if number == 1 else sys.stderr).flush()
    with open(os.dup(number), "wb", buffering=0) as file:
        _write_all(file.fileno(), data)


def _pour(path: Path, data: bytes) -> None:
    """Write to a device or into a pipe, once somebody reads from that."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            number = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            break
        except OSError as error:
            if error.errno != errno.ENXIO or not path.is_fifo():
                raise
            if time.monotonic() > deadline:
                raise OSError(error.errno, "nobody reads from this pipe", str(path)) from None
        time.sleep(0.05)
    os.set_blocking(number, True)
    try:
        _write_all(number, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        os.close(number)


def _replace(target: Path, data: bytes) -> None:
    _refuse_loop(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{uuid.uuid4().hex}.part")
    try:
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            _write_all(number, data)
            if target.exists():
                os.chmod(part, stat.S_IMODE(target.stat().st_mode))
            os.fsync(number)
        finally:
            os.close(number)
        os.replace(part, target)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):  # the user knows nothing of the part
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise


def _write_all(number: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]


def _refuse_loop(target: Path) -> None:
    """What is a link although all links were followed leads to itself. Raises OSError."""
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
