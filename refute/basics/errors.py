"""What can go wrong for a user: errors whose message is one line, and the exit codes they lead to."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from refute.basics.streams import visible

REFUTED = 1
"""Something was refuted, and nothing else."""
USAGE = 2
"""Usage or input: one clear line on stderr, nothing written."""
FAILED = 3
"""An error in a claim, or in what computes for it."""
INTERRUPTED = 130
"""Ctrl-C; the evidence gathered so far is kept."""


class RefuteError(Exception):
    """The base of all errors that are told to the user in one line: what is wrong, where, what to do."""

    exit_code = USAGE


class InputError(RefuteError):
    """An argument, a file or a data set of the user that cannot be used."""


class PaperError(RefuteError):
    """The folder holds no paper, or a paper with a mistake."""


class WitnessError(RefuteError):
    """A witness file that cannot be replayed."""


class LedgerError(RefuteError):
    """A ledger, or another append-only file, that cannot be read or written."""


class AuditError(RefuteError):
    """An audit whose workers cannot go on."""

    exit_code = FAILED


class SweepError(RefuteError):
    """A sweep that cannot go on."""

    exit_code = FAILED


def one_line(error: BaseException) -> str:
    """The type of an error and what it says, as one line whatever line breaks that had."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def print_traceback(error: BaseException) -> None:
    """All that Python says of an error, on stderr."""
    import traceback

    print(visible("".join(traceback.format_exception(error))), end="", file=sys.stderr, flush=True)


def place_of(error: BaseException, otherwise: str = "") -> str:
    """The file and line at which the code of a paper raised an error, "claims/sums/s1_square_of_a_sum.py:40".

    That is the innermost frame outside of this package and of what is installed. If there is none, it is
    `otherwise`, and without that the innermost one. Files below the working directory are named from there.
    """
    import traceback  # here, because every command begins with this module

    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_from_here(error.filename)}:{error.lineno}"
    if not frames:
        return "no line known"
    own = [frame for frame in frames if not _is_ours(Path(frame.filename))]
    if otherwise and not own:
        return otherwise
    last = (own or list(frames))[-1]
    return f"{_from_here(last.filename)}:{last.lineno}"


def place_of_function(function: object) -> str:
    """The file and line at which the code of a paper defines a function; empty where that is not known."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None)
    return "" if code is None else f"{_from_here(code.co_filename)}:{code.co_firstlineno}"


def _is_ours(path: Path) -> bool:
    package = Path(__file__).parents[1]
    installed = "site-packages" in path.parts or str(path).startswith("<")
    return installed or path.is_relative_to(package) or path.is_relative_to(Path(os.__file__).parent)


def _from_here(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename
