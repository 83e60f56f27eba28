"""How near to failing every instance came, and not the worst one alone: numbers for the file, a drawing.

Of a bound the distance from being attained, as a share of the larger number (its slack); of an equality the
gap as a multiple of what rounding may do to it, as in `refute.report.margin`.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from refute.report.plot_csv import data_link
from refute.report.records.audit import PartRecord
from refute.report.text import number
from refute.statement.comparison import Comparison, Relation

MOST = 41
"""Instances of a part that the file keeps: all, or so many evenly spread by rank."""
_DIGITS = 4
_EDGE, _LEFT, _RIGHT = 40.0, 84.0, 612.0
_NAMES, _ROW, _FOOT = 14.0, 40.0, 44.0
_WIDTH = 640
_FLOOR = -18
"""Powers of ten below which a distance is drawn as none."""
_LOW, _HIGH = 3.0, 10.0
"""How far a mark reaches up and down: for one instance, and for as many as a part can have."""
_AXES = {
    False: "distance from being attained, a share of the larger number",
    True: "gap, in units of its rounding",
}


def margins(compared: Iterable[Comparison]) -> tuple[float, ...]:
    """The margins of one part on all instances, ascending; MOST of them at most, to four digits.

    An equality of which nothing may be rounded has the margin 0 where it holds, and none where it does not.
    """
    found = sorted(filter(math.isfinite, map(_margin, compared)))
    if len(found) > MOST:
        ranks = np.unique(np.linspace(0, len(found) - 1, MOST).round().astype(int))
        found = [found[rank] for rank in ranks]
    return tuple(float(f"{value:.{_DIGITS}g}") for value in found)


def by_part(compared: Iterable[Comparison]) -> Mapping[str, list[Comparison]]:
    """The comparisons of a claim by the part of its statement."""
    found: dict[str, list[Comparison]] = {}
    for one in compared:
        found.setdefault(one.label, []).append(one)
    return found


def _margin(one: Comparison) -> float:
    if one.relation is not Relation.EQUAL:
        return one.slack
    gap = abs(one.measured - one.bound)
    if gap == 0:
        return 0.0
    return gap / one.rounding if one.rounding > 0 else math.inf


def drawing(parts: Sequence[PartRecord]) -> str:
    """A strip for each part on logarithmic axes; bounds first, then equalities.

    A mark stands wherever instances lie, the longer the more of them lie there; at the left edge those at 0
    or past the bound. All marks of a part are one path, because pages have thousands. Empty where an audit of
    an earlier version kept no margins.
    """
    groups = [(equal, [part for part in parts if _drawn(part, equal)]) for equal in (False, True)]
    return "".join(_panel(members, equal) for equal, members in groups if members)


def csv_link(parts: Sequence[PartRecord]) -> str:
    """The numbers of the drawing as the address of a link: columns part, unit, margin."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["part", "unit", "margin"])
    for part in parts:
        unit = "roundings" if part.relation is Relation.EQUAL else "share"
        writer.writerows([part.label, unit, repr(value)] for value in part.margins)
    return data_link(out.getvalue())


def _drawn(part: PartRecord, equal: bool) -> bool:
    return bool(part.margins) and (part.relation is Relation.EQUAL) == equal


def _panel(parts: Sequence[PartRecord], equal: bool) -> str:
    low, high = _decades([value for part in parts for value in part.margins])
    height = _ROW * len(parts) + _FOOT
    rows = "".join(_strip(part, at, low, high) for at, part in enumerate(parts))
    step = max(1, math.ceil((high - low) / 8))
    ticks = "".join(_tick(power, low, high, height) for power in range(high, low - 1, -step))
    words = f"{_AXES[equal]}: " + "; ".join(map(_words, parts))
    edge = _text(_EDGE, height - 26, "0" if equal else "≤ 0")
    axis = _text((_LEFT + _RIGHT) / 2, height - 6, _AXES[equal])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="spread" viewBox="0 0 {_WIDTH} {height:g}" '
        f'role="img" aria-label="{escape(words)}">{ticks}{edge}{rows}{axis}</svg>'
    )


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:g}" text-anchor="middle">{words}</text>'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Powers of ten around the positive values, at least one decade apart, none below the floor."""
    powers = [math.log10(value) for value in values if value > 0]
    low = max(_FLOOR, math.floor(min(powers, default=-1)))
    high = max(low + 1, math.ceil(max(powers, default=0)))
    return low, high


def _place(value: float, low: int, high: int) -> float:
    """Where a margin stands across; what is not above the lowest power stands at the left edge."""
    power = math.log10(value) if value > 0 else -math.inf
    if power < low:
        return _EDGE
    return _LEFT + (_RIGHT - _LEFT) * (power - low) / (high - low)


def _strip(part: PartRecord, at: int, low: int, high: int) -> str:
    y = at * _ROW + _NAMES + 14
    name = f'<text x="0" y="{at * _ROW + _NAMES:g}" class="part">{escape(_short(part.label))}</text>'
    marks = _marks([_place(value, low, high) for value in part.margins])
    middle = _place(part.margins[len(part.margins) // 2], low, high)
    median = f'<line x1="{middle:.0f}" x2="{middle:.0f}" y1="-12" y2="12" class="median"/>'
    rail = f'<line x1="{_EDGE:g}" x2="{_RIGHT:g}" class="rail"/>'
    return f'{name}<g transform="translate(0,{y:g})">{rail}<path d="{marks}"/>{median}</g>'


def _marks(places: Sequence[float]) -> str:
    """The outline of all marks of a part: a stroke for each place, as long as its share of MOST."""
    found = Counter(round(place) for place in places)
    more = (_HIGH - _LOW) / (MOST - 1)
    reach = {place: round(_LOW + more * min(many - 1, MOST - 1), 1) for place, many in found.items()}
    return "".join(f"M{place} {-up:.1f}v{2 * up:.1f}" for place, up in sorted(reach.items()))


def _tick(power: int, low: int, high: int, height: float) -> str:
    x = _place(10.0**power, low, high) if power > low else _LEFT
    name = f'10<tspan dy="-5" font-size="8">{power}</tspan>' if power else "1"
    line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_NAMES:g}" y2="{height - 38:g}" class="rail"/>'
    return line + _text(x, height - 26, name)


def _short(label: str) -> str:
    return label if len(label) <= 96 else f"{label[:95]}…"


def _words(part: PartRecord) -> str:
    """The strip of a part for those who cannot see it."""
    equal = part.relation is Relation.EQUAL
    least, middle, most = (part.margins[at] for at in (0, len(part.margins) // 2, -1))
    nearest, farthest = (most, least) if equal else (least, most)
    told = ", ".join(
        f"{name} {number(value, 2)}"
        for name, value in (("nearest", nearest), ("median", middle), ("farthest", farthest))
    )
    return f"{part.label}, {part.judged} instances, {told}"
