"""The pictures of a survey: heat maps of thresholds, and thresholds against sizes with laws and bounds."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from refute.report.records.survey import ExponentRecord, FitRecord
from refute.statement.plot import Axis, Plot, Series
from refute.statement.sweep import Sweep
from refute.sweep.batches import Threshold
from refute.sweep.power_laws import family_of

Fits = Sequence[FitRecord]


def plots(sweep: Sweep, found: Sequence[Threshold], fits: Fits) -> list[Plot]:
    """All pictures. A threshold is drawn at the geometric middle of its bracket, if both sides are closed."""
    groups: dict[tuple[str, str, float], list[Threshold]] = {}
    for one in found:
        if not one.censored:
            groups.setdefault((family_of(one), one.criterion, one.share), []).append(one)
    made: list[Plot] = []
    for members in groups.values():
        names = _varied(sweep, members)
        if len(names) == 2:
            made.append(_heat_map(sweep, members, names))
        made += [_slice(sweep, members, name, names, fits) for name in names]
    return made


def _varied(sweep: Sweep, members: Sequence[Threshold]) -> list[str]:
    """The sizes that the cells' keys name and that vary."""
    named = [name for name in sweep.sizes(members[0].cell) if name in members[0].cell.key]
    return [name for name in named if len({one.cell[name] for one in members}) > 1]


def _heat_map(sweep: Sweep, members: Sequence[Threshold], names: Sequence[str]) -> Plot:
    """A panel for each arm; of cells that share both sizes the geometric mean."""
    series = []
    for arm in sweep.arms:
        places: dict[tuple[float, float], list[float]] = {}
        for one in members:
            if one.arm == arm:
                at = _size(sweep, one, names[1]), _size(sweep, one, names[0])
                places.setdefault(at, []).append(math.log(_middle(one)))
        if places:
            x, y = zip(*sorted(places), strict=True)
            means = tuple(math.exp(math.fsum(logs) / len(logs)) for _, logs in sorted(places.items()))
            series.append(Series(arm, x, y, "heat", value=means))
    first = members[0]
    return Plot(
        id=_id("heat", family_of(first), first.criterion, f"{first.share:g}"),
        title=f"Thresholds, {family_of(first)}: {first.criterion}",
        caption=f"The level from which {_share(first)}: the geometric middle of its bracket.",
        x=Axis(names[1]),
        y=Axis(names[0]),
        series=tuple(series),
    )


def _slice(sweep: Sweep, members: Sequence[Threshold], name: str, names: Sequence[str], fits: Fits) -> Plot:
    """Thresholds against one size, the other sizes fixed where most cells are (the largest such place)."""
    others = [other for other in names if other != name]
    where = Counter(tuple(_size(sweep, one, other) for other in others) for one in members)
    fixed = max(where, key=lambda place: (where[place], place))
    chosen = [one for one in members if tuple(_size(sweep, one, other) for other in others) == fixed]
    first = members[0]
    place = ", ".join(f"{other} = {at:g}" for other, at in zip(others, fixed, strict=True))
    series: list[Series] = []
    for arm in sweep.arms:
        seen = sorted((one for one in chosen if one.arm == arm), key=lambda one: _size(sweep, one, name))
        if seen:
            series += _arm(sweep, seen, name, _law(fits, first, arm))
    return Plot(
        id=_id("size", family_of(first), first.criterion, f"{first.share:g}", name),
        title=f"Thresholds against {name}, {family_of(first)}: {first.criterion}",
        caption=(
            f"The level from which {_share(first)}{', at ' + place if place else ''}. Bars are the brackets, "
            "which hold all at once; dashed lines are power laws fitted to all cells of the family, and the "
            "explicit levels that suffice."
        ),
        x=Axis(name, "log"),
        y=Axis("level", "log"),
        series=tuple(series),
    )


def _arm(sweep: Sweep, seen: Sequence[Threshold], name: str, law: FitRecord | None) -> list[Series]:
    """Brackets, the fitted law through them and the explicit bounds of one arm."""
    arm = seen[0].arm
    x = tuple(_size(sweep, one, name) for one in seen)
    low = tuple(one.low for one in seen)
    high = tuple(one.high for one in seen)
    made = [Series(arm, x, tuple(map(_middle, seen)), "bars", low, high)]
    if law and len(seen) > 1:
        y = tuple(_predicted(sweep, one, law) for one in seen)
        made.append(Series(f"{arm}: {_formula(law, name)}", x, y, "dashed"))
    bounds = [(at, sweep.bounds(one.cell, one.arm)) for at, one in zip(x, seen, strict=True)]
    finite = [(at, bound) for at, bound in bounds if math.isfinite(bound)]
    if finite:
        at, bound = zip(*finite, strict=True)
        made.append(Series(f"{arm}: explicit", at, bound, "dashed"))
    return made


def _law(fits: Fits, like: Threshold, arm: str) -> FitRecord | None:
    """The law of an arm, without a logarithm, that is asked the same of the same family."""
    wanted = (family_of(like), arm, like.criterion, None, like.share)
    return next(
        (fit for fit in fits if (fit.family, fit.arm, fit.criterion, fit.log_factor, fit.share) == wanted),
        None,
    )


def _predicted(sweep: Sweep, one: Threshold, law: FitRecord) -> float:
    sizes = sweep.sizes(one.cell)
    powers = (math.pow(sizes[each.size], _exponent(each)) for each in law.exponents)
    return law.constant * math.prod(powers)


def _formula(law: FitRecord, name: str) -> str:
    each = next(each for each in law.exponents if each.size == name)
    low, high = each.shape or each.brackets or (None, None)
    interval = "" if low is None or high is None else f" [{low:.2g}, {high:.2g}]"
    return f"{name}^{_exponent(each):.2g}{interval}"


def _exponent(each: ExponentRecord) -> float:
    return each.middle if each.estimate is None else each.estimate


def _size(sweep: Sweep, one: Threshold, name: str) -> float:
    return float(sweep.sizes(one.cell)[name])


def _middle(one: Threshold) -> float:
    return math.sqrt(one.low * one.high)


def _share(one: Threshold) -> str:
    return f"at least {one.share:.0%} of the trials meet “{one.criterion}”"


def _id(*parts: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
