"""Which sizes and structures the search of every claim draws, and what an audit of it costs.

Audits each claim alone, in one process, and looks at the instances that met the premise: how many samples n,
dimensions d and neurons m they have, in how many n = 1 and m <= 8, and how many belong to each class that the
claim declares. A width that an instance does not hold (it follows from the data, or from a law) is not shown.
Exit code 1 if a claim does not pass.

    python benchmarks/search_sizes.py [ID ...] [--profile quick] [--seed 0] [--classes]

Quick takes two minutes on one core, deep a quarter of an hour. docs/search.md has the tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from refute import Compute, Instance
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.inputs.registry import discover

ROOT = Path(__file__).resolve().parent.parent
NARROW = 8
"""Neurons that a network may have and still count as narrow."""
HEADINGS = ("claim", "verdict", "met", "n", "n = 1", "d", "m", "m <= 8", "classes", "fewest", "seconds")
PASSES = (Verdict.PROVED, Verdict.SUPPORTED)


@dataclass(frozen=True)
class Size:
    """Samples, dimensions and neurons of one instance; None where it does not say."""

    n: int | None
    d: int | None
    m: int | None


def size_of(instance: Instance) -> Size:
    """The size of an instance, by the letters of the paper: X and Y (d, n), W (m, d), m, n and d."""
    fields = instance.fields
    data = next((fields[name] for name in ("X", "Y") if np.ndim(fields.get(name)) == 2), None)
    rows, columns = (None, None) if data is None else np.shape(data)
    width = fields.get("m")
    if width is None and "W" in fields:
        width = len(np.asarray(fields["W"]))
    return Size(_whole(fields.get("n", columns)), _whole(fields.get("d", rows)), _whole(width))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def span(values: Sequence[int]) -> str:
    """The least and the largest value, "" of none."""
    if not values:
        return ""
    return f"{min(values)}" if min(values) == max(values) else f"{min(values)} to {max(values)}"


def share(values: Sequence[int], most: int) -> str:
    """How many of the values are at most `most`; "" of none, and of those that are so by declaration."""
    if not values or max(values) <= most:
        return ""
    return f"{sum(value <= most for value in values) / len(values):.0%}"


def row(result: Result) -> tuple[str, ...]:
    """The cells of one claim."""
    met = [size_of(instance) for instance, judgement in result.judged if judgement.unmet is None]
    n = [size.n for size in met if size.n is not None]
    d = [size.d for size in met if size.d is not None]
    m = [size.m for size in met if size.m is not None]
    fewest = min(result.classes.items(), key=lambda one: one[1], default=("", 0))
    return (
        result.claim.id,
        str(result.verdict),
        str(len(met)),
        span(n),
        share(n, 1),
        span(d),
        span(m),
        share(m, NARROW),
        str(len(result.classes)),
        f"{fewest[0]}: {fewest[1]}" if result.classes else "",
        f"{result.seconds:.1f}",
    )


def line(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def structures(result: Result) -> str:
    """The classes of a claim with the number of instances in each that met the premise."""
    return f"- {result.claim.id}: " + ", ".join(f"{name} {count}" for name, count in result.classes.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; one line for a claim as soon as it is audited."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="quick")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--classes", action="store_true", help="below the table, every class with its number")
    options = parser.parse_args(arguments)
    book = discover(ROOT)
    claims = book.find(options.ids) if options.ids else book.claims
    print(line(HEADINGS), line(["---"] * len(HEADINGS)), sep="\n")
    results = []
    for claim in claims:
        results.append(audit_claim(claim, PROFILES[options.profile], options.seed, Compute()))
        print(line(row(results[-1])), flush=True)
    print(f"\nSeconds in all: {sum(result.seconds for result in results):.0f}.")
    if options.classes:
        print("", *map(structures, results), sep="\n")
    return 0 if all(result.verdict in PASSES for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
