"""Errors of the kind that authors and maintainers make, planted one at a time, and who notices.

benchmarks/plants.py and held_back_plants.py have the errors. Each is planted in a copy of the tree under the
temporary folder; then a quick audit of the claims that it touches runs there, or their false siblings, and
the tests that mirror the file. An audit notices if it is refused, if a claim does not pass or if a control is
not as it must be; siblings notice if one of them lives; tests notice if one of them fails. First comes a
control run without an error: it must be silent. An error whose place is no longer found once in its file is
told, and fails the command.

    python benchmarks/planted_errors.py [NAME ...] [--workers 2] [--without-tests]

docs/planted-errors.md has the table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from held_back_plants import HELD_BACK
from plants import PLANTS, Plant

ROOT = Path(__file__).resolve().parent.parent
# Many times what the slowest of them takes alone; one that lasts longer has noticed nothing.
SECONDS = 900.0
"""The limit of one command."""
UNNEEDED = (".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "audit-report", ".refute")
PASSES = ("PROVED", "SUPPORTED")


@dataclass(frozen=True)
class Noticed:
    """What was said of one error: by a quick audit, by the false siblings and by the tests; "" is silence."""

    audit: str
    siblings: str
    tests: str

    @property
    def caught(self) -> bool:
        """By what a user runs, whatever the tests say."""
        return bool(self.audit or self.siblings)


def planted(plant: Plant, tree: Path) -> None:
    """Plant an error in a copy. Raises ValueError if its place is not found exactly once."""
    for old, new in plant.changes:
        path = tree / plant.file
        source = path.read_text(encoding="utf-8")
        if source.count(old) != 1:
            raise ValueError(f"{plant.name}: {plant.file} has {source.count(old)} places like {old!r}")
        path.write_text(source.replace(old, new), encoding="utf-8")


def command(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy, with one thread and nothing of this tree on its path."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def by_audit(tree: Path, claims: Sequence[str]) -> str:
    """What a quick audit of the claims says, "" if they all pass."""
    told = tree / "audit.json"
    done = command(tree, "-m", "refute.cli", "run", *claims, "--ledger", "none", "--json", str(told))
    if not told.exists():
        return f"exit {done.returncode}: {last_line(done.stderr)}"
    audit = json.loads(told.read_text(encoding="utf-8"))
    open_ = [f"{c['id']} {c['verdict']}" for c in audit["claims"] if c["verdict"] not in PASSES]
    controls = [f"control {c['name']!r}" for c in audit["controls"] if c["wrong"]]
    return ", ".join(open_ + controls)


def by_siblings(tree: Path, claims: Sequence[str]) -> str:
    """Which false siblings of the claims live, "" if they all fall."""
    told = tree / "siblings.json"
    done = command(tree, "-m", "refute.cli", "siblings", *claims, "--json", str(told))
    if not told.exists():
        return f"exit {done.returncode}: {last_line(done.stderr)}"
    claimed = json.loads(told.read_text(encoding="utf-8"))["claims"]
    alive = [f"{c['id']}~{s['name']}" for c in claimed for s in c["siblings"] if s["verdict"] != "REFUTED"]
    return ", ".join(alive)


def by_tests(tree: Path, tests: Sequence[str]) -> str:
    """The first test that fails, "" if none does."""
    if not tests:
        return ""
    done = command(tree, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "" if done.returncode == 0 else (failed or [f"exit {done.returncode}"])[0].split(" - ")[0]


def last_line(text: str) -> str:
    """The last line that says something, cut to what a table holds."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else ""


def noticed(plant: Plant, with_tests: bool) -> Noticed:
    """Plant an error in a copy of its own and ask all three."""
    folder = Path(tempfile.mkdtemp(prefix="planted-"))
    try:
        tree = folder / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*UNNEEDED))
        planted(plant, tree)
        audit = by_audit(tree, plant.claims)
        siblings = "" if audit else by_siblings(tree, plant.claims)
        return Noticed(audit, siblings, by_tests(tree, plant.tests) if with_tests else "not run")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def row(plant: Plant, said: Noticed) -> str:
    """One line of the table."""
    cells = (plant.name, said.audit or "silent", said.siblings or ("" if said.audit else "silent"))
    return " | ".join(("", *cells, said.tests or "silent", "")).strip()


def main() -> int:
    """Print the table; 1 if an error passes by what a user runs, or the control run is not silent."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--without-tests", action="store_true")
    args = parser.parse_args()
    chosen = [plant for plant in (*PLANTS, *HELD_BACK) if not args.names or plant.name in args.names]
    claims = tuple(sorted({claim for plant in chosen for claim in plant.claims}))
    tests = tuple(sorted({test for plant in chosen for test in plant.tests}))
    nothing = Plant("nothing (control run)", "README.md", (), claims, tests)
    print("| planted | a quick audit says | false siblings that live | the tests say |")
    print("| --- | --- | --- | --- |")
    missed = []
    with ThreadPoolExecutor(args.workers) as pool:
        asked = partial(noticed, with_tests=not args.without_tests)
        for plant, said in zip([nothing, *chosen], pool.map(asked, [nothing, *chosen]), strict=True):
            print(row(plant, said), flush=True)
            if said.caught is (plant is nothing):
                missed.append(plant.name)
    print(f"\n{len(chosen) - len(missed)} of {len(chosen)} are caught by what a user runs.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
