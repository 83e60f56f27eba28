import numpy as np

from claims.preliminaries.fixed_data import circle
from claims.width.w2_joint_needs_less import LONGER, MOST, draw
from refute import Compute, Instance, Trials

ARC = Instance(X=circle(0.55 * np.arange(3)), m=2 * MOST)
"""Three points of the plane on which joint training takes more steps than weak training."""


def failures(longer: int) -> int:
    found = draw(ARC, [np.random.default_rng([2, b]) for b in range(40)], Compute(), longer=longer)
    assert isinstance(found, Trials)
    return int(found.failed.sum())


def test_on_arcs_joint_training_is_certified_later_than_weak_training() -> None:
    assert failures(1) >= 6
    assert failures(LONGER) <= 2


def test_a_run_that_is_certified_late_takes_more_steps_and_no_trial_is_lost() -> None:
    generators = [np.random.default_rng([2, b]) for b in range(40)]
    at_once = draw(ARC, generators, Compute(), longer=1)
    again = draw(ARC, [np.random.default_rng([2, b]) for b in range(40)], Compute(), longer=LONGER)
    assert isinstance(at_once, Trials) and isinstance(again, Trials)
    assert at_once.steps is not None and again.steps is not None
    assert again.steps > at_once.steps
    assert not (again.failed & ~at_once.failed).any()
