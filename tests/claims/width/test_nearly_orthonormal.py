import math

import numpy as np
import pytest
from hypothesis import given, settings

from claims.preliminaries.assumptions import unit_norm, unit_norm_rounding
from claims.width.near_orthonormal import SHAPES, correlations, near_orthonormal, overlap, with_correlations
from claims.width.w3_dramatically_less import MANY, OVERLAP, SIZES, draw, joint_width, nearly_orthonormal
from refute import Compute, Instance, Unmet


@pytest.mark.parametrize("shape", SHAPES)
def test_data_have_the_correlations_asked_for(shape: str) -> None:
    C = correlations(5, shape, np.random.default_rng(0)) / 8
    X = with_correlations(C, 9, np.random.default_rng(1))
    np.testing.assert_allclose(X.T @ X, np.eye(5) + C, atol=1e-14)
    assert overlap(X) == pytest.approx(0.0 if shape == "orthonormal" else 1 / 8, abs=1e-14)
    assert unit_norm(X) <= unit_norm_rounding(9)


@given(near_orthonormal((*SIZES, *MANY), OVERLAP))
@settings(max_examples=50, deadline=None)
def test_drawn_data_meet_the_premise(X: np.ndarray) -> None:
    assert nearly_orthonormal(X) == ""
    assert joint_width(X) == len(X) + math.floor(0.75 * X.shape[1])


@pytest.mark.parametrize(
    ("X", "why"),
    [
        (np.eye(10)[:, :1], "range"),
        (np.eye(9), "range"),
        (2 * np.eye(10), "A1"),
        (
            with_correlations(
                correlations(2, "equal", np.random.default_rng(0)) / 7, 10, np.random.default_rng(0)
            ),
            "common",
        ),
    ],
)
def test_other_data_do_not_meet_the_premise(X: np.ndarray, why: str) -> None:
    found = draw(Instance(X=X, part="joint", times=1), [np.random.default_rng(0)], Compute())
    assert isinstance(found, Unmet)
    assert why in found.reason
