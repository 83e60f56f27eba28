"""What only a GPU can show, as one prepared run: the device tests, the agreement matrix, an audit on the GPU.

    python benchmarks/on_gpu.py [--minutes 8] [--out gpu-report]     (make gpu)

The parts run one after the other, each to its end or to its share of the time; a part that was cut off or
failed is named so, and never counted as passed. Writes OUT/gpu.md, the table with the device, and beside it
what each part printed. Exit code 2 where torch sees no CUDA device: nothing was run, and nothing is written;
1 if a part failed or was cut off.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from refute.basics.files import write_atomically


@dataclass(frozen=True)
class Part:
    """A command line of this Python, what it shows, and its share of the time."""

    name: str
    shows: str
    arguments: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Outcome:
    """How a part ended: its exit code, None where its time was over, the seconds, and what it printed."""

    part: Part
    code: int | None
    seconds: float
    printed: str

    @property
    def word(self) -> str:
        """One word for the table."""
        return "cut off" if self.code is None else "passed" if self.code == 0 else f"failed ({self.code})"


def parts(out: Path) -> tuple[Part, ...]:
    """In the order in which they matter, so that what is cut off matters least."""
    refute = ("-m", "refute.cli", "run", "--ledger", "none")
    return (
        Part(
            "device tests",
            "models/ computes on the GPU what it computes on the CPU",
            (
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "tests/models",
                "--device",
                "cuda",
                "-k",
                "cuda",
            ),
            0.3,
        ),
        Part(
            "agreement",
            "the same instances are judged alike in float32, on two threads and on the GPU",
            (*refute, "--agreement", "--device", "cpu", "--json", str(out / "agreement.json")),
            0.4,
        ),
        Part(
            "audit on the GPU",
            "the verdicts of a quick audit whose runs are trained on the GPU",
            (*refute, "--device", "cuda", "--json", str(out / "audit.json")),
            0.3,
        ),
    )


def ended(part: Part, seconds: float) -> Outcome:
    """Run a part for at most so many seconds."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            (sys.executable, *part.arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
        code, printed = done.returncode, done.stdout
    except subprocess.TimeoutExpired as over:
        code, printed = None, over.stdout or b""
    return Outcome(part, code, time.monotonic() - start, printed.decode("utf-8", "replace"))


def table(outcomes: Sequence[Outcome], device: str) -> str:
    """The outcomes as Markdown."""
    rows = [f"| {one.part.name} | {one.part.shows} | {one.word} | {one.seconds:.0f} |" for one in outcomes]
    head = ["| part | shows | outcome | seconds |", "| --- | --- | --- | --- |"]
    return "\n".join([f"# On {device}, torch {torch.__version__}", "", *head, *rows, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all parts, each within what its share and what was left over by those before allow."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--out", type=Path, default=Path("gpu-report"), metavar="DIR")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        print("torch sees no CUDA device here: nothing was run", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    left = 60 * options.minutes
    waiting = 1.0
    outcomes = []
    for part in parts(options.out):
        outcomes.append(ended(part, left * part.share / waiting))
        left -= outcomes[-1].seconds
        waiting -= part.share
        print(f"{part.name}: {outcomes[-1].word}, {outcomes[-1].seconds:.0f} s", flush=True)
        write_atomically(options.out / f"{part.name.replace(' ', '-')}.txt", outcomes[-1].printed)
    write_atomically(options.out / "gpu.md", table(outcomes, torch.cuda.get_device_name()))
    return 0 if all(one.code == 0 for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
