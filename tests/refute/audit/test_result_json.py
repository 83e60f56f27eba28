"""Every entry of the JSON of a result."""

from __future__ import annotations

import math
import stat
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from refute.audit.blame import Blame
from refute.audit.judgement import Judgement
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.basics.files import write_json
from refute.evidence.exponents import median_interval
from refute.evidence.sequential import FALSE_ALARM_LEVEL, Call, design
from tests.refute.audit.results import CHECKED, ONE, THREE, TWO, drawn, trials
from tests.refute.sample_audit import result_json


def test_every_entry_of_the_json_of_a_check() -> None:
    told = result_json(CHECKED)
    parts = told.pop("parts")
    assert [(part["label"], part["measured"], part["instance"]) for part in parts] == [
        ("x", 3.5, {"x": 2}),
        ("y", 4.0, {"x": 1}),
    ]
    step = {"label": "a", "closed": True, "detail": ""}
    assert told == {
        "id": "P1",
        "slug": "s",
        "title": "x is at most 1000",
        "chapter": "c",
        "kind": "upper bound",
        "status": "conjecture",
        "finding": "F1",
        "uses": ["P0"],
        "cost": "slow",
        "verdict": "SUPPORTED",
        "shows": None,
        "because": "because",
        "instances": 4,
        "premise_reach": 0.5,
        "unmet": {"odd": 2},
        "trials": 0,
        **dict.fromkeys(("alpha", "power", "alternative", "failure_probability", "measured")),
        "undecided": 0,
        "ties": 1,
        "worst_slack": 0.0,
        "classes": {"small": 2},
        "remarks": {},
        "proof": [step],
        "lemmas": [{"label": "b", "closed": False, "detail": "no"}],
        "steps": 0,
        "horizon": 0,
        "seconds": 1.5,
        "blame": None,
        "witness": None,
    }


def test_every_entry_of_the_json_of_trials() -> None:
    measured = tuple(np.linspace(0, 1, 30).tolist())
    judged = (
        (ONE, trials(30, why=Counter({"a": 2}), steps=5, horizon=9, measured=measured)),
        (TWO, trials(20, Call.UNDECIDED, why=Counter({"a": 1, "b": 1}), steps=7, horizon=8, measured=(7.0,))),
        (THREE, Judgement(unmet="no")),
    )
    result = Result(drawn(), Verdict.SUPPORTED, "", judged, level=1e-4, blame=Blame(("P1",), held=("P0",)))
    told = result_json(result)
    plan = design(0.1, 1e-4)
    assert (told["alpha"], told["power"], told["alternative"]) == (1e-4, plan.power, 0.4)
    assert (told["failure_probability"], told["trials"], told["undecided"]) == (0.1, 50, 1)
    assert (told["steps"], told["horizon"], told["remarks"]) == (12, 17, {"a": 3, "b": 1})
    assert told["ties"] == 0 and told["blame"]["held"] == ["P0"]
    low, high = median_interval(np.array(measured))
    assert told["measured"] == {
        "median": 0.5,
        "low": low,
        "high": high,
        "level": 0.95,
        "trials": 30,
        "instance": {"x": 1},
    }
    few = Result(drawn(), Verdict.SUPPORTED, "", ((TWO, trials(3, measured=(1.0, 2.0, 4.0))),))
    assert result_json(few)["measured"]["low"] is None and result_json(few)["measured"]["high"] is None
    assert result_json(few)["alpha"] == FALSE_ALARM_LEVEL
    assert result_json(Result(drawn(), Verdict.ERROR, "x"))["alpha"] is None


def test_json_is_written_for_people_too_and_for_everybody(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.json"
    write_json(path, {"x": [1, "ü"]})
    assert path.read_bytes() == b'{\n "x": [\n  1,\n  "\\u00fc"\n ]\n}\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, math.nan)
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]
