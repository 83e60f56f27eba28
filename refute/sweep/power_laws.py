"""How thresholds grow with the sizes of their cells: m* = c n^a d^b ..., fitted twice, by unlike means.

(a) From brackets alone (refute/sweep/bracket_fit.py). If all brackets hold and a power law holds exactly,

    log low <= log c + a log n + b log d + ... <= log high

in every cell; linear programs give the least and the largest value of each exponent, right at once with the
probability of the brackets. Where no power law passes through all brackets it is rejected, and `miss` is the
factor by which the best one misses.
(b) From the shape (refute/sweep/shape_fit.py). Thresholds of logistic curves (refute/sweep/logistic.py) are
regressed on the sizes; a parametric bootstrap of the outcomes gives the intervals, widened where the cells
scatter around the power law more than their outcomes explain. Narrower than (a), and as good as its model; it
takes the numbers of trials, which the search chose, as given.
Both are also given for m* / log n, and so on: over a finite range a logarithm looks like a power, and no
finite range establishes the power of an asymptotic law.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from refute.statement.sweep import Sweep
from refute.sweep.batches import Threshold
from refute.sweep.bracket_fit import BracketFit, Interval, bracket_fit
from refute.sweep.shape_fit import Shape, ShapeFit, shape, shape_fit

ALL = "all cells"


def fits(sweep: Sweep, found: Sequence[Threshold], seed: int) -> list[dict[str, Any]]:
    """Both fits of every arm, criterion and share: of each family of cells, and of all cells together.

    A family shares the words of its cells' keys, and is fitted against the sizes that its keys name; all
    cells together against all sizes. Left out are open cells, sizes that do not vary and groups of two cells.
    JSON-ready: an open end of an interval is null.
    """
    groups: dict[tuple[str, str, str, float], list[Threshold]] = {}
    for one in found:
        if one.low == 0 and math.isinf(one.high):
            continue
        for family in (family_of(one), ALL):
            groups.setdefault((family, one.arm, one.criterion, one.share), []).append(one)
    fitted = []
    for (family, arm, criterion, share), members in groups.items():
        if len({group[0] for group in groups}) <= 2 and family == ALL:
            continue
        sizes = [sweep.sizes(member.cell) for member in members]
        named = [set(member.cell.key) for member in members]
        names = [
            name
            for name in sizes[0]
            if len({size[name] for size in sizes}) > 1
            and (family == ALL or all(name in keys for keys in named))
        ]
        if not names or len(members) <= 2:
            continue
        table = np.array([[size[name] for name in names] for size in sizes])
        seen = shape(members, _generator(f"{seed}/{family}/{arm}/{criterion}/{share}"))
        for factor in (None, *names):
            law = _law(table, names, members, factor, seen)
            if law:
                head = {"family": family, "arm": arm, "criterion": criterion, "share": share}
                fitted.append({**head, "cells": len(members), "log_factor": factor, **law})
    return fitted


def family_of(one: Threshold) -> str:
    """The words of its cell's key."""
    return ", ".join(str(value) for value in one.cell.key.values() if isinstance(value, str))


def _law(
    table: np.ndarray,
    names: Sequence[str],
    found: Sequence[Threshold],
    factor: str | None,
    seen: Shape | None,
) -> dict[str, Any]:
    """Both fits of m*, or of m* / log(factor); empty where that logarithm is not positive for every cell."""
    offset = np.zeros(len(table))
    if factor is not None:
        sizes = table[:, names.index(factor)]
        if not (sizes > 1).all():
            return {}
        offset = np.log(np.log(sizes))
    low = np.array([one.low for one in found]) * np.exp(-offset)
    high = np.array([one.high for one in found]) * np.exp(-offset)
    a = bracket_fit(np.log(table), low, high)
    b = shape_fit(np.log(table), seen, offset)
    exponents = [
        {
            "size": name,
            "brackets": _ends(a.intervals[k]) if a.intervals else None,
            "middle": a.middle[k],
            "shape": _ends(b.intervals[k]) if b else None,
            "estimate": b.middle[k] if b else None,
        }
        for k, name in enumerate(names)
    ]
    return {
        "exponents": exponents,
        "rejected": not a.intervals,
        "miss": a.miss,
        "constant": b.constant if b else a.constant,
        "scatter": b.scatter if b else None,
        "widened": b.widened if b else None,
        "agreement": agreement(a, b),
    }


def _generator(stream: str) -> np.random.Generator:
    digest = blake2b(stream.encode(), digest_size=16, person=b"refute-fits").digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


def _ends(interval: Interval) -> list[float | None]:
    return [round(end, 4) + 0.0 if math.isfinite(end) else None for end in interval]


def agreement(a: BracketFit, b: ShapeFit | None) -> str:
    """In words, whether both fits agree, and if not, why."""
    if b is None:
        return "too few closed brackets for the second fit"
    if not a.intervals:
        return (
            f"no power law passes through all brackets: the best misses one by a factor {a.miss:.3g}, and "
            f"the thresholds of the second fit scatter around theirs by a factor {b.scatter:.3g}"
        )
    pairs = zip(a.intervals, b.intervals, strict=True)
    if any(most < low or least > high for (low, high), (least, most) in pairs):
        return f"the intervals do not meet: thresholds scatter around the second by a factor {b.scatter:.3g}"
    return "the intervals of both fits meet"
