"""What can go wrong for a user: errors whose message is one line, and the exit codes they lead to."""

from __future__ import annotations

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


class SweepError(RefuteError):
    """A sweep that cannot go on."""

    exit_code = FAILED


def one_line(error: BaseException) -> str:
    """The type of an error and what it says, as one line whatever line breaks that had."""
    return " ".join(f"{type(error).__name__}: {error}".split())
