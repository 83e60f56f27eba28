import operator
from fractions import Fraction

import numpy as np
import pytest

from claims.perturbation.p1_pattern_stability import border, check, escalate
from refute import Comparison, Compute, Instance, Outcome, Unmet

FINE = Compute()


def at(x: list[float], v: list[float], w: list[float]) -> Instance:
    return Instance(X=np.array(x)[:, None], V=np.array([v]), W=np.array([w]))


def comparison(instance: Instance, compute: Compute = FINE) -> Comparison:
    found = check(instance, compute)
    assert not isinstance(found, Unmet)
    return found[0]


ONTO_THE_KINK = at([1.0, 1.0], [3.0, 1.0], [1.0, -1.0])
"""<v, x> = 4 = ||w - v|| ||x||, and <w, x> = 0."""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_neuron_on_its_kink_is_decided_by_which_end_is_closed(dtype: str) -> None:
    tie = comparison(ONTO_THE_KINK, Compute(dtype=dtype))
    assert tie.open
    assert escalate(ONTO_THE_KINK, tie).outcome is Outcome.HOLDS
    assert escalate(ONTO_THE_KINK, tie, upper=operator.lt).outcome is Outcome.VIOLATED
    assert escalate(ONTO_THE_KINK, tie, share=Fraction(2**60 - 1, 2**60)).outcome is Outcome.VIOLATED


def test_the_lower_end_never_changes() -> None:
    up_to_the_kink = at([1.0, 1.0], [-3.0, -1.0], [-1.0, 1.0])
    changed, inside = border(up_to_the_kink)
    assert not changed.any()
    assert not inside.any()


def test_a_change_far_inside_the_border_needs_no_exact_arithmetic() -> None:
    found = comparison(at([1.0, 0.0], [1.0, 0.0], [-3.0, 0.0]))
    assert found.outcome is Outcome.HOLDS
    assert (found.measured, found.bound) == (1.0, 4.0)
    assert comparison(at([1.0, 0.0], [-1.0, 0.0], [1.0, 5.0])).measured == 1.0


def test_without_a_change_there_is_nothing_to_judge() -> None:
    assert check(at([1.0, 0.0], [1.0, 0.0], [2.0, 5.0]), FINE) == Unmet("no entry changes")
    assert isinstance(check(at([1.0, 0.0], [0.0, 1.0], [0.0, 1.0]), FINE), Unmet)


def test_a_change_within_rounding_is_decided_exactly() -> None:
    x = np.array([1.0, 1.0, 1.0]) / 3
    v = np.array([0.1, 0.2, -0.3])
    instance = at(list(x), list(v), list(v + 2.0**-60))
    found = check(instance, FINE)
    if not isinstance(found, Unmet):
        assert escalate(instance, found[0]).outcome is Outcome.HOLDS


@pytest.mark.parametrize("seed", range(5))
def test_the_exact_sets_are_those_of_floating_point_away_from_the_border(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, V, W = (generator.standard_normal(shape) for shape in ((3, 4), (5, 3), (5, 3)))
    changed, inside = border(Instance(X=X, V=V, W=W))
    lengths = np.outer(np.linalg.norm(W - V, axis=1), np.linalg.norm(X, axis=0))
    assert (changed == ((V @ X > 0) != (W @ X > 0))).all()
    assert (inside == (np.abs(V @ X) <= lengths)).all()
    assert (inside | ~changed).all()
