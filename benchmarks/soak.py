"""An hour of auditing in one process: does memory grow, is anything left behind?

    python benchmarks/soak.py [--minutes 60] [--profile quick] [--seed 100] [--keep DIR]

The whole paper is audited by `refute run` again and again, each time with the next seed, and after each audit
one line says what this process holds: memory, open files, threads, child processes, and what lies in its
folder of temporary files. The first audit warms up. Exit code 1 if after it memory grows by 5 % or more, if
files, threads, children or temporaries are more than after the first, or if an audit does not end with exit
code 0, which ends it all. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import io
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GROWTH = 0.05
"""The share by which memory may grow after the first audit."""
ALONE = ("--processes", "1", "--ledger", "none")
"""In this process, and nothing is kept."""
MIB = 1024.0
"""KiB in a MiB; the kernel reports KiB."""


@dataclass(frozen=True)
class Held:
    """What this process holds: resident memory in MiB, and numbers of what it has open."""

    memory: float
    files: int
    threads: int
    children: int
    temporaries: int


def held() -> Held:
    """What this process holds now, as the Linux kernel counts it.

    What Python and the C library keep for later use is given back first: how much that is depends on the
    order in which large arrays came and went, and not on how long the process has run.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    counts = {name: value.split() for name, _, value in (line.partition(":") for line in status)}
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8").split()
    return Held(
        memory=int(counts["VmRSS"][0]) / MIB,
        files=len(os.listdir("/proc/self/fd")),
        threads=int(counts["Threads"][0]),
        children=len(children),
        temporaries=len(os.listdir(tempfile.gettempdir())),
    )


def faults(first: Held, last: Held) -> list[str]:
    """What the last audit left that the first had not, in words."""
    growth = last.memory / first.memory - 1
    grown = [f"memory grew by {growth:.1%}"] if growth >= GROWTH else []
    names = ("files", "threads", "children", "temporaries")
    more = [f"{getattr(last, name) - getattr(first, name)} more {name}" for name in names]
    return grown + [
        text for name, text in zip(names, more, strict=True) if getattr(last, name) > getattr(first, name)
    ]


def audit(profile: str, seed: int, keep: Path | None) -> int:
    """One audit of the whole paper in this process; its exit code."""
    from refute.cli.main import main as refute

    written = [] if keep is None else ["--json", str(keep / f"{profile}-{seed}.json")]
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        return refute(["run", "--profile", profile, "--seed", str(seed), *ALONE, *written])


def soak(minutes: float, profile: str, seed: int, keep: Path | None) -> int:
    """Audit until the time is over; the exit code."""
    start = time.monotonic()
    print("| seed | exit code | minutes | MiB | files | threads | children | temporaries |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    seen: list[Held] = []
    codes: list[int] = []
    while not seen or (codes[-1] == 0 and time.monotonic() - start < 60 * minutes):
        codes.append(audit(profile, seed + len(seen), keep))
        now = held()
        seen.append(now)
        spent = (time.monotonic() - start) / 60
        counts = f"{now.files} | {now.threads} | {now.children} | {now.temporaries}"
        print(
            f"| {seed + len(seen) - 1} | {codes[-1]} | {spent:.1f} | {now.memory:.0f} | {counts} |",
            flush=True,
        )
    found = faults(seen[0], seen[-1])
    failed = sum(code != 0 for code in codes)
    growth = seen[-1].memory / seen[0].memory - 1
    left = "; ".join(found) or "nothing left"
    print(f"\n{len(seen)} audits, {failed} without exit code 0; memory {growth:+.1%}; {left}.")
    return 1 if found or failed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak in a folder of temporary files of its own, so that what is left there is ours."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--profile", choices=("quick", "ci", "deep"), default="quick")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write the JSON of every audit there")
    options = parser.parse_args(arguments)
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.environ["TMPDIR"] = folder
        tempfile.tempdir = folder
        return soak(options.minutes, options.profile, options.seed, options.keep)


if __name__ == "__main__":
    sys.exit(main())
