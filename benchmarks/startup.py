"""How quick the command line answers, as multiples of an interpreter that does nothing.

    python benchmarks/startup.py [--rounds 15]

Whole processes, in turn, in the folder of the paper: `python -c pass`, `refute --help`, `refute list` with
the contents remembered, and `refute list` after they were forgotten, which imports the paper. The median of
each is printed in seconds and as a multiple of the first.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEMORY = ROOT / ".refute" / "contents.json"


@dataclass(frozen=True)
class Command:
    """A command line, and what is done before each of its runs, untimed."""

    name: str
    arguments: tuple[str, ...]
    before: Callable[[], None] = lambda: None


COMMANDS = (
    Command("python -c pass", ("-c", "pass")),
    Command("refute --help", ("-m", "refute.cli", "--help")),
    Command("refute list, remembered", ("-m", "refute.cli", "list")),
    Command("refute list, first", ("-m", "refute.cli", "list"), lambda: MEMORY.unlink(missing_ok=True)),
)


def seconds(command: Command) -> float:
    """The time of one whole process."""
    command.before()
    begun = time.perf_counter()
    subprocess.run([sys.executable, *command.arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def medians(rounds: int) -> dict[str, float]:
    """The median of each command over rounds in which all take their turn; a first round is not counted."""
    taken: dict[str, list[float]] = {command.name: [] for command in COMMANDS}
    for number in range(rounds + 1):
        for command in reversed(COMMANDS):  # the one that remembers follows the one that forgets
            found = seconds(command)
            if number > 0:
                taken[command.name].append(found)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="How quick the command line answers.")
    parser.add_argument("--rounds", type=int, default=15)
    found = medians(parser.parse_args().rounds)
    base = found[COMMANDS[0].name]
    for name, median in found.items():
        print(f"{name:<26} {median:7.3f} s {median / base:7.1f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
