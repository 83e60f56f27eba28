"""The words and figures that the terminal and the page of a survey share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refute.audit.environment import described
from refute.report import text as words
from refute.report.survey_json import refuted


@dataclass(frozen=True)
class Line:
    """One cell and criterion: by arm the bracket, the bound, the bound over it; and the ratio of the last."""

    label: str
    question: str
    brackets: Mapping[str, str]
    bounds: Mapping[str, str]
    slacks: Mapping[str, str]
    ratio: str


def bracket(low: float, high: float | None, digits: int = 4) -> str:
    """Between what a threshold lies: "(32, 40]", "> 512", "<= 8", or that nothing is known."""
    if high is None:
        return f"> {words.number(low, digits)}" if low else "not known"
    if not low:
        return f"≤ {words.number(high, digits)}"
    return f"({words.number(low, digits)}, {words.number(high, digits)}]"


@dataclass(frozen=True)
class Group:
    """The lines that are asked of the same arms."""

    arms: tuple[str, ...]
    lines: list[Line]

    @property
    def compared(self) -> str:
        """What the ratios are of, "" where there are none."""
        return f"{self.arms[-1]} / {self.arms[0]}" if len(self.arms) > 1 else ""


def groups(evidence: Mapping[str, Any]) -> list[Group]:
    """The table: a line for each cell, criterion and share, by the arms that are asked about it."""
    cells: dict[tuple[str, str, float], dict[str, tuple[Any, Any]]] = {}
    for row in evidence["rows"]:
        for one in row["thresholds"]:
            key = (row["label"], one["criterion"], one["share"])
            cells.setdefault(key, {})[row["arm"]] = (row, one)
    ratios = {(r["label"], r["criterion"], r["share"]): r for r in evidence["ratios"]}
    found: dict[tuple[str, ...], list[Line]] = {}
    for key, arms in cells.items():
        found.setdefault(tuple(arms), []).append(_line(key, arms, ratios.get(key)))
    return [Group(arms, lines) for arms, lines in found.items()]


def _line(
    key: tuple[str, str, float],
    arms: Mapping[str, tuple[Any, Any]],
    ratio: Mapping[str, Any] | None,
) -> Line:
    label, criterion, share = key
    return Line(
        label,
        f"{criterion}, {words.share(share)}",
        {arm: bracket(one["low"], one["high"]) for arm, (_, one) in arms.items()},
        {arm: words.number(row["bound"], 3) for arm, (row, _) in arms.items()},
        {arm: _over(row["bound"], one) for arm, (row, one) in arms.items()},
        "–" if ratio is None else bracket(ratio["low"], ratio["high"], 3),
    )


def headline(evidence: Mapping[str, Any]) -> str:
    """How much of the survey is there and what it contradicts, in a sentence."""
    done = sum(row["done"] for row in evidence["rows"])
    told = f"{done} of {len(evidence['rows'])} rows are finished, each one cell and one way to proceed"
    if evidence["interrupted"]:
        told += ", and the survey was interrupted: run it again, and it goes on where it ended"
    against = refuted(evidence)
    if against:
        return f"{told}. {len(against)} sufficient levels did not suffice: {'; '.join(against)}."
    return f"{told}."


def confidence(evidence: Mapping[str, Any]) -> str:
    """What the brackets mean, in a sentence."""
    return (
        f"With probability at least {1 - evidence['alpha']:g} every threshold lies in its bracket if success "
        "never becomes less probable as the level rises."
    )


def cost(evidence: Mapping[str, Any]) -> str:
    """Trials, batches and time, in a sentence."""
    batches = evidence["batches"]
    trials = sum(row["trials"] for row in evidence["rows"])
    told = (
        f"{words.count(trials)} trials: {words.count(batches['ran'])} batches of {batches['size']} were run "
        f"and {words.count(batches['stored'])} were there. {words.duration(evidence['seconds'])}, "
        f"{evidence['crew']}, seed {evidence['seed']}."
    )
    if batches["differing"]:
        told += f" {batches['differing']} BATCHES CAME OUT DIFFERENTLY than they are stored."
    return told


def law(fit: Mapping[str, Any]) -> str:
    """The power law with the most room in the brackets: "n^0.98 [0.9, 1.1] · d^0.5 [0.4, 0.6]"."""
    return "no power law" if fit["rejected"] else _law(fit, "middle", "brackets")


def curves(fit: Mapping[str, Any]) -> str:
    """The power law through the logistic curves, likewise; "–" where there were too few for it."""
    if any(one.get("estimate") is None for one in fit["exponents"]):
        return "–"
    return _law(fit, "estimate", "shape")


def _law(fit: Mapping[str, Any], value: str, interval: str) -> str:
    terms = []
    for one in fit["exponents"]:
        ends = one.get(interval) or [None, None]
        low, high = (words.number(end, 3) if end is not None else "…" for end in ends)
        terms.append(f"{one['size']}^{words.number(one[value], 3)} [{low}, {high}]")
    factor = fit.get("log_factor")
    return " · ".join([f"log {factor}"] * bool(factor) + terms)


def print_survey(evidence: Mapping[str, Any], console: Console) -> None:
    """Print the table, the fitted laws, and what the survey cost."""
    for group in groups(evidence):
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("Cell", "At least this share", *group.arms, *filter(None, [group.compared])):
            table.add_column(name)
        for line in group.lines:
            cells = [line.label, line.question, *line.brackets.values(), line.ratio]
            table.add_row(*map(Text, cells[: len(table.columns)]))
        console.print(table)
    for fit in evidence["fits"]:
        if not fit.get("log_factor"):
            both = f"brackets {law(fit)}; curves {curves(fit)}"
            console.print(Text(f"{fit['family']}, {fit['arm']}, {fit['criterion']}: {both}"))
    console.print(Text(headline(evidence), style="bold"))
    console.print(Text(f"{confidence(evidence)} {cost(evidence)}"))
    if told := described(evidence["environment"]):
        console.print(Text("; ".join(f"{name}: {value}" for name, value in told.items()) + "."))


def _over(bound: float | None, one: Mapping[str, Any]) -> str:
    """An explicit bound over a threshold: the slack of the theory."""
    if bound is None:
        return "–"
    low = bound / one["high"] if one["high"] else 0.0
    return bracket(low, bound / one["low"] if one["low"] else None, 3)
