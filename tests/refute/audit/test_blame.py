"""Blame: the deepest false claim below a refuted one is named, and nobody is blamed without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from torch import Tensor

import models.certificate.points
import models.kernels.finite
import models.kernels.limit
import models.networks.autoencoder
from claims.preliminaries.restrictions import pairs, several_samples
from models.certificate.ball_sums import BallSums, ball_sums
from refute.audit.all_claims import with_blame
from refute.audit.blame import Blame, blame
from refute.audit.judgement import Judgement
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES, Profile
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.cli import main as cli
from refute.evidence.search import Stratum, search
from refute.inputs.registry import Book, discover
from refute.report.audit_json import blame_record
from refute.report.page import render
from refute.statement.claim import Claim, Comparisons, Sibling, Unmet
from refute.statement.comparing import at_most
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Kind
from tests.refute.cli.test_main import falsify
from tests.refute.inputs.test_registry import N1, change
from tests.refute.sample_audit import in_json, read, sample
from tests.test_docs import documented

ROOT = Path(__file__).resolve().parents[3]
AT_TWO = Instance(x=2)
FEW = PROFILES["quick"]
FEW = Profile("few", dict.fromkeys(FEW.instances, 6), dict.fromkeys(FEW.shrink_calls, 2))

Check = Callable[[Instance, Compute], Comparisons | Unmet]


def below(limit: float) -> Check:
    """x <= limit."""
    return lambda instance, _: (at_most("x", instance.x, limit),)


def claim(label: str, check: Check, *uses: str, **changes: Any) -> Claim:
    return Claim(
        id=label,
        title=label,
        kind=Kind.UPPER_BOUND,
        finding="F1",
        instances=st.builds(Instance, x=st.integers(0, 3)),
        siblings=(Sibling("none", "x <= -1", "x is not negative", falls="x", check=below(-1)),),
        least=1,
        check=check,
        uses=uses,
        **changes,
    )


def raises(instance: Instance, _: Compute) -> Comparisons:
    raise ZeroDivisionError("nothing to divide by")


def found(top: Claim, *others: Claim) -> Blame:
    blamed = blame(top, AT_TWO, (top, *others), Compute(), 0)
    assert blamed is not None
    return blamed


def test_a_claim_that_uses_nothing_has_nobody_to_blame() -> None:
    assert blame(claim("A", below(1)), AT_TWO, (), Compute(), 0) is None


def test_the_false_claim_is_named_with_its_way_and_its_numbers() -> None:
    blamed = found(claim("A", below(1), "B"), claim("B", below(9), "C"), claim("C", below(1)))
    assert blamed.path == ("A", "B", "C")
    assert blamed.false == "C"
    assert blamed.sentence == (
        "A falls because C is false on this instance (by way of B): x: 2 <= 1 fails (slack -0.5, rounding 0)."
    )


def test_of_two_false_claims_on_a_way_the_deeper_one_is_named() -> None:
    assert found(claim("A", below(1), "B"), claim("B", below(1), "C"), claim("C", below(1))).false == "C"


def test_of_two_false_claims_side_by_side_the_first_one_is_named() -> None:
    assert found(claim("A", below(1), "C", "B"), claim("B", below(1)), claim("C", below(1))).false == "C"


def test_where_all_hold_the_claim_itself_is_left() -> None:
    blamed = found(claim("A", below(1), "B"), claim("B", below(9), "C"), claim("C", below(9)))
    assert blamed.false is None
    assert blamed.path == ("A",)
    assert blamed.held == ("C", "B")
    assert blamed.sentence == "The claims it rests on hold on this instance: C, B."


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (raises, "ZeroDivisionError: nothing to divide by"),
        (lambda *_: Unmet("x is even"), "x is even"),
        (lambda i, _: (at_most("x", i.x, i.width),), "the instance has no value named 'width'"),
        (lambda i, _: (at_most("x", i.x, 2, 1.0),), "it stayed undecided"),
    ],
)
def test_what_could_not_be_judged_is_neither_held_nor_false(check: Check, reason: str) -> None:
    blamed = found(claim("A", below(1), "B", "C"), claim("B", check), claim("C", below(9)))
    assert blamed.held == ("C",)
    assert reason in blamed.skipped["B"]
    assert reason in blamed.sentence


def test_what_is_lent_must_be_an_instance() -> None:
    lent: Any = ({"x": 1},)
    blamed = found(claim("A", below(1), "B", restrict_to={"B": lambda _: lent}), claim("B", below(1)))
    assert "A could not lend to it, TypeError: it lends {'x': 1}, which is no instance" in blamed.sentence


def test_a_lent_instance_replaces_the_own_one() -> None:
    half = claim("A", below(1), "B", restrict_to={"B": lambda instance: (Instance(x=instance.x / 2),)})
    assert found(half, claim("B", below(1))).held == ("B",)
    assert found(half, claim("B", below(0.5))).instance == Instance(x=1)


def test_every_lent_instance_is_tried() -> None:
    several = claim("A", below(1), "B", restrict_to={"B": lambda _: [Instance(x=k) for k in range(5)]})
    assert found(several, claim("B", below(3))).instance == Instance(x=4)


def test_a_claim_that_lends_nothing_or_cannot_says_so() -> None:
    empty = claim("A", below(1), "B", restrict_to={"B": lambda _: ()})
    assert found(empty, claim("B", below(1))).skipped == {"B": "this instance of A holds none of its own"}
    broken = claim("A", below(1), "B", restrict_to={"B": lambda instance: (instance.y,)})
    assert "AttributeError" in found(broken, claim("B", below(1))).skipped["B"]


def test_a_claim_is_restricted_only_to_those_it_uses() -> None:
    with pytest.raises(ValueError, match="A: is restricted to C, which it does not use"):
        claim("A", below(1), "B", restrict_to={"C": pairs})


def test_only_a_refuted_claim_is_blamed() -> None:
    true = claim("A", below(9), "B")
    false = claim("A", below(1), "B")
    for top, verdict in ((true, Verdict.SUPPORTED), (false, Verdict.REFUTED)):
        result = audit_claim(top, FEW, 0, Compute())
        blamed = with_blame(result, (top, claim("B", below(0))), Compute(), 0)
        assert blamed.verdict is verdict
        assert (blamed == result) == (verdict is Verdict.SUPPORTED)
    assert blamed.because.startswith("x: ")
    assert "A falls because B is false" in blamed.because


@pytest.fixture(scope="module")
def book() -> Book:
    return discover(ROOT)


@pytest.fixture
def wrong_gram(monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder's Gram matrix four times too large, in the kernels and in the certificate's own route."""
    right = models.kernels.finite.summed

    def doubled(W: Tensor, A: Tensor | None, *others: Any) -> Tensor:
        return right(W, None if A is None else 2 * A, *others)

    monkeypatch.setattr(models.kernels.finite, "summed", doubled)
    monkeypatch.setattr(models.certificate.points, "ball_sums", _fourfold)


