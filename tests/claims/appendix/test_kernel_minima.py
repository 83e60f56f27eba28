"""Verified smallest eigenvalues of data, and what the data report makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from claims.appendix.data_report import examine
from claims.appendix.directions import parallel_rows, unit_rows
from claims.appendix.kernel_minima import Minimum, distance, kernel_minima, with_separation
from models.kernels.closest_pair import closest_pair
from models.kernels.limit_in_balls import decoder_kernel as decoder_balls
from models.kernels.limit_in_balls import encoder_kernel as encoder_balls
from refute import Compute, DataReport, Table
from refute.numerics import Enclosure, smallest_eigenvalue_in_balls
from refute.numerics.ball_spectrum import LARGEST_MATRIX

NAMES = ["lambda_0", "gamma_0", "kappa_0"]


def fan(n: int, spacing: float) -> np.ndarray:
    """n directions of the plane, of different lengths, near the first axis."""
    return np.array([[1.0, spacing * k] for k in range(n)]).T * np.arange(1, n + 1)


def test_what_float64_verifies_is_left_alone() -> None:
    minima = kernel_minima(np.eye(3))
    assert list(minima) == NAMES
    assert all(minimum.value.lower > 0 and minimum.how == "float64" for minimum in minima.values())
    # K = I/2, and G = (1/2 - 1/(2 pi)) I + (1/(2 pi)) 1 1^T.
    assert minima["lambda_0"].value.lower <= 0.5 <= minima["lambda_0"].value.upper
    assert minima["gamma_0"].value.lower <= 0.5 - 0.5 / np.pi <= minima["gamma_0"].value.upper


def test_only_what_float64_leaves_open_goes_to_balls() -> None:
    minima = kernel_minima(fan(4, 1e-6))
    assert [minima[name].how for name in NAMES] == ["float64", "balls", "float64"]
    assert 0 < minima["gamma_0"].value.lower <= minima["gamma_0"].value.upper < 1e-16


def test_the_sum_of_kernels_is_refined_too() -> None:
    minima = kernel_minima(fan(3, 1e-14))
    assert all(minimum.how == "balls" and minimum.value.lower > 0 for minimum in minima.values())
    # K9 in enclosures: their lower ends alone may stand in any order, by as much as the enclosures are wide.
    least = minima["lambda_0"].value.lower + minima["gamma_0"].value.lower
    assert minima["kappa_0"].value.upper >= least
    assert minima["kappa_0"].value.upper <= (1 + 1e-5) * minima["kappa_0"].value.lower


def test_a_singular_kernel_is_not_called_positive() -> None:
    V = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    minima = kernel_minima(np.hstack([V, -V]))
    assert all(minimum.value.lower <= 0 <= minimum.value.upper for minimum in minima.values())
    assert all(minimum.how == "float64" for minimum in minima.values())


def test_more_samples_than_balls_can_bear_stay_in_float64() -> None:
    minimum = kernel_minima(fan(LARGEST_MATRIX + 1, 1e-6))["gamma_0"]
    assert minimum.how == "float64" and minimum.value.lower < 0 < minimum.value.upper


SIZES = [5e-324, 1e-320, 3e-162, 1e-157, 1e-100, 1.0, 1e100, 1e200, 1e308]


def smallest_in_balls(samples: np.ndarray) -> dict[str, Enclosure]:
    """The three eigenvalues of the exactly normalised columns, from the kernels in balls alone."""
    kernels = {
        "lambda_0": [encoder_balls],
        "gamma_0": [decoder_balls],
        "kappa_0": [encoder_balls, decoder_balls],
    }

    def minimum(builders: list[Any]) -> Enclosure:
        def build() -> Any:
            several = [builder(samples) for builder in builders]
            return [
                [sum(entries[1:], entries[0]) for entries in zip(*rows, strict=True)]
                for rows in zip(*several, strict=True)
            ]

        return smallest_eigenvalue_in_balls(build, Enclosure(-1.0, 2.0 * samples.shape[1]), 2.0**-45)

    return {name: minimum(builders) for name, builders in kernels.items()}


@given(
    st.lists(st.sampled_from(SIZES), min_size=2, max_size=4),
    st.integers(2, 4),
    st.integers(0, 2**32 - 1),
)
@example([3e-162, 1e-162], 2, 0)
@settings(max_examples=25)
def test_the_bounds_are_true_of_rows_of_any_length(sizes: list[float], d: int, seed: int) -> None:
    """By a second route: rows as exact fractions, kernels and eigenvalues in balls, no code shared."""
    g = np.random.default_rng(seed)
    samples = g.uniform(-1, 1, (d, len(sizes))) * np.array(sizes)
    if not samples.any(axis=0).all() or parallel_rows(np.ascontiguousarray(samples.T)):
        return
    truth = smallest_in_balls(samples)
    for name, minimum in kernel_minima(samples).items():
        assert minimum.value.lower <= truth[name].upper, name
        assert minimum.value.upper >= truth[name].lower, name


def test_the_bound_of_the_issue_is_true_now() -> None:
    """3, 1 / 1, 3 times 1e-162: squares are subnormal, and norms computed from them were 5 % off."""
    samples = np.array([[3e-162, 1e-162], [1e-162, 3e-162]])
    minimum = kernel_minima(samples)["lambda_0"].value
    truth = smallest_in_balls(samples)["lambda_0"]
    assert minimum.lower <= truth.lower and truth.upper <= minimum.upper
    assert (
        abs(minimum.lower - kernel_minima(np.array([[3.0, 1.0], [1.0, 3.0]]))["lambda_0"].value.lower) < 1e-12
    )


@given(
    st.lists(st.integers(-1060, 1000), min_size=4, max_size=4),
    arrays(np.int64, (3, 4), elements=st.integers(1, 9)),
)
@settings(max_examples=30)
def test_powers_of_two_leave_every_digit_of_the_bounds(powers: list[int], whole: np.ndarray) -> None:
    samples = whole.astype(np.float64)
    assert kernel_minima(np.ldexp(samples, np.array(powers))) == kernel_minima(samples)


def test_k6_stands_in_where_float64_shows_nothing() -> None:
    n = LARGEST_MATRIX + 1
    minima = with_separation(kernel_minima(fan(n, 1e-6)), n, 0.9e-6)
    assert [minima[name].how for name in NAMES] == ["float64", "separation", "float64"]
    share = 0.9e-6 / np.sqrt(np.log(2 * n - 2))
    assert 0 < minima["gamma_0"].value.lower <= share**3 / (144 * np.pi)
    assert with_separation(kernel_minima(np.eye(3)), 3, 1.0) == kernel_minima(np.eye(3))
    nothing = with_separation({"lambda_0": Minimum(Enclosure(0.0, 1.0))}, 5000, 1.0)["lambda_0"].value
    assert 0 < nothing.lower <= 1 / (12 * np.pi * np.sqrt(np.log(9998))) < nothing.upper == 1.0


@pytest.mark.parametrize("spacing", [1e-3, 1e-9, 1e-14, 1e-100, 1e-200])
def test_small_distances_are_told_in_all_digits(spacing: float) -> None:
    rows = np.array([[0.0, 1.0], [5.0, -5.0 * spacing], [1.0, 1.0], [-2.0, 0.0]])
    found = distance(rows, closest_pair(torch.from_numpy(unit_rows(rows)[0]).mT))
    assert (found.first, found.second, found.antipodal) == (1, 3, True)
    assert abs(found.delta / (2 * np.sin(np.arctan(spacing) / 2)) - 1) < 1e-6
    assert (found.error == 0) == (spacing < 1e-6)


def test_of_many_rows_the_pair_alone_is_measured_again() -> None:
    rows = np.ascontiguousarray(fan(40, 1e-9).T)
    before = closest_pair(torch.from_numpy(unit_rows(rows)[0]).mT)
    found = distance(rows, before)
    assert abs(found.delta / 1e-9 - 1) < 1e-6 and found.error == before.error > 0


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
