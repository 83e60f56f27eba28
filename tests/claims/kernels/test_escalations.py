from __future__ import annotations

import numpy as np
import pytest

from claims.kernels import (
    k4_coefficient_order,
    k5_pair_bound,
    k6_separation_bound,
    k7_crowded_arc,
    k8_antipodal_degeneracy,
    k9_joint_eigenvalue,
)
from refute import Claim, Instance, at_least

PAIR = Instance(X=np.array([[1.0, 0.6], [0.0, 0.8]]))
ANTIPODAL = Instance(X=np.array([[1.0, -1.0], [0.0, 0.0]]))
CASES = [
    (k4_coefficient_order.CLAIM, PAIR),
    (k5_pair_bound.CLAIM, PAIR),
    (k6_separation_bound.CLAIM, PAIR),
    (k7_crowded_arc.CLAIM, Instance(n=3, t=0.25)),
    (k8_antipodal_degeneracy.CLAIM, ANTIPODAL),
    (k9_joint_eigenvalue.CLAIM, PAIR),
]


@pytest.mark.parametrize(("claim", "instance"), CASES, ids=[claim.id for claim, _ in CASES])
def test_a_label_that_an_escalation_does_not_know_is_left_alone(claim: Claim, instance: Instance) -> None:
    tie = at_least("no part of the statement", 0.0, 0.0, 1.0)
    assert tie.open
    assert claim.escalate is not None
    assert claim.escalate(instance, tie) is tie
