"""What the paper assumes of samples, found of somebody's rows: A2 exactly, A3 with bounds, and widths."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

import numpy as np
import torch

from claims.appendix.directions import parallel_rows, unit_rows
from claims.appendix.kernel_minima import Minimum, distance, kernel_minima, with_separation
from claims.convergence.calibrated_law import law_from
from claims.preliminaries.explicit_width import sufficient_width
from models.kernels.closest_pair import ClosestPair, closest_pair
from models.networks.regime import REGIMES, Regime
from refute import DataFact, Table
from refute.numerics import Enclosure, gamma

LARGEST_TABLE = 4000
"""Rows beyond which kernels are not formed: they have as many rows, and so do their Cholesky factors."""
LARGEST_SOLVE = 200
"""Rows beyond which the sufficient widths are not solved for."""
FAILURE = 0.1
"""The widths hold with probability 1 - FAILURE."""
NAMED = 3
"""Groups of parallel rows, and rows of a group, that are named in words; the JSON file has all of them."""

Report = Callable[[str], None]
Widths = dict[Regime, float]


@dataclass(frozen=True)
class Findings:
    """What was found of the rows of a table.

    facts and numbers: for the report. apart: whether A2 holds, decided exactly. law: the widths of the
    conjectured law, by regime, and sufficient: the proved ones; empty unless the kernels show lambda_0 > 0.
    """

    facts: tuple[DataFact, ...]
    numbers: dict[str, Any]
    apart: bool
    lambda_0: Minimum
    law: Widths
    sufficient: Widths

    @property
    def positive(self) -> bool | None:
        """Whether lambda_0 > 0 (A3) is verified; None where no kernel was formed and nothing else tells."""
        return _positive(self.lambda_0, self.apart, self.numbers["rows"])


def _positive(lambda_0: Minimum, apart: bool, count: int) -> bool | None:
    """Whether lambda_0 > 0 by its enclosure, or by A2, which implies it (K6)."""
    if apart or lambda_0.value.lower > 0:
        return True
    return None if count > LARGEST_TABLE and lambda_0.value.upper > 0 else False


def findings(table: Table, prefix: str, device: str, report: Report) -> Findings:
    """A2, A3 and the widths of the rows of a table.

    prefix: what stands before the names of the facts. device: where all pairs are compared.
    """
    count = len(table.values)
    report(f"parallel rows among {count}")
    groups = parallel_rows(table.values)
    apart = _closest(table, groups, device, report)
    facts = [_separation(table, apart, groups, prefix)]
    numbers: dict[str, Any] = {
        "rows": count,
        "delta": apart.delta if math.isfinite(apart.delta) else None,
        "closest": [table.rows[apart.first], table.rows[apart.second]],
        "parallel": [[table.rows[row] for row in group] for group in groups],
    }
    minima = _minima(table, apart, not groups, report)
    facts += [_eigenvalue(prefix, name, minimum, table, not groups) for name, minimum in minima.items()]
    law, sufficient = _widths(table, minima)
    facts += [_width(prefix, regime, sufficient, law) for regime in law]
    numbers |= {name: {"lower": m.value.lower, "upper": m.value.upper} for name, m in minima.items()}
    numbers |= {f"sufficient_{regime}": _finite(width) for regime, width in sufficient.items()}
    numbers |= {f"law_{regime}": _finite(width) for regime, width in law.items()}
    return Findings(tuple(facts), numbers, not groups, minima["lambda_0"], law, sufficient)


def _minima(table: Table, apart: ClosestPair, separated: bool, report: Report) -> dict[str, Minimum]:
    """lambda_0, gamma_0 and kappa_0: from their kernels, or from delta(X) and the closest pair.

    No eigenvalue is above that of two rows alone, and K6 bounds it from below.
    """
    count = len(table.values)
    whole = count <= LARGEST_TABLE
    report(f"kernels of {count} rows" if whole else "kernels of the closest pair")
    rows = table.values if whole else table.values[[apart.first, apart.second]]
    minima = kernel_minima(np.ascontiguousarray(rows.T))
    if not whole:
        minima = {name: Minimum(Enclosure(0.0, max(m.value.upper, 0.0))) for name, m in minima.items()}
    # Twice the error: delta is off by one, and another pair may be closer by one.
    least = apart.delta * (1 - gamma(4)) - 2 * apart.error
    return with_separation(minima, count, least) if separated and least > 0 else minima


def _closest(table: Table, groups: Sequence[tuple[int, ...]], device: str, report: Report) -> ClosestPair:
    """The closest pair of rows: a parallel one, at 0, or the one that all pairs show."""
    count = len(table.values)
    if groups:
        first, second = groups[0][:2]
        return ClosestPair(0.0, first, second, _opposite(table, first, second), 0.0)

    def tell(share: float) -> None:
        report(f"pairs of {count} rows: {share:.0%}")

    units, _ = unit_rows(table.values)
    found = closest_pair(torch.from_numpy(units).to(device).mT, tell)
    return distance(table.values, found)


def _opposite(table: Table, first: int, second: int) -> bool:
    """Whether two parallel rows point against each other."""
    x, y = table.values[[first, second]]
    entry = int(np.argmax(x != 0))
    return bool(np.sign(x[entry]) != np.sign(y[entry]))


def _separation(table: Table, apart: ClosestPair, groups: Sequence[tuple[int, ...]], prefix: str) -> DataFact:
    name = f"{prefix}A2 no parallel rows"
    if groups:
        said = "; ".join(_together(table, group) for group in groups[:NAMED])
        more = f"; and {len(groups) - NAMED} more groups" if len(groups) > NAMED else ""
        return DataFact(name, f"delta(X) = 0: {said}{more}", False)
    sign = ", one against minus the other" if apart.antipodal else ""
    which = f"closest: {table.label(apart.first)} and {table.label(apart.second)}{sign}"
    value = f"= {apart.delta:.6g}" if apart.delta > 0 else "< 4.95e-324, but not 0"
    return DataFact(name, f"delta(X) {value} ({which})", True)


def _together(table: Table, group: tuple[int, ...]) -> str:
    """A group of parallel rows in words: which they are, and how they lie."""
    labels = [table.label(row) for row in group[:NAMED]]
    more = f" and {len(group) - NAMED} more" if len(group) > NAMED else ""
    named = ", ".join(labels) + more if more or len(labels) > 2 else " and ".join(labels)
    first, *others = (table.values[row] for row in group)
    if all((row == first).all() for row in others):
        return f"{named} are the same point"
    if all((row == -first).all() for row in others):
        return f"{named} are opposite points"
    return f"{named} are multiples of each other"


def _eigenvalue(prefix: str, name: str, minimum: Minimum, table: Table, apart: bool) -> DataFact:
    value = minimum.value
    low = digits(value.lower, ROUND_FLOOR)
    high = digits(value.upper, ROUND_CEILING)
    formed = len(table.values) <= LARGEST_TABLE
    unformed = f"kernels are formed of at most {LARGEST_TABLE} rows"
    if not value.lower > 0:
        sign = "not verified to be positive" if formed or not value.upper > 0 else unformed
        sign = "positive as A2 holds (K6), by how much is open" if apart else sign
        said = f"at most {high}, {sign}"
    elif minimum.how == "separation":
        why = "" if formed else f"; {unformed}"
        said = f"at most {high}, verified by delta(X) (K6) >= {low}{why}"
    else:
        how = " in balls" if minimum.how == "balls" else ""
        said = f"{value.middle:.6g}, verified{how} >= {low}"
    if name == "lambda_0":
        return DataFact(f"{prefix}A3 lambda_0 > 0", said, _positive(minimum, apart, len(table.values)))
    return DataFact(prefix + name, said)


def digits(value: float, rounding: str) -> str:
    """A number in six digits, rounded down or up: so a bound that is shown is a bound."""
    rounded = Context(prec=6, rounding=rounding).create_decimal_from_float(value)
    said = f"{float(rounded):.6g}"
    if Decimal(said) != rounded:
        said = f"{rounded:.6g}"  # subnormal numbers have fewer digits
    mantissa, mark, exponent = said.partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def _widths(table: Table, minima: dict[str, Minimum]) -> tuple[Widths, Widths]:
    """The widths of the law and the proved ones, by regime; none unless lambda_0 is verified."""
    n, d = table.values.shape
    lowest: Widths = {
        "weak": minima["lambda_0"].value.lower,
        "joint": minima["kappa_0"].value.lower,
    }
    if not lowest["weak"] > 0 or minima["lambda_0"].how == "separation":
        return {}, {}
    law = {regime: law_from(d, n, lowest[regime], regime) for regime in REGIMES}
    X = unit_columns(table)
    return law, {r: sufficient_width(X, FAILURE, r) for r in REGIMES} if n <= LARGEST_SOLVE else {}


def unit_columns(table: Table) -> np.ndarray:
    """X (d, n): the rows divided by their norms, as columns."""
    return np.ascontiguousarray(unit_rows(table.values)[0].T)


def _width(prefix: str, regime: Regime, sufficient: Widths, law: Widths) -> DataFact:
    proved = f"proved {_number(sufficient[regime])}, " if regime in sufficient else ""
    said = f"{proved}conjectured {_number(law[regime])} (probability {1 - FAILURE:g})"
    return DataFact(f"{prefix}width, {regime}", said)


def _number(value: float) -> str:
    if math.isinf(value):
        return "beyond 2^100"
    return f"{math.ceil(value)}" if value < 1e6 else digits(value, ROUND_CEILING)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
