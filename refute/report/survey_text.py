"""The sentences and figures that the terminal and the page of a survey share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from refute.report import text
from refute.report.columns import print_columns
from refute.report.records.survey import (
    Ends,
    FitRecord,
    RatioRecord,
    RowRecord,
    SurveyRecord,
    ThresholdRecord,
)
from refute.report.survey_json import refuted
from refute.report.terminal import print_described


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
        return f"> {text.number(low, digits)}" if low else "not known"
    if not low:
        return f"≤ {text.number(high, digits)}"
    return f"({text.number(low, digits)}, {text.number(high, digits)}]"


NOT_TRIED = "not tried"
"""What stands for the bracket of a row whose levels the sweep leaves out, all of them."""


@dataclass(frozen=True)
class Group:
    """The lines that are asked of the same arms."""

    arms: tuple[str, ...]
    lines: list[Line]

    @property
    def compared(self) -> str:
        """What the ratios are of, "" where there are none."""
        return f"{self.arms[-1]} / {self.arms[0]}" if len(self.arms) > 1 else ""


def groups(survey: SurveyRecord) -> list[Group]:
    """The table: a line for each cell, criterion and share, by the arms that are asked about it."""
    cells: dict[tuple[str, str, float], dict[str, tuple[RowRecord, ThresholdRecord]]] = {}
    for row in survey.rows:
        for one in row.thresholds:
            cells.setdefault((row.label, one.criterion, one.share), {})[row.arm] = (row, one)
    ratios = {(ratio.label, ratio.criterion, ratio.share): ratio for ratio in survey.ratios}
    found: dict[tuple[str, ...], list[Line]] = {}
    for key, arms in cells.items():
        found.setdefault(tuple(arms), []).append(_line(key, arms, ratios.get(key)))
    return [Group(arms, lines) for arms, lines in found.items()]


def _line(
    key: tuple[str, str, float],
    arms: Mapping[str, tuple[RowRecord, ThresholdRecord]],
    ratio: RatioRecord | None,
) -> Line:
    label, criterion, share = key
    left_out = {arm for arm, (row, _) in arms.items() if row.done and not row.trials}
    return Line(
        label,
        f"{criterion}, {text.share(share)}",
        {arm: NOT_TRIED if arm in left_out else bracket(one.low, one.high) for arm, (_, one) in arms.items()},
        {arm: text.number(row.bound, 3) for arm, (row, _) in arms.items()},
        {arm: "–" if arm in left_out else _over(row.bound, one) for arm, (row, one) in arms.items()},
        "–" if ratio is None or left_out else bracket(ratio.low, ratio.high, 3),
    )


def _caveat(survey: SurveyRecord) -> str:
    return "" if survey.dtype == "float64" else f"In {survey.dtype}, which decides nothing: "


def headline(survey: SurveyRecord) -> str:
    """How much of the survey is there and what it contradicts, in a sentence."""
    return f"{_caveat(survey)}{_headline(survey)}"


def _headline(survey: SurveyRecord) -> str:
    done = sum(row.done for row in survey.rows)
    sentence = f"{done} of {len(survey.rows)} rows are finished, each one cell and one way to proceed"
    if survey.interrupted:
        sentence += ", and the survey was interrupted: run it again, and it goes on where it ended"
    against = refuted(survey)
    if against:
        return f"{sentence}. {len(against)} sufficient levels did not suffice: {'; '.join(against)}."
    return f"{sentence}."


def confidence(survey: SurveyRecord) -> str:
    """What the brackets mean, in a sentence."""
    return (
        f"{_caveat(survey)}With probability at least {1 - survey.alpha:g} every threshold lies in its "
        "bracket if success never becomes less probable as the level rises."
    )


def cost(survey: SurveyRecord) -> str:
    """Trials, batches and time, in a sentence."""
    batches = survey.batches
    trials = sum(row.trials for row in survey.rows)
    sentence = (
        f"{text.count(trials)} trials: {text.count(batches.ran)} batches of {batches.size} were run "
        f"and {text.count(batches.stored)} were there. {text.duration(survey.seconds)}, "
        f"{survey.crew}, seed {survey.seed}."
    )
    if batches.differing:
        sentence += f" {batches.differing} BATCHES CAME OUT DIFFERENTLY than they are stored."
    return sentence


def law(fit: FitRecord) -> str:
    """The power law with the most room in the brackets: "n^0.98 [0.9, 1.1] · d^0.5 [0.4, 0.6]"."""
    if fit.rejected:
        return "no power law"
    return _product(fit, [(one.size, one.middle, one.brackets) for one in fit.exponents])


def curves(fit: FitRecord) -> str:
    """The power law through the logistic curves, likewise; "–" where there were too few for it."""
    if any(one.estimate is None for one in fit.exponents):
        return "–"
    return _product(fit, [(one.size, one.estimate, one.shape) for one in fit.exponents])


def _product(fit: FitRecord, powers: Sequence[tuple[str, float | None, Ends | None]]) -> str:
    terms = [f"{size}^{text.number(power, 3)} {_interval(ends)}" for size, power, ends in powers]
    factor = [f"log {fit.log_factor}"] if fit.log_factor else []
    return " · ".join(factor + terms)


def _interval(ends: Ends | None) -> str:
    low, high = (text.number(end, 3) if end is not None else "…" for end in ends or (None, None))
    return f"[{low}, {high}]"


def print_survey(survey: SurveyRecord, console: Console) -> None:
    """Print the table, the fitted laws, and what the survey cost."""
    for group in groups(survey):
        names = ("Cell", "At least this share", *group.arms, *filter(None, [group.compared]))
        cells = [(one.label, one.question, *one.brackets.values(), one.ratio) for one in group.lines]
        print_columns(console, names, [row[: len(names)] for row in cells])
    for fit in survey.fits:
        if not fit.log_factor:
            both = f"brackets {law(fit)}; curves {curves(fit)}"
            console.print(Text(f"{_caveat(survey)}{fit.family}, {fit.arm}, {fit.criterion}: {both}"))
    console.print(Text(headline(survey), style="bold"))
    console.print(Text(f"{confidence(survey)} {cost(survey)}"))
    print_described(survey.environment, console)


def _over(bound: float | None, one: ThresholdRecord) -> str:
    """An explicit bound over a threshold: the slack of the theory."""
    if bound is None:
        return "–"
    low = bound / one.high if one.high else 0.0
    return bracket(low, bound / one.low if one.low else None, 3)
