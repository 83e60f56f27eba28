"""Witnesses, audits and surveys that somebody changed, through what reads them."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.report.page import render
from refute.report.read_json import read_survey
from refute.report.survey_page import render as render_survey
from tests.refute.fuzzing import INJECTIONS, Tags, damaged, run, share
from tests.refute.report.fuzzed_values import VALUES
from tests.refute.report.test_damaged_evidence import WITNESS, Place, places, whole
from tests.refute.sample_audit import read

pytestmark = pytest.mark.usefixtures("above_the_paper")

DOCS = Path(__file__).resolve().parents[3] / "docs"
DEPTH = b'{"schema": ' + b"[" * 200_000
SURVEY: dict[str, Any] = {**json.loads((DOCS / "widths-digits.json").read_text("utf-8")), "plots": []}


@st.composite
def changed(draw: st.DrawFn, evidence: dict[str, Any], where: list[Place]) -> bytes:
    """Evidence in JSON with some values changed, then perhaps damaged as text; sometimes no JSON of ours."""
    found: Any = json.loads(json.dumps(evidence))
    for place in draw(st.lists(st.sampled_from(where), min_size=0, max_size=3)):
        holder = found
        try:
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = deepcopy(draw(VALUES))  # an empty dict is sampled, and filled below
        except (IndexError, KeyError, TypeError):  # what an earlier change took away
            continue
    text = json.dumps(found).encode()
    return draw(
        st.one_of(st.just(text), st.just(text), damaged(text), st.just(DEPTH), st.binary(max_size=40))
    )


FORMULAS = {"mfrac", "mn", "mo", "mover", "mroot", "msqrt", "msub", "msubsup", "msup", "munder", "munderover"}
"""Tags of formulas, which draw and do nothing else: signs of an injection may be read as a formula."""
WITNESS_PLACES = list(places(WITNESS))
AUDIT = {**whole(), "plots": whole()["plots"][:1]}
# One claim of each form: Hypothesis shows a failing input of up to 30 kB.
AUDIT["claims"] = [claim for claim in AUDIT["claims"] if claim["id"] not in ("K5", "C1", "T6")]
AUDIT_PLACES = list(places(AUDIT))
SURVEY_PLACES = list(places(SURVEY))


@share(3)
@given(st.data())
def test_a_witness_is_replayed_or_refused(data: st.DataObject) -> None:
    evidence = data.draw(st.sampled_from([WITNESS, json.loads(Path("../sibling.json").read_text("utf-8"))]))
    Path("w.json").write_bytes(data.draw(changed(evidence, WITNESS_PLACES)))
    ran = run("replay", "w.json")
    assert (ran.code == 1) == ("This witness refutes N1" in ran.out), ran
    assert not ran.new


@share(2)
@given(changed(AUDIT, AUDIT_PLACES), st.sampled_from(["report", "slack", "graph"]))
def test_an_audit_is_shown_or_refused(evidence: bytes, command: str) -> None:
    Path("a.json").write_bytes(evidence)
    shutil.rmtree("page", ignore_errors=True)
    arguments = {
        "report": ("report", "a.json", "page"),
        "slack": ("slack", "a.json"),
        "graph": ("graph", "--audit", "a.json"),
    }
    ran = run(*arguments[command])
    assert ran.code in (0, 2)
    page = Path("page") / "index.html"
    assert ran.new == ({page} if command == "report" and ran.code == 0 else set())
    if page.exists():
        assert Tags(page.read_text(encoding="utf-8")).dangerous() == []


def test_every_text_of_an_audit_is_harmless_on_a_page() -> None:
    """All texts at once; the tags of the page stay what they were."""
    plain = Tags(render(read(AUDIT)))
    assert plain.dangerous() == []
    for injection in INJECTIONS:
        audit = json.loads(json.dumps(AUDIT))
        for place in AUDIT_PLACES:
            poison(audit, place, injection)
        page = Tags(render(read(audit)))
        assert page.dangerous() == []
        assert {tag for tag, *_ in page.found} <= {tag for tag, *_ in plain.found} | FORMULAS


def poison(audit: Any, place: Place, text: str) -> None:
    """Put a text after the one at a place, if the audit is still readable then."""
    holder = audit
    for step in place[:-1]:
        holder = holder[step]
    before = holder[place[-1]]
    if isinstance(before, str):
        holder[place[-1]] = before + text
        try:
            read(audit)
        except ValueError:
            holder[place[-1]] = before


@share(1)
@given(changed(SURVEY, SURVEY_PLACES))
def test_a_survey_is_shown_or_refused(evidence: bytes) -> None:
    told = ""
    try:
        page = render_survey(read_survey(evidence))
    except ValueError as error:
        told = str(error)
    assert "\n" not in told
    assert told or Tags(page).dangerous() == []
