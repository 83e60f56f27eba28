"""Verified smallest eigenvalues of data, and what the data report makes of them."""

from __future__ import annotations

import numpy as np

from claims.appendix.data_report import examine
from claims.appendix.kernel_minima import kernel_minima, no_parallel_pair
from refute import Compute, DataReport, Table
from refute.numerics.ball_spectrum import LARGEST_MATRIX

NAMES = ["lambda_0", "gamma_0", "kappa_0"]


def fan(n: int, spacing: float) -> np.ndarray:
    """n directions of the plane, of different lengths, near the first axis."""
    return np.array([[1.0, spacing * k] for k in range(n)]).T * np.arange(1, n + 1)


def test_what_float64_verifies_is_left_alone() -> None:
    minima = kernel_minima(np.eye(3))
    assert list(minima) == NAMES
    assert all(minimum.value.lower > 0 and not minimum.in_balls for minimum in minima.values())
    # K = I/2, and G = (1/2 - 1/(2 pi)) I + (1/(2 pi)) 1 1^T.
    assert minima["lambda_0"].value.lower <= 0.5 <= minima["lambda_0"].value.upper
    assert minima["gamma_0"].value.lower <= 0.5 - 0.5 / np.pi <= minima["gamma_0"].value.upper


def test_only_what_float64_leaves_open_goes_to_balls() -> None:
    minima = kernel_minima(fan(4, 1e-6))
    assert [minima[name].in_balls for name in NAMES] == [False, True, False]
    assert 0 < minima["gamma_0"].value.lower <= minima["gamma_0"].value.upper < 1e-16


def test_the_sum_of_kernels_is_refined_too() -> None:
    minima = kernel_minima(fan(3, 1e-14))
    assert all(minimum.in_balls and minimum.value.lower > 0 for minimum in minima.values())
    # K9 in enclosures: their lower ends alone may stand in any order, by as much as the enclosures are wide.
    least = minima["lambda_0"].value.lower + minima["gamma_0"].value.lower
    assert minima["kappa_0"].value.upper >= least
    assert minima["kappa_0"].value.upper <= (1 + 1e-5) * minima["kappa_0"].value.lower


def test_a_singular_kernel_is_not_called_positive() -> None:
    V = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    minima = kernel_minima(np.hstack([V, -V]))
    assert all(minimum.value.lower <= 0 <= minimum.value.upper for minimum in minima.values())
    assert not any(minimum.in_balls for minimum in minima.values())


def test_more_samples_than_balls_can_bear_stay_in_float64() -> None:
    minimum = kernel_minima(fan(LARGEST_MATRIX + 1, 1e-6))["gamma_0"]
    assert not minimum.in_balls and minimum.value.lower < 0 < minimum.value.upper


def test_parallel_pairs_are_found_whatever_their_lengths() -> None:
    assert no_parallel_pair(fan(3, 5e-324))
    assert not no_parallel_pair(np.array([[1.0, 3.0], [2.0, 6.0]]))
    assert not no_parallel_pair(np.array([[1.0, 0.0, -0.5], [2.0, 1.0, -1.0]]))


def report(rows: np.ndarray) -> DataReport:
    table = Table(rows, "rows", tuple(range(len(rows))))
    return examine(table, table, Compute(), 0, lambda _: None)


def test_data_beyond_float64_are_reported_as_what_they_are() -> None:
    found = report(np.ascontiguousarray(fan(3, 1e-14).T))
    facts = {fact.name: fact for fact in found.facts}
    assert facts["A2 no parallel rows"].holds and facts["A3 lambda_0 > 0"].holds
    assert "verified in balls >= " in facts["A3 lambda_0 > 0"].value
    assert facts["C1 runs"].value == "not followed: float64 does not resolve lambda_0"
    assert found.conclusion.endswith("No run was followed.")
    assert found.numbers["runs"] == {} and found.numbers["rows"]["lambda_0"]["lower"] > 0


def test_parallel_rows_are_reported_as_such() -> None:
    found = report(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]))
    facts = {fact.name: fact for fact in found.facts}
    assert facts["A2 no parallel rows"].holds is False and facts["A3 lambda_0 > 0"].holds is False
    assert "not verified to be positive" in facts["A3 lambda_0 > 0"].value
