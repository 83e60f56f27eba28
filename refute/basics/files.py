"""Files that are there whole or not at all: the one place where the instrument replaces a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from refute.basics.errors import InputError


def write_atomically(path: Path, text: str) -> Path:
    """Write a file through a temporary one beside it, in UTF-8, and return its path; folders are created.

    A link is followed. What is there and no plain file (a device, a pipe) is written to and never replaced.
    Raises OSError, and then a plain file is what it was.
    """
    target = path.resolve()
    if target.exists() and not target.is_file() and not target.is_dir():
        target.write_text(text, encoding="utf-8")
        return path
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=target.parent, suffix=".part", delete=False, encoding="utf-8") as part:
        try:
            part.write(text)
            part.close()
            os.chmod(part.name, 0o644)
            os.replace(part.name, target)
        except BaseException:
            os.unlink(part.name)
            raise
    return path


def write_json(path: Path, data: Any) -> Path:
    """Write JSON, as `write_atomically` does. Raises ValueError for a number that is not finite."""
    return write_atomically(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def check_writable(path: Path | None) -> None:
    """Find out before the work that its result could not be written; None is written nowhere.

    Raises InputError.
    """
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder, and a file is to be written there")
    above = (path.absolute().parent, *path.absolute().parent.parents)
    parent = next(folder for folder in above if folder.exists())
    if not parent.is_dir():
        raise InputError(f"{parent} is not a folder, so {path} cannot be written")
    if not os.access(parent, os.W_OK):
        raise InputError(f"{parent} cannot be written to")
