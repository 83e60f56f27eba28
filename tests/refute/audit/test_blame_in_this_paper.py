"""Blame in this paper: an error that is planted in a model is named as far down as it lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

import models.certificate.points
import models.kernels.finite
import models.kernels.limit
import models.networks.autoencoder
from claims.preliminaries.restrictions import pairs, several_samples
from models.certificate.ball_sums import BallSums, ball_sums
from refute.audit.all_claims import with_blame
from refute.audit.blame import blame
from refute.audit.judgement import Judgement
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES, Profile
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.search import Stratum, search
from refute.inputs.registry import Book
from refute.statement.claim import Claim
from refute.statement.instance import Instance
from refute.statement.kinds import Compute

ROOT = Path(__file__).resolve().parents[3]
FEW = PROFILES["quick"]
FEW = Profile("few", dict.fromkeys(FEW.instances, 6), dict.fromkeys(FEW.shrink_calls, 2))


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