def _fourfold(*args: Any) -> BallSums:
    found = ball_sums(*args)
    return replace(found, H=4 * found.H, P=4 * found.P, R=4 * found.R)


def of(book: Book, label: str) -> Claim:
    (one,) = book.find([label])
    return one


def judged(book: Book, label: str) -> Result:
    result = audit_claim(of(book, label), FEW, 0, Compute())
    return with_blame(result, book.claims, Compute(), 0)


@pytest.mark.usefixtures("wrong_gram")
def test_a_wrong_gram_matrix_refutes_the_certificate_and_p4_is_blamed(book: Book) -> None:
    """Without the examples that end on a kink, where P4 says nothing."""
    claim = of(book, "C1")
    smooth = replace(claim, examples=tuple(at for at in claim.examples if at.kinks == 0))
    result = with_blame(audit_claim(smooth, FEW, 0, Compute()), book.claims, Compute(), 0)
    assert result.verdict is Verdict.REFUTED
    assert result.blame is not None
    assert result.blame.path == ("C1", "P4")
    assert "C1 falls because P4 is false on this instance: energy of the gradient" in result.because


@pytest.mark.parametrize("label", ["C2", "C3"])
def test_c2_and_c3_come_to_p4_by_way_of_the_certificate(book: Book, label: str, wrong_gram: None) -> None:
    two_axes = Instance(X=np.eye(3)[:, :2], excess=1.0, pace=0.5)
    found = blame(of(book, label), two_axes, book.claims, Compute(), 0)
    assert found is not None
    assert found.path == (label, "C1", "P4")


