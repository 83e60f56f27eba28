"""The pictures of a survey: heat maps of thresholds, and thresholds against sizes with laws and bounds."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from refute.statement.plot import Axis, Plot, Series
from refute.statement.sweep import Sweep
from refute.sweep.batches import Threshold
from refute.sweep.power_laws import family_of

Fits = Sequence[Mapping[str, Any]]


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
    first, told = members[0], ", ".join(f"{o} = {at:g}" for o, at in zip(others, fixed, strict=True))
    series: list[Series] = []
    for arm in sweep.arms:
        seen = sorted((one for one in chosen if one.arm == arm), key=lambda one: _size(sweep, one, name))
        if seen:
            series += _arm(sweep, seen, name, _law(fits, first, arm))
    return Plot(
        id=_id("size", family_of(first), first.criterion, f"{first.share:g}", name),
        title=f"Thresholds against {name}, {family_of(first)}: {first.criterion}",
        caption=(
            f"The level from which {_share(first)}{', at ' + told if told else ''}. Bars are the brackets, "
            "which hold all at once; dashed lines are power laws fitted to all cells of the family, and the "
            "explicit levels that suffice."
        ),
        x=Axis(name, "log"),
        y=Axis("level", "log"),
        series=tuple(series),
    )


def _arm(sweep: Sweep, seen: Sequence[Threshold], name: str, law: Mapping[str, Any] | None) -> list[Series]:
    """Brackets, the fitted law through them and the explicit bounds of one arm."""
    x = tuple(_size(sweep, one, name) for one in seen)
    low, high = tuple(one.low for one in seen), tuple(one.high for one in seen)
    made = [Series(seen[0].arm, x, tuple(map(_middle, seen)), "bars", low, high)]
    if law and len(seen) > 1:
        exponents = [(each["size"], _exponent(each)) for each in law["exponents"]]
        sizes = [sweep.sizes(one.cell) for one in seen]
        y = tuple(
            law["constant"] * math.prod(size[key] ** power for key, power in exponents) for size in sizes
        )
        made.append(Series(f"{seen[0].arm}: {_words(law, name)}", x, y, "dashed"))
    bounds = [(at, sweep.bounds(one.cell, one.arm)) for at, one in zip(x, seen, strict=True)]
    finite = [(at, bound) for at, bound in bounds if math.isfinite(bound)]
    if finite:
        at, bound = zip(*finite, strict=True)
        made.append(Series(f"{seen[0].arm}: explicit", at, bound, "dashed"))
    return made


def _law(fits: Fits, like: Threshold, arm: str) -> Mapping[str, Any] | None:
    wanted = {"family": family_of(like), "arm": arm, "criterion": like.criterion, "log_factor": None}
    found = (fit for fit in fits if fit["share"] == like.share and wanted.items() <= fit.items())
    return next(found, None)


def _words(law: Mapping[str, Any], name: str) -> str:
    each = next(each for each in law["exponents"] if each["size"] == name)
    ends = each["shape"] or each["brackets"]
    told = "" if not ends or None in ends else f" [{ends[0]:.2g}, {ends[1]:.2g}]"
    return f"{name}^{_exponent(each):.2g}{told}"


def _exponent(each: Mapping[str, Any]) -> float:
    return float(each["middle"] if each["estimate"] is None else each["estimate"])


def _size(sweep: Sweep, one: Threshold, name: str) -> float:
    return float(sweep.sizes(one.cell)[name])


def _middle(one: Threshold) -> float:
    return math.sqrt(one.low * one.high)


def _share(one: Threshold) -> str:
    return f"at least {one.share:.0%} of the trials meet “{one.criterion}”"


def _id(*parts: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
