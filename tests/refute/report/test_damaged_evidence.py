"""Evidence that somebody changed: it is refused in one line, or everything that reads it works."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from refute.cli import main as cli
from refute.report.page import render
from refute.report.records.audit import AuditRecord
from refute.report.slack import markdown_lines, slack_rows
from refute.report.terminal import print_siblings, print_table
from refute.statement.json_codec import plain
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import WIDE, finding

Place = tuple[str | int, ...]

VARIATION = {"name": "f", "device": "cpu", "dtype": "float32", "threads": 1, "absent": "", "seconds": 0.5}
AGREEMENT = {
    "reference": VARIATION,
    "variations": [VARIATION, {**VARIATION, "name": "cuda", "absent": "no"}],
    "rows": [
        {
            "id": "K7",
            "variation": "f",
            "reference": "REFUTED",
            "verdict": "UNDECIDED",
            "slack_change": 0.5,
            "identical": False,
            "changed": 1,
            "lost": 2,
            "explained": True,
            "explanation": "Rounding grew.",
            "agrees": False,
        }
    ],
}
BLAME = {
    "false": "K1",
    "path": ["K7", "K1"],
    "instance": WIDE,
    "findings": [finding("x", 2.0, 1.0)],
    "held": [],
    "skipped": {"K2": "no"},
    "sentence": "It is K1.",
}


def whole() -> dict[str, Any]:
    """The sample with everything that an audit can hold."""
    audit = sample() | {"agreement": AGREEMENT, "interrupted": False, "unchecked": {"F2": "No time."}}
    quantity = {"source": "plot", "of": "residual", "name": "ratio"}
    headline = {"finding": "F1", "claims": ["K1"], "sentence": "It is {ratio:.2g} times."}
    audit["headlines"] = [headline | {"quantities": {"ratio": quantity}, "plot": "residual"}]
    audit["plots"][0]["numbers"] = {"ratio": 2.5}
    audit["omitted"] = [{"id": "W1", "line": "a line", "reason": "a reason", "finding": "F1"}]
    audit["claims"][2]["blame"] = BLAME
    return json.loads(json.dumps(audit))  # type: ignore[no-any-return]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """The places of all values; of a list of numbers the first and the last."""
    if place:
        yield place
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*place, name))
    elif isinstance(value, list):
        plain = len(value) > 2 and all(isinstance(item, float) for item in value)
        for index, item in enumerate(value):
            if not plain or index in (0, len(value) - 1):
                yield from places(item, (*place, index))


def changed(place: Place, value: Any) -> dict[str, Any]:
    audit = whole()
    holder: Any = audit
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return audit


def show(record: AuditRecord) -> None:
    """Everything that reads an audit."""
    console = Console(file=io.StringIO(), width=100)
    render(record)
    print_table(record, console)
    print_siblings(record, console)
    list(markdown_lines(record))
    json.dumps(plain(slack_rows(record)), allow_nan=False)
    json.dumps({claim.id: claim.verdict for claim in record.claims})


PLACES = list(places(whole()))
NUMBERS = [0, 1, -1, 0.5, 5e-324, 1e308, -1e308, 2**53 + 1, 2**64, 10**30, -0.0, math.nan, math.inf]
TEXTS = ["", "x", "\ud800", "\x00", "K1", "<b>", "[/red]", "-", "9" * 50, "K1\nK2"]
VALUES: list[Any] = [None, True, False, [], {}, [1], ["x"], [[]], {"x": 1}, {"x": None}, {"\ud800": 1}]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([*NUMBERS, *TEXTS, *VALUES]))
def test_a_changed_value_is_refused_or_shown(place: Place, value: Any) -> None:
    audit = changed(place, value)
    if place[0] != "plots":
        audit["plots"] = []  # drawing them takes most of the time
    try:
        record = read(audit)
    except ValueError:
        return
    show(record)


def test_the_unchanged_evidence_is_shown() -> None:
    show(read(whole()))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("agreement", "reference", "name"), "[/red]"),
        (("claims", 2, "blame", "instance"), None),
        (("environment",), {}),
        (("claims", 2, "parts", 0, "instance"), {"x": 10**4000}),
        (("plots", 0, "series", 0, "y", 0), 1e308),
    ],
)
def test_what_was_found_by_changing_values_is_shown(place: Place, value: Any) -> None:
    show(read(changed(place, value)))


DAMAGE = [
    (("findings",), "x"),
    (("findings",), [1]),
    (("claims", 0, "remarks"), 5e-324),
    (("title",), "\ud800"),
    (("claims", 2, "parts", 0, "instance"), {"\ud800": 1}),
    (("claims", 2, "parts", 0, "instance"), {"x": "\ud800"}),
    (("seconds",), math.nan),
    (("claims", 2, "parts", 0, "slack"), math.inf),
    (("claims", 2, "parts", 0, "slack"), 10**400),
    (("claims", 2, "parts", 0, "instance"), {"X": {"shape": [1], "values": [10**400]}}),
    (("claims", 2, "id"), "K1"),
    (("claims",), {}),
    (("headlines", 0, "sentence"), "It is {ratio!r:>99999999}."),
    (("headlines", 0, "sentence"), "It is {ratio"),
    (("headlines", 0, "claims"), []),
    (("plots", 0, "numbers", "ratio"), math.nan),
    (("interrupted",), "no"),
]


@pytest.mark.parametrize(("place", "value"), DAMAGE)
@pytest.mark.parametrize(
    "arguments", [("report", "a.json", "page"), ("slack", "a.json"), ("graph", "--audit", "a.json")]
)
def test_damaged_evidence_is_told_in_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], place: Place, value: Any, arguments: tuple[str, ...]
) -> None:
    (toy / "a.json").write_text(json.dumps(changed(place, value)), encoding="utf-8")
    assert cli.main(list(arguments)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("refute: a.json is not a stored audit: ")
    assert not (toy / "page").exists()


WITNESS = {
    "schema": "refute-witness/1",
    "protocol": 1,
    "claim": "N1",
    "sibling": None,
    "seed": 0,
    "device": "cpu",
    "dtype": "float64",
    "level": 1e-6,
    "instance": {"x": 1.0, "y": 2.0},
    "findings": [finding("x", 2.0, 1.0)],
}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("findings",), "x"),
        (("findings",), [1]),
        (("level",), 5e-400),
        (("claim",), "\ud800"),
        (("instance",), {"\ud800": 1}),
        (("instance",), {"x": math.nan}),
        (("instance",), {"X": {"shape": [1], "values": [10**400]}}),
        (("seed",), 1e308),
        (("findings", 0, "slack"), math.inf),
        (("findings", 0, "outcome"), None),
    ],
)
def test_a_damaged_witness_is_told_in_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], place: Place, value: Any
) -> None:
    damaged: Any = json.loads(json.dumps(WITNESS))
    holder = damaged
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    (toy / "w.json").write_text(json.dumps(damaged), encoding="utf-8")
    assert cli.main(["replay", "w.json"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("refute: w.json is ")
