"""A survey as the record that its files and reports are made of, "refute-widths/1"."""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from refute.audit.environment import environment
from refute.evidence.seeds import PROTOCOL
from refute.report.records.survey import (
    BatchesRecord,
    FitRecord,
    RatioRecord,
    RowRecord,
    SurveyRecord,
    ThresholdRecord,
)
from refute.report.survey_plots import plots
from refute.statement.json_codec import converted
from refute.statement.kinds import Compute
from refute.sweep.batches import Threshold
from refute.sweep.bracket import ALPHA, ratio, thresholds
from refute.sweep.power_laws import fits
from refute.sweep.scheduler import Pair, Survey
from refute.sweep.worker import Loaded


@dataclass(frozen=True)
class Order:
    """What `refute widths` was asked for, and the command that asks for it again."""

    grid: str
    arms: Sequence[str]
    seed: int
    compute: Compute
    crew: str
    command: str
    root: Path
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=time.monotonic)


def survey_record(loaded: Loaded, order: Order, survey: Survey, *, interrupted: bool) -> SurveyRecord:
    """The whole survey. Levels that no trial decided leave a bracket open: None, not inf."""
    sweep = loaded.sweep
    paper = loaded.paper
    rows = [(pair, _thresholds(survey, order, pair)) for pair in survey.pairs]
    found = [one for _, several in rows for one in several]
    laws = tuple(converted(fit, FitRecord) for fit in fits(sweep, found, order.seed))
    return SurveyRecord(
        title=paper.title,
        source=paper.source,
        name=sweep.name,
        statement=sweep.statement,
        criteria=tuple(sweep.criteria),
        arms=tuple(order.arms),
        grid=order.grid,
        alpha=ALPHA,
        seed=order.seed,
        protocol=PROTOCOL,
        hash=loaded.statement,
        commit=_commit(order.root),
        command=order.command,
        crew=order.crew,
        device=order.compute.device,
        dtype=order.compute.dtype,
        environment=environment(paper),
        started=order.started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - order.begun,
        interrupted=interrupted,
        batches=BatchesRecord(
            size=sweep.batch, ran=survey.ran, stored=survey.stored, differing=survey.differing
        ),
        rows=tuple(_row(survey, pair, several) for pair, several in rows),
        ratios=_ratios(found),
        fits=laws,
        plots=tuple(plots(sweep, found, laws)),
    )


def refuted(survey: SurveyRecord) -> list[str]:
    """The thresholds above a level that the theory says suffices, each in a sentence."""
    return [
        f"{row.label}, {row.arm}: {one.low:g} was decided to be too small for "
        f"“{one.criterion}”, and {row.bound:g} should suffice"
        for row in survey.rows
        for one in row.thresholds
        if one.promised and row.bound is not None and one.low >= row.bound
    ]


def _thresholds(survey: Survey, order: Order, pair: Pair) -> Sequence[Threshold]:
    return thresholds(survey.sweep, order.grid, order.arms, pair.cell, pair.arm, pair.history)


def _row(survey: Survey, pair: Pair, found: Sequence[Threshold]) -> RowRecord:
    bound = _finite(survey.sweep.bounds(pair.cell, pair.arm))
    promises = survey.sweep.promises if bound is not None else {}
    return RowRecord(
        cell=pair.cell.key,
        label=pair.cell.describe(),
        arm=pair.arm,
        sizes=dict(survey.sweep.sizes(pair.cell)),
        bound=bound,
        done=pair.done,
        trials=pair.trials,
        steps=pair.steps,
        seconds=pair.seconds,
        thresholds=tuple(
            _threshold(one, promised=one.share <= promises.get(one.criterion, 0)) for one in found
        ),
    )


def _threshold(one: Threshold, *, promised: bool) -> ThresholdRecord:
    return ThresholdRecord(
        criterion=one.criterion,
        share=one.share,
        low=one.low,
        high=_finite(one.high),
        promised=promised,
        trials=one.trials,
        counts=tuple((level, *one.counts[level]) for level in sorted(one.counts)),
    )


def _ratios(found: Sequence[Threshold]) -> tuple[RatioRecord, ...]:
    """For each cell, criterion and share, the thresholds of its later arms over that of its first."""
    alike: dict[tuple[str, str, float], list[Threshold]] = {}
    for one in found:
        alike.setdefault((one.cell.text, one.criterion, one.share), []).append(one)
    return tuple(_compared(above, first) for first, *others in alike.values() for above in others)


def _compared(above: Threshold, below: Threshold) -> RatioRecord:
    low, high = ratio(above, below)
    return RatioRecord(
        cell=below.cell.key,
        label=below.cell.describe(),
        criterion=below.criterion,
        share=below.share,
        above=above.arm,
        below=below.arm,
        low=low,
        high=_finite(high),
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _commit(root: Path) -> str | None:
    """The commit of the paper, with -dirty after it where files differ; None outside of git."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    described = subprocess.run(command, capture_output=True, text=True, check=False)
    return described.stdout.strip() or None