@pytest.mark.parametrize(
    ("label", "path"), [("K8", ("K8", "K1")), ("K6", ("K6", "K1")), ("K5", ("K5", "K2"))]
)
def test_wrong_angles_are_the_fault_of_the_closed_form(
    book: Book, label: str, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = models.kernels.limit.angles
    monkeypatch.setattr(models.kernels.limit, "angles", lambda *args: right(*args) / 2)
    result = judged(book, label)
    assert result.verdict is Verdict.REFUTED
    assert result.blame is not None
    assert result.blame.path == path


@pytest.mark.parametrize("label", ["M1", "I2"])
def test_the_way_to_the_closed_form_leads_through_the_separation_bound(
    book: Book, label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = models.kernels.limit.angles
    monkeypatch.setattr(models.kernels.limit, "angles", lambda *args: right(*args) / 2)
    X = np.array([[1.0, 0.6, 0.0], [0.0, 0.8, 1.0]])
    found = blame(of(book, label), Instance(X=X, Y=X, e=0.5, regime="weak"), book.claims, Compute(), 0)
    assert found is not None
    assert found.path == (label, "K6", "K1")


def test_a_wrong_tied_network_is_the_fault_of_its_mean(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    right = models.networks.autoencoder.tied_outputs
    for label in ("T1", "T2"):
        module = of(book, label).module
        monkeypatch.setattr(f"{module}.tied_outputs", lambda W, X, c: 1.5 * right(W, X, c))
    result = judged(book, "T2")
    assert result.blame is not None
    assert result.blame.path == ("T2", "T1")


NOTHING_TO_LEND = {
    "C4": {"I2", "I5", "P7"},
    "C5": {"I5", "P7"},
    "C6": {"C1"},
    "C9": {"P3"},
    "W2": {"C1"},
    "W3": {"C1"},
}
"""By claim, those that it uses and of which its instances hold none: they are not large enough."""


def test_an_unbroken_claim_lends_what_those_it_uses_can_judge(book: Book) -> None:
    """Whatever a claim uses is reached from one of its own instances, and holds there."""
    for top in (one for one in book.claims if one.uses):
        drawn = search([Stratum(top.instances, 20, 0)], lambda _: Judgement()).seen.values()
        missing = set(top.uses)
        skipped = {}
        for instance in (*top.examples, *(one for one, _ in drawn)):
            replayed = blame(top, instance, book.claims, Compute(), 0)
            assert replayed is not None and replayed.false is None, (top.id, replayed)
            missing = missing - set(replayed.held)
            skipped = dict(replayed.skipped)
            if missing == NOTHING_TO_LEND.get(top.id, set()):
                break
        said = {label: skipped[label] for label in missing}
        none = f"this instance of {top.id} holds none of its own"
        assert said == dict.fromkeys(NOTHING_TO_LEND.get(top.id, ()), none), (top.id, said)


def test_blame_is_in_the_evidence_and_its_keys_are_documented(toy: Path) -> None:
    falsify(toy)
    change(toy, N1, "check=check,\n    escalate=escalate", "check=three_halves")
    assert cli.main(["run", "N1", "--json", "run.json"]) == 1
    (told,) = json.loads(Path("run.json").read_text())["claims"]
    assert told["blame"].keys() == documented()["blame"]
    assert told["blame"]["path"] == ["N1", "N3"]
    assert told["because"].endswith(told["blame"]["sentence"])
    assert "N1 falls because N3 is false on this instance: square of the sum" in told["because"]


def test_blame_is_on_the_page(toy: Path) -> None:
    top = claim("A", below(1), "K1")
    used = claim("K1", below(0))
    told = in_json(blame_record(found(top, used)))
    shown = sample()
    shown["claims"][1]["blame"] = told
    page = " ".join(render(read(shown)).split())
    assert '<a href="#claim-K1">K1</a>' in page
    assert "and K1 is false here:" in page
    assert "is false here" not in render(read(sample()))
    shown["claims"][1]["blame"] = told | {"path": "A"}
    with pytest.raises(ValueError, match=r"^claims\[1\]\.blame\.path: expected `array`"):
        read(shown)


def test_pytest_names_the_false_claim(toy: Path) -> None:
    falsify(toy)
    change(toy, N1, "check=check,\n    escalate=escalate", "check=three_halves")
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "claims/numbers/n1_square_of_sum.py",
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        cwd=toy,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "N1 falls because N3 is false on this instance" in told
    assert "instance of N3: Instance(x=" in told


def test_pairs_and_samples_are_lent_where_there_are_any() -> None:
    one = Instance(X=np.eye(3)[:, :1], m=2)
    three = Instance(X=np.eye(3), m=2)
    assert pairs(one) == several_samples(one) == ()
    assert several_samples(three) == (Instance(X=np.eye(3)),)
    assert [pair.X.tolist() for pair in pairs(three)] == [
        np.eye(3)[:, columns].tolist() for columns in ([0, 1], [0, 2], [1, 2])
    ]
    parallel = Instance(X=three.X @ np.array([[1.0, -1, 0], [0, 0, 0], [0, 0, 1]]))
    assert len(pairs(parallel)) == 2
