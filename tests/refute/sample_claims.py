"""The claims of an invented paper as an audit records them: every verdict, every kind of evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from refute.statement.comparison import Comparison, Outcome, Relation
from refute.statement.json_codec import plain
from refute.statement.real_numbers import Means

PAIR = {"X": {"shape": [2, 2], "values": [1.0, 0.9999999, 0.0, 0.0004472]}}
WIDE = {"X": {"shape": [3, 4], "values": [k / 8 for k in range(12)]}, "m": 64, "law": "rademacher"}


def in_json(record: Any) -> Any:
    """What a reader of the file that holds the record gets."""
    return json.loads(json.dumps(plain(record), allow_nan=False))


def finding(
    label: str, measured: float, bound: float, relation: Relation = Relation.AT_MOST, rounding: float = 2e-16
) -> dict[str, Any]:
    found: dict[str, Any] = in_json(Comparison(label, relation, measured, bound, rounding).record())
    return found


def part(label: str, measured: float, bound: float, relation: str = "<=") -> dict[str, Any]:
    found = finding(label, measured, bound, Relation(relation))
    return {**found, "instance": dict(PAIR), "judged": 3, "margins": [0.0, 0.25, 0.5]}


def share(failures: int, trials: int, outcome: Outcome) -> dict[str, Any]:
    """The finding of a sequential test, settled by its decision and not by comparing its two numbers."""
    settled = Comparison("share of failing trials", Relation.AT_MOST, failures / trials, 0.1, 0.0)
    detail = f"{failures} of {trials} trials failed: P(failure) < 0.4 (missed with probability 0.05 at most)"
    return {
        **in_json(replace(settled, settled=outcome, means=Means.TRIALS).record()),
        "detail": detail,
        "instance": dict(WIDE),
    }


def witness(label: str, summary: str, *, confirmed: bool = True) -> dict[str, Any]:
    return {
        "file": f"witnesses/{label}.json",
        "instance": dict(PAIR),
        "findings": [finding("smallest eigenvalue", 0.75, 0.5)],
        "summary": summary,
        "confirmed": confirmed,
    }


def sibling(claim: str, name: str, verdict: str = "REFUTED") -> dict[str, Any]:
    found = verdict == "REFUTED"
    return {
        "name": name,
        "statement": f"The same as {claim} with half of its constant.",
        "because": "The constant is attained by an orthogonal pair.",
        "falls": "smallest eigenvalue",
        "where": "nearly parallel",
        "verdict": verdict,
        "reason": "smallest eigenvalue: 0.75 <= 0.5 fails" if found else "Refuted for another reason: a tie.",
        "instances": 12,
        "trials": 0,
        "seconds": 0.21,
        "worst_slack": -0.3333 if found else 0.01,
        "witness": witness(f"{claim}~{name}", "smallest eigenvalue: 0.75 <= 0.5 fails") if found else None,
    }


def text(label: str, title: str) -> dict[str, str]:
    return {
        "heading": f"{label}. {title}",
        "statement": "For every X (d, n) with unit columns and n >= 2: lambda_min(K) <= (1 - k(theta)) / 2, "
        "where theta is the smallest angle between two columns.",
        "assumptions": "A1 (unit columns), A2 (no two columns parallel).",
        "symbols": "X (d, n) unit columns; K (n, n) limit kernel; theta smallest angle; k(theta) profile.",
        "refuted_by": "A data matrix X whose smallest eigenvalue exceeds the bound by more than rounding.",
        "not_shown": "Nothing is said of matrices that the search did not visit, nor of n = 1.",
        "source": "Ours, serving F1 of an invented paper. Proof: restrict to the two columns; interlacing.",
    }


def claim(label: str, title: str, chapter: str, verdict: str, **changes: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": label,
        "slug": title.lower().replace(" ", "-"),
        "title": title,
        "chapter": chapter,
        "chapter_title": f"{chapter.capitalize()}: what is stated of the {chapter}",
        "kind": "upper bound",
        "status": "theorem",
        "finding": "F1",
        "uses": [],
        "cost": "fast",
        "text": text(label, title),
        "verdict": verdict,
        "because": "No counterexample among 60 instances that met the premise.",
        "instances": 60,
        "premise_reach": 1.0,
        "trials": 0,
        "alpha": None,
        "power": None,
        "alternative": None,
        "failure_probability": None,
        "undecided": 0,
        "ties": 0,
        "worst_slack": 0.0125,
        "parts": [part("smallest eigenvalue", 0.79, 0.8), part("trace", 2.0, 2.0, "==")],
        "measured": None,
        "classes": {"nearly parallel": 17, "nearly antipodal": 6, "n > d": 21, "d = 1": 0},
        "unmet": {},
        "remarks": {},
        "proof": [],
        "lemmas": [],
        "steps": 0,
        "horizon": 0,
        "seconds": 0.84,
        "witness": None,
        "siblings": [sibling(label, "half")],
    }
    return {**record, **changes}


def random_claim(label: str, title: str, verdict: str, **changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": "with probability",
        "trials": 416,
        "alpha": 1e-6,
        "power": 0.97,
        "alternative": 0.4,
        "failure_probability": 0.1,
        "parts": [share(1, 17, Outcome.HOLDS)],
        "worst_slack": 0.41,
        "steps": 51_200,
        "horizon": 400_000,
        "remarks": {"certified at the first step": 399, "rate broken at step 40": 3},
        "seconds": 12.5,
    }
    return claim(label, title, "training", verdict, **{**facts, **changes})


def claims() -> list[dict[str, Any]]:
    steps = [
        {"label": "the derivative of the profile", "closed": True, "detail": "pi - theta"},
        {"label": "the value at a right angle", "closed": True, "detail": "0"},
    ]
    part_of_it = [{"label": "the ceiling on the whole range of angles", "closed": True, "detail": "5 boxes"}]
    refuted = "smallest eigenvalue: 0.75 <= 0.5 fails (slack -0.333, rounding 2e-16)"
    crash = "ZeroDivisionError: division by zero on Instance(X=[[1.0]])"
    return [
        claim("K1", "The kernel has a closed form", "kernels", "PROVED", kind="equality", proof=steps),
        claim(
            "K5",
            "A close pair bounds the smallest eigenvalue",
            "kernels",
            "SUPPORTED",
            uses=["K1"],
            lemmas=part_of_it,
        ),
        claim(
            "K7",
            "Half of the true constant",
            "kernels",
            "REFUTED",
            because=refuted,
            witness=witness("K7", refuted),
        ),
        random_claim(
            "C1", "Training contracts for all time", "SUPPORTED", kind="for all time", uses=["K1", "K5"]
        ),
        random_claim(
            *("C2", "The law of the needed width", "SUPPORTED"),
            kind="exponent",
            status="conjecture",
            finding="F2",
            measured={
                "median": -0.5,
                "low": -0.5312,
                "high": None,
                "level": 0.95,
                "trials": 17,
                "instance": dict(WIDE),
            },
        ),
        random_claim(
            "C3",
            "The transition is sharp",
            "UNDECIDED",
            undecided=9,
            because="The trials of 9 of 25 instances ended at the cap without a decision.",
            siblings=[sibling("C3", "half"), sibling("C3", "too-near", "UNDECIDED")],
        ),
        claim(
            "T6",
            "Tied weights near the limit",
            "tied",
            "OUT_OF_REACH",
            premise_reach=0.05,
            unmet={"the certificate does not hold at this width": 57},
            because="3 of 60 instances met the premise, which says too little.",
        ),
        claim("M1", "Memorization", "tied", "ERROR", parts=[], worst_slack=None, because=crash, siblings=[]),
    ]
