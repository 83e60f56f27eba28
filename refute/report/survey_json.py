"""A survey as evidence: "refute-widths/1", what the JSON file, the page and the terminal show."""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from refute.audit.environment import environment
from refute.evidence.seeds import PROTOCOL
from refute.report import forms
from refute.report.survey_plots import plots
from refute.statement.kinds import Compute
from refute.statement.plot import Plot
from refute.sweep.batches import Threshold
from refute.sweep.bracket import ALPHA, ratio, thresholds
from refute.sweep.power_laws import fits
from refute.sweep.scheduler import Pair, Survey
from refute.sweep.worker import Loaded

SCHEMA = "refute-widths/1"


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


def to_json(loaded: Loaded, order: Order, survey: Survey, *, interrupted: bool) -> dict[str, Any]:
    """The survey as JSON (docs/json.md). Levels that no trial decided leave a bracket open: null, not inf."""
    sweep, paper = loaded.sweep, loaded.paper
    rows = [(pair, _thresholds(survey, order, pair)) for pair in survey.pairs]
    found = [one for _, several in rows for one in several]
    fitted = fits(sweep, found, order.seed)
    return {
        "schema": SCHEMA,
        "title": paper.title,
        "source": paper.source,
        "name": sweep.name,
        "statement": sweep.statement,
        "criteria": list(sweep.criteria),
        "arms": list(order.arms),
        "grid": order.grid,
        "alpha": ALPHA,
        "seed": order.seed,
        "protocol": PROTOCOL,
        "hash": loaded.statement,
        "commit": _commit(order.root),
        "command": order.command,
        "crew": order.crew,
        "device": order.compute.device,
        "dtype": order.compute.dtype,
        "environment": environment(paper),
        "started": order.started.isoformat(timespec="seconds"),
        "seconds": time.monotonic() - order.begun,
        "interrupted": interrupted,
        "batches": {
            "size": sweep.batch,
            "ran": survey.ran,
            "stored": survey.stored,
            "differing": survey.differing,
        },
        "rows": [_row(survey, pair, several) for pair, several in rows],
        "ratios": _ratios(found),
        "fits": fitted,
        "plots": [plot.to_json() for plot in plots(sweep, found, fitted)],
    }


def refuted(evidence: Mapping[str, Any]) -> list[str]:
    """The thresholds above a level that is said to suffice, each in a sentence."""
    sentences = []
    for row in evidence["rows"]:
        for one in row["thresholds"]:
            if one["promised"] and one["low"] >= row["bound"]:
                sentences.append(
                    f"{row['label']}, {row['arm']}: {one['low']:g} was decided to be too small for "
                    f"“{one['criterion']}”, and {row['bound']:g} should suffice"
                )
    return sentences


def validate(evidence: Any) -> None:
    """Check that evidence has the form that the page needs; further keys are allowed.

    Raises ValueError that names the path of the first thing wrong.
    """
    schema = evidence.get("schema") if isinstance(evidence, Mapping) else None
    if schema != SCHEMA:
        raise ValueError(f"schema: expected {SCHEMA!r}, found {forms.show(schema)}")
    _SURVEY(evidence, "")


def _thresholds(survey: Survey, order: Order, pair: Pair) -> Sequence[Threshold]:
    return thresholds(survey.sweep, order.grid, order.arms, pair.cell, pair.arm, pair.history)


def _row(survey: Survey, pair: Pair, found: Sequence[Threshold]) -> dict[str, Any]:
    bound = _finite(survey.sweep.bounds(pair.cell, pair.arm))
    return {
        "cell": pair.cell.key,
        "label": pair.cell.describe(),
        "arm": pair.arm,
        "sizes": dict(survey.sweep.sizes(pair.cell)),
        "bound": bound,
        "done": pair.done,
        "trials": pair.trials,
        "steps": pair.steps,
        "seconds": pair.seconds,
        "thresholds": [
            {
                "criterion": one.criterion,
                "share": one.share,
                "low": one.low,
                "high": _finite(one.high),
                "promised": bound is not None and one.share <= survey.sweep.promises.get(one.criterion, 0),
                "trials": one.trials,
                "counts": [[level, *one.counts[level]] for level in sorted(one.counts)],
            }
            for one in found
        ],
    }


def _ratios(found: Sequence[Threshold]) -> list[dict[str, Any]]:
    """For each cell, criterion and share, the thresholds of its later arms over that of its first."""
    alike: dict[tuple[str, str, float], list[Threshold]] = {}
    for one in found:
        alike.setdefault((one.cell.text, one.criterion, one.share), []).append(one)
    return [_compared(above, first) for first, *others in alike.values() for above in others]


def _compared(above: Threshold, below: Threshold) -> dict[str, Any]:
    low, high = ratio(above, below)
    return {
        "cell": below.cell.key,
        "label": below.cell.describe(),
        "criterion": below.criterion,
        "share": below.share,
        "above": above.arm,
        "below": below.arm,
        "low": low,
        "high": _finite(high),
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _commit(root: Path) -> str | None:
    """The commit of the paper, with -dirty after it where files differ; None outside of git."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.stdout.strip() or None


_NUMBERS = forms.table(forms.real)
_END = forms.maybe(forms.amount)
_THRESHOLD = forms.record(
    {
        "criterion": forms.text,
        "share": forms.share,
        "low": forms.amount,
        "high": _END,
        "promised": forms.flag,
        "trials": forms.count,
        "counts": forms.listed(forms.listed(forms.count)),
    }
)
_ROW = forms.record(
    {
        **dict.fromkeys(("label", "arm"), forms.text),
        "sizes": _NUMBERS,
        "bound": forms.maybe(forms.real),
        "done": forms.flag,
        **dict.fromkeys(("trials", "steps"), forms.count),
        "seconds": forms.amount,
        "thresholds": forms.listed(_THRESHOLD),
    }
)
_RATIO = forms.record(
    {
        **dict.fromkeys(("label", "criterion", "above", "below"), forms.text),
        "share": forms.share,
        "low": forms.amount,
        "high": _END,
    }
)
_EXPONENT = forms.record(
    {"size": forms.text, "middle": forms.real},
    {
        "estimate": forms.real,
        **dict.fromkeys(("brackets", "shape"), forms.listed(forms.maybe(forms.real))),
    },
)
_FIT = forms.record(
    {
        **dict.fromkeys(("family", "arm", "criterion", "agreement"), forms.text),
        "share": forms.share,
        "cells": forms.count,
        "exponents": forms.listed(_EXPONENT),
        "rejected": forms.flag,
        **dict.fromkeys(("miss", "constant"), forms.real),
    },
    {"log_factor": forms.text, "scatter": forms.amount, "widened": forms.amount},
)
_SURVEY = forms.record(
    {
        **dict.fromkeys(
            ("schema", "title", "source", "name", "statement", "grid", "hash", "command", "crew"), forms.text
        ),
        **dict.fromkeys(("device", "dtype", "started"), forms.text),
        **dict.fromkeys(("criteria", "arms"), forms.listed(forms.text)),
        "commit": forms.maybe(forms.text),
        "alpha": forms.share,
        **dict.fromkeys(("seed", "protocol"), forms.whole),
        "environment": forms.table(forms.text),
        "seconds": forms.amount,
        "interrupted": forms.flag,
        "batches": forms.table(forms.count),
        "rows": forms.listed(_ROW),
        "ratios": forms.listed(_RATIO),
        "fits": forms.listed(_FIT),
        "plots": forms.listed(forms.restored(Plot.from_json)),
    }
)
