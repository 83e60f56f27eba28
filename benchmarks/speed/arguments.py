"""The command line of the benchmarks, refused in one line before anything is measured."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.speed.child import versions
from benchmarks.speed.sizes import LeftOutError

GOALS = tuple(f"G{number}" for number in range(1, 13))
PARTS = (*GOALS, "certificate", "growth", "early")
LARGE = {"G8", "G10"}


@dataclass(frozen=True)
class Asked:
    """What to measure. versions: of the rivals, by library."""

    full: bool
    rounds: int
    threads: tuple[int, ...]
    json: Path
    only: frozenset[str]
    neural_tangents: str | None
    curvlinops: str | None
    versions: dict[str, dict[str, str]]

    def wants(self, part: str) -> bool:
        """Whether a part of the report is asked for."""
        return not self.only or part in self.only


def parse(argv: Sequence[str] | None = None) -> Asked:
    """The arguments; a mistake ends the program with status 2 and one line."""
    parser = _parser()
    asked = parser.parse_args(argv)
    only = frozenset(filter(None, asked.only.split(",")))
    if unknown := sorted(only - set(PARTS)):
        parser.error(f"--only: there is no {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    if (large := sorted(only & LARGE)) and not asked.full:
        parser.error(f"--only: {', '.join(large)} needs --full and 16 GiB of memory")
    _require_writable(parser, asked.json)
    rivals = {"neural-tangents": asked.neural_tangents, "curvlinops": asked.curvlinops}
    try:
        found = {library: versions(python, library) for library, python in rivals.items() if python}
    except LeftOutError as error:
        parser.error(str(error))
    own = (asked.full, asked.rounds, tuple(asked.threads), asked.json, only)
    return Asked(*own, asked.neural_tangents, asked.curvlinops, found)


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> Parser:
    parser = Parser(prog="python -m benchmarks.speed", description="How fast, side by side.")
    parser.add_argument("--full", action="store_true", help="the large kernels too (G8, G10; needs 16 GiB)")
    parser.add_argument("--rounds", type=_positive, default=7, metavar="N")
    parser.add_argument("--threads", type=_threads, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--only", default="", metavar="GOALS", help="for instance G8,G9 or growth")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE")
    help_of = "a python that has {}, to be timed as well"
    parser.add_argument(
        "--neural-tangents", metavar="PYTHON", help=help_of.format("neural-tangents (G8, G9)")
    )
    parser.add_argument("--curvlinops", metavar="PYTHON", help=help_of.format("curvlinops (G11)"))
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _threads(text: str) -> int:
    number = _positive(text)
    most = len(os.sched_getaffinity(0))
    if number > most:
        raise argparse.ArgumentTypeError(f"{number} threads on {most} processors would measure the waiting")
    return number


def _require_writable(parser: Parser, path: Path) -> None:
    """Open the file for appending, which leaves an older report as it is until there is a new one."""
    existed = path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        parser.error(f"--json: cannot write {path}: {error.strerror}")
    if not existed:
        path.unlink()
