"""Evidence of an audit of an invented paper: every verdict, every kind of evidence, and no real number."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from refute.audit.result import Result
from refute.report.audit_json import claim_record
from refute.report.read_json import read_audit
from refute.report.records.audit import AuditRecord
from refute.statement.instance import Instance
from refute.statement.plot import Axis, Mark, Plot, Series
from tests.refute.sample_claims import WIDE, claims, in_json


def read(audit: Any) -> AuditRecord:
    """The record in evidence that is written down and read back."""
    return read_audit(json.dumps(audit).encode())


def result_json(result: Result) -> dict[str, Any]:
    """The JSON of a result, without what the book and the siblings add to it."""
    found = in_json(claim_record(result, "", Path("witnesses")))
    return {key: value for key, value in found.items() if key not in ("chapter_title", "text", "siblings")}


def plots() -> list[dict[str, Any]]:
    steps = tuple(float(step) for step in range(0, 400, 5))
    widths = tuple(2.0**power for power in range(4, 12))
    envelope = Plot(
        "residual",
        "Residual against its certified envelope",
        "Every step after the mark is certified: the residual stays below the dashed envelope for all time.",
        Axis("step t"),
        Axis("‖E(t)‖ / ‖E(0)‖", "log"),
        (
            Series("weak: residual", steps, tuple(math.exp(-t / 70) for t in steps)),
            Series("weak: envelope", steps, tuple(1.5 * math.exp(-t / 100) for t in steps), "dashed"),
            Series("joint: residual", steps, tuple(math.exp(-t / 30) for t in steps)),
            Series("joint: envelope", steps, tuple(1.5 * math.exp(-t / 50) for t in steps), "dashed"),
        ),
        (Mark(40.0, "joint certified at step 40"), Mark(65.0, "weak certified at step 65")),
        ("C1",),
    )
    middle = tuple(0.3 - 0.8 / math.sqrt(m) for m in widths)
    spread = tuple(0.35 / math.sqrt(m) for m in widths)
    eigenvalue = Plot(
        "eigenvalue",
        "Smallest eigenvalue against width",
        "The band holds 90 % of the initializations; the dashed curve is the claimed lower bound.",
        Axis("width m", "log"),
        Axis("smallest eigenvalue"),
        (
            Series(
                *("measured (middle 90 %)", widths, middle, "band"),
                low=tuple(y - s for y, s in zip(middle, spread, strict=True)),
                high=tuple(y + s for y, s in zip(middle, spread, strict=True)),
            ),
            Series("claimed lower bound", widths, tuple(0.3 - 1.6 / math.sqrt(m) for m in widths), "dashed"),
        ),
        (),
        ("C1", "C2"),
    )
    return [in_json(envelope), in_json(eigenvalue)]


def sample() -> dict[str, Any]:
    """A fresh copy, free to be changed."""
    assert Instance.from_json(WIDE).to_json() == WIDE
    return {
        "schema": "refute-audit/1",
        "title": "On the invented training of invented networks",
        "source": "Nobody, An invented paper, 1911",
        "findings": {"F1": "Wide networks train.", "F2": "How wide is wide."},
        "environment": {
            "python": "3.11.2",
            "refute": "0.2.0",
            "platform": "Linux-6.1-x86_64",
            "cpu_count": "2",
            "numpy": "2.4.6",
        },
        "seed": 0,
        "profile": "quick",
        "device": "cpu",
        "dtype": "float64",
        "started": "2026-01-02T03:04:05+00:00",
        "seconds": 71.3,
        "budget": {"level_per_instance": 1e-6, "instances": 75, "bound": 7.5e-5},
        "claims": claims(),
        "plots": plots(),
    }
