"""Machine-checked parts of proofs: they close, and what is false in one parameter does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sympy
from flint import arb

from claims.kernels import k1_encoder_kernel, k5_pair_bound, k6_separation_bound, k8_antipodal_degeneracy
from claims.kernels.pair_proof import above_profile
from claims.preliminaries.proof_steps import on_boxes, vanishes
from models.kernels.limit_in_balls import decoder_profile, encoder_profile
from refute import Claim, Step
from refute.numerics.boxes import Answer, is_positive

PARTIAL = (k5_pair_bound.CLAIM, k6_separation_bound.CLAIM, k8_antipodal_degeneracy.CLAIM)


def open_steps(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if not step.closed]


@pytest.mark.parametrize("claim", PARTIAL, ids=[claim.id for claim in PARTIAL])
def test_every_lemma_closes_and_none_of_these_claims_says_proved(claim: Claim) -> None:
    assert claim.lemmas is not None and claim.proof is None
    steps = claim.lemmas()
    assert len(steps) >= 4 and open_steps(steps) == []


def test_the_arc_of_k1_is_closed_by_the_machine() -> None:
    steps = k1_encoder_kernel.proof()
    assert open_steps(steps) == []
    assert sum(step.detail.startswith("balls: decided on") for step in steps) == 3


def test_an_identity_closes_only_if_its_sides_are_equal() -> None:
    x = sympy.symbols("x", real=True)
    assert vanishes("pythagoras", sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1).closed
    wrong = vanishes("double", 2 * sympy.sin(x) * sympy.cos(x) - sympy.sin(x))
    assert not wrong.closed and wrong.detail.endswith("= 0") and "sin" in wrong.detail


@pytest.mark.parametrize(("positive", "closed"), [(True, True), (False, False), (None, False)])
def test_an_inequality_closes_only_if_all_of_it_was_decided(positive: bool | None, closed: bool) -> None:
    step = on_boxes("x > 0", Answer(positive, 7, ((0.5, 0.75),)))
    assert step.closed is closed
    assert ("[0.5, 0.75]" in step.detail) is not closed and "7 boxes" in step.detail


def test_a_ceiling_with_a_smaller_constant_is_not_proved() -> None:
    smaller = is_positive(lambda t: t * t / 5 - arb(1) / 2 + decoder_profile(t), (0.0, 4.0), zeros={0.0: 2})
    assert smaller.positive is False
    slope = is_positive(
        lambda t: t / 7 + t * t / 4 - arb(1) / 2 + encoder_profile(t), (0.0, 4.0), zeros={0.0: 1}
    )
    assert slope.positive is False
    with pytest.raises(ValueError, match="does not vanish to order 3"):
        above_profile(lambda t, pi: t / 7 + t * t / 4, encoder_profile)
