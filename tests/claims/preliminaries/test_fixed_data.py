from __future__ import annotations

import math

import numpy as np
import pytest

from claims.preliminaries.assumptions import pair_angles, unit_norm, unit_norm_rounding
from claims.preliminaries.fixed_data import circle, pair, sphere


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize("theta", [1e-8, 1.0, math.pi / 2, 3.0])
def test_two_points_are_at_their_angle(theta: float, d: int) -> None:
    X = pair(theta, d)
    assert X.shape == (d, 2) and unit_norm(X) <= unit_norm_rounding(d)
    assert pair_angles(X) == pytest.approx([theta], rel=1e-12)
    assert not X[2:].any()


@pytest.mark.parametrize("d", [2, 4])
def test_points_of_a_circle_are_at_their_turns(d: int) -> None:
    turns = np.array([0.0, 0.3, 1.0, 2.5])
    X = circle(turns, d)
    assert X.shape == (d, 4) and unit_norm(X) <= unit_norm_rounding(d)
    first, second = np.triu_indices(4, k=1)
    assert pair_angles(X) == pytest.approx(turns[second] - turns[first])


def test_points_of_a_sphere_are_a_function_of_their_sizes_and_seed() -> None:
    assert (sphere(3, 4, 0) == sphere(3, 4, 0)).all()
    assert (sphere(3, 4, 0) != sphere(3, 4, 1)).all()
    assert unit_norm(sphere(3, 4, 0)) <= unit_norm_rounding(4)
