"""Mutation score of models/ and refute/: one small change at a time, and whether the mirrored tests notice.

benchmarks/mutants.py says what is changed and which tests see it; refute/report (templates) is left alone. A
seeded sample, spread over the files in proportion to their mutants, is run in copies of the tree under the
temporary folder; the tree itself is never touched. Each mutant sees only the tests of its module. It is
killed when they fail or cannot be collected. Outlasting the limit is no kill and counted by itself. First
comes a control run of every module of the sample without a mutant: it must pass, and it sets the limit.

    python benchmarks/mutation.py ROOM [IDENTIFIER ...] [--sample 100] [--seed 0] [--workers 2]

ROOM is models or refute. Identifiers run only those: path:number as printed, or a path for all of a file.
docs/mutation.md has the table.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import current_process, get_context
from pathlib import Path

import numpy as np
from mutants import TESTS, mutants, mutated

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = Path(tempfile.gettempdir()) / "mutation"
CONTROL_SECONDS = 600.0
"""A control run that lasts longer than this has failed."""
ANSWERS = ("killed", "survived", "out of time")
UNNEEDED = (".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "audit-report")
Mutant = tuple[Path, int]


@dataclass(frozen=True)
class Answer:
    """One of ANSWERS, and the seconds it took."""

    word: str
    seconds: float


def modules(room: str) -> list[Path]:
    """Modules of a room that have mutants, relative to the root."""
    paths = (p.relative_to(ROOT) for p in sorted((ROOT / room).rglob("*.py")))
    return [p for p in paths if "report" not in p.parts and mutants((ROOT / p).read_text())]


def sample(room: str, size: int, seed: int) -> list[Mutant]:
    """Mutants drawn without replacement; each file gets its share, rounded by largest remainder."""
    paths = modules(room)
    counts = np.array([len(mutants((ROOT / p).read_text())) for p in paths])
    shares = size * counts / counts.sum()
    taken = np.floor(shares).astype(int)
    taken[np.argsort(taken - shares, kind="stable")[: size - taken.sum()]] += 1
    generator = np.random.default_rng(seed)
    drawn = [sorted(generator.choice(n, t, replace=False)) for n, t in zip(counts, taken, strict=True)]
    return [(path, int(i)) for path, numbers in zip(paths, drawn, strict=True) for i in numbers]


def named(identifier: str) -> list[Mutant]:
    """The mutant path:number, or all mutants of a path."""
    path, colon, number = identifier.partition(":")
    if colon:
        return [(Path(path), int(number))]
    return [(Path(path), i) for i in range(len(mutants((ROOT / path).read_text())))]


def tests_of(path: Path) -> list[str]:
    """The test files that a module's mutants are shown to."""
    name = path.with_suffix("").as_posix()
    files = TESTS.get(name, (name,))
    return [f"tests/{room}/test_{stem}.py" for room, _, stem in (f.rpartition("/") for f in files)]


def in_child(tree: Path, tests: list[str]) -> None:
    """Run pytest in this forked process and end it; libraries were imported before, ours were not."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    log = os.open(tree / "log.txt", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(tree)
    os.environ["PYTHONPATH"] = str(tree)
    sys.path[:] = [str(tree), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    import pytest

    status = 1
    try:
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-n", "0", *tests])
    finally:
        os._exit(status)


def answer(tree: Path, tests: list[str], seconds: float) -> Answer:
    """What the tests in a copy of the tree say within a limit, and how long they take to say it."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        in_child(tree, tests)
    while (spent := time.monotonic() - start) < seconds:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return Answer("survived" if os.waitstatus_to_exitcode(status) == 0 else "killed", spent)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return Answer("out of time", seconds)


def own_copy() -> Path:
    """The copy of the tree that belongs to this worker, made on first use."""
    tree = SCRATCH / f"{os.getppid()}-{current_process().name}"
    if not tree.exists():
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*UNNEEDED))
    return tree


def control(path: Path) -> tuple[Path, float]:
    """The seconds that a module's tests take on its unchanged source, without its comments."""
    tree = own_copy()
    source = (ROOT / path).read_text()
    try:
        (tree / path).write_text(ast.unparse(ast.parse(source)))
        said = answer(tree, tests_of(path), CONTROL_SECONDS)
    finally:
        (tree / path).write_text(source)
    if said.word != "survived":
        print(f"without a mutant, the tests of {path}: {said.word}\n{(tree / 'log.txt').read_text()[-2000:]}")
        return path, -1.0
    return path, said.seconds


def run(mutant: Mutant, times: dict[Path, float]) -> str:
    """Write a mutant into this worker's copy, ask its tests, and put the original back."""
    path, number = mutant
    tree = own_copy()
    source = (ROOT / path).read_text()
    try:
        (tree / path).write_text(mutated(source, number))
        said = answer(tree, tests_of(path), 5 * times[path] + 20)
    finally:
        (tree / path).write_text(source)
    line, text, _ = mutants(source)[number]
    print(f"{said.word} {path}:{number} line {line}: {text}", flush=True)
    return said.word


def main() -> None:
    """Run a sample of a room, or the mutants named, and print the score."""
    parser = argparse.ArgumentParser(description="Mutation score of a room; the module says what it is.")
    parser.add_argument("room", choices=["models", "refute"])
    parser.add_argument("identifiers", nargs="*", metavar="IDENTIFIER")
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    import flint, jinja2, matplotlib.figure, rich.console, rich.table, scipy.stats, sympy, torch  # noqa: E401, F401, I001

    chosen = [m for i in args.identifiers for m in named(i)] or sample(args.room, args.sample, args.seed)
    paths = sorted({path for path, _ in chosen})
    missing = {test for path in paths for test in tests_of(path) if not (ROOT / test).exists()}
    if missing:
        sys.exit(f"no such tests, mend TESTS: {', '.join(sorted(missing))}")
    try:
        with ProcessPoolExecutor(
            args.workers, get_context("fork")
        ) as pool:  # no daemons: tests start processes
            times = dict(pool.map(control, paths))
            if min(times.values()) < 0:
                sys.exit("control run failed: some tests fail without a mutant, see above")
            said = Counter(pool.map(partial(run, times=times), chosen))
    finally:
        for tree in SCRATCH.glob(f"{os.getpid()}-*"):
            shutil.rmtree(tree)
    which = "as named" if args.identifiers else f"seed {args.seed}"
    total = sum(len(mutants((ROOT / path).read_text())) for path in modules(args.room))
    counts = ", ".join(f"{said[word]} {word}" for word in ANSWERS)
    print(f"{args.room}, {which}: {counts}; {len(chosen)} of {total} mutants")


if __name__ == "__main__":
    main()
