"""Five theorems that are wrong in the ways authors are wrong: each is refuted, and for the right reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import hypothesis
import numpy as np
import pytest
from markupsafe import escape

from refute import Claim, Compute, Instance, Outcome
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.report.page import render
from refute.report.page_filters import pretty
from tests.pages import FENCE, ROOT
from tests.wrong_theorems import THEOREMS, Theorem
from tests.wrong_theorems.__main__ import audit, lines

SHARE = "share of failing trials"
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Expected:
    """The part that fails, what failing trials say, and where the mistake shows; nothing fails elsewhere."""

    label: str
    why: str
    where: Callable[[Instance], bool]


def shape(instance: Instance) -> tuple[int, int]:
    d, n = instance.X.shape
    return d, n


EXPECTED = {
    "W1": Expected(SHARE, "lambda_min(H_W(0)) < 0.5 lambda_0", lambda i: shape(i)[0] > 1),
    "W2": Expected("mean energy of the output", "", lambda i: shape(i)[0] != shape(i)[1]),
    "W3": Expected(SHARE, "envelope left at step", lambda i: shape(i)[1] > 1),
    "W4": Expected("lambda_0 >= sigma_min^2 / 4", "", lambda i: shape(i)[1] > shape(i)[0]),
    "W5": Expected(SHARE, "||u(x)||^2 >= 5 at the direction of a neuron", lambda i: len(i.direction) >= 8),
}


def quick(claim: Claim, seed: int = 0) -> Result:
    return audit_claim(claim, PROFILES["quick"], seed, Compute())


def test_there_are_five_of_them() -> None:
    assert [theorem.claim.id for theorem in THEOREMS] == list(EXPECTED)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.claim.id)
def test_a_wrong_theorem_is_refuted_for_the_right_reason(theorem: Theorem, seed: int) -> None:
    result = quick(theorem.claim, seed)
    expected = EXPECTED[theorem.claim.id]
    assert result.verdict is Verdict.REFUTED, result.because
    example = result.counterexample
    assert example is not None and example.confirmed
    for judgement in (example.judgement, example.second):
        assert [f.label for f in judgement.comparisons if f.outcome is Outcome.VIOLATED] == [expected.label]
        assert all(why.startswith(expected.why) for why in judgement.why)
        assert bool(judgement.why) == bool(expected.why)
    for instance, judgement in result.judged:
        assert judgement.violation == 0 or expected.where(instance), instance


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.claim.id)
def test_the_corrected_theorem_is_supported_by_the_same_code(theorem: Theorem) -> None:
    result = quick(theorem.corrected)
    assert result.verdict is Verdict.SUPPORTED, result.because
    assert result.premise_reach == 1.0


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.claim.id)
def test_the_false_sibling_of_a_wrong_theorem_is_refuted_too(theorem: Theorem) -> None:
    for sibling in theorem.claim.siblings:
        assert quick(theorem.claim.as_sibling(sibling)).verdict is Verdict.REFUTED


def in_six_digits(text: str) -> str:
    """The text on one line, without the digits of measured numbers that differ from machine to machine."""
    return re.sub(r"\d+\.\d{6,}", lambda number: f"{float(number[0]):.6g}", " ".join(text.split()))


def of_the_page(text: str) -> str:
    """The text in the numbers of the page, where Hypothesis is the one that found its witnesses.

    Another version draws other instances: then without numbers, and up to the witness.
    """
    locked = re.findall(r"(?m)^hypothesis==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"))
    if [hypothesis.__version__] == locked:
        return in_six_digits(text)
    return re.sub(r"\d[\d.e+-]*", "#", " ".join(text.split()).partition("witness:")[0])


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.claim.id)
def test_the_witness_is_printed_as_the_page_of_the_docs_quotes_it(theorem: Theorem) -> None:
    page = (ROOT / "docs" / "wrong-theorems.md").read_text("utf-8")
    section = page.partition(f"\n## {theorem.claim.id}. ")[2].partition("\n## ")[0]
    (quoted,) = [block for _, block in FENCE.findall(section)]
    assert quoted.startswith("REFUTED: ")
    found = " ".join(lines(theorem, 0)).partition("REFUTED: ")
    assert of_the_page("".join(found[1:])) == of_the_page(quoted)


def test_their_page_shows_each_counterexample_in_numbers_and_where_it_can_be_seen() -> None:
    record = audit(0)
    assert [claim.verdict for claim in record.claims] == [Verdict.REFUTED] * len(THEOREMS)
    page = render(record)
    assert "5 of 5 claims refuted: W1, W2, W3, W4, W5." in page
    assert page.count(">Counterexample</h4>") == len(THEOREMS)
    for claim in record.claims:
        assert claim.witness is not None
        assert str(escape(pretty(claim.witness.instance))) in page
        data = claim.witness.instance.fields.get("X")
        drawn = 'class="points"' in page.partition(f'id="claim-{claim.id}"')[2].partition("</article>")[0]
        assert drawn == (isinstance(data, np.ndarray) and data.shape[0] in (2, 3))
