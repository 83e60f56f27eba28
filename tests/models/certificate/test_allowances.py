"""Allowances for rounding that other terms hide: each against the count it stands for, from both sides."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from models.certificate import contraction
from models.certificate.points import points_of
from models.kernels.finite import encoder_gram
from models.kernels.matrix_free import smallest_eigenvalue
from models.kernels.tracking import track, update
from models.networks.autoencoder import Network
from refute.numerics.enclosure import Enclosure
from refute.numerics.rounding import unit_roundoff
from tests.models.certificate.test_contraction import problem
from tests.models.helpers import gaussian, integral

U = Fraction(unit_roundoff())
SLACK = 1 + 2**10 * U


def exact_gamma(count: int, u: Fraction = U) -> Fraction:
    return count * u / (1 - count * u)


@pytest.mark.parametrize("kinks", [0, 1, 2])
@pytest.mark.parametrize("share", [2.0**-9, 0.25, 2.0])
def test_the_error_of_the_square_counts_every_part(kinks: int, share: float) -> None:
    network, X = problem(2, 2, 6, 1, kinks)
    point = points_of(network, X, "weak")
    balls = contraction.balls(point, np.array([share * network.scale / point.data.norm]))
    form = point.data.form
    sums = balls.sums
    Q = np.zeros_like(balls.sums.P)
    Q[:, form.samples] = sums.Q
    matrices = form.matrix(sums.P[0]), form.matrix(Q[0])
    (square,), (error,) = contraction._square(point, balls)
    traces = [sum(Fraction(v) for v in np.diag(M)) for M in matrices]
    tiny = Fraction(np.finfo(np.float64).tiny)
    balance = min(max(max(traces[1], tiny) / max(traces[0], tiny), Fraction(1, 2**20)), Fraction(2**20))
    t = Fraction(float(np.sqrt(float(balance))))
    needed = Fraction(point.H_error[0]) + Fraction(point.eps) * (
        (1 + t) * traces[0] + (1 + 1 / t) * traces[1]
    )
    assert needed * (1 - 2**10 * U) <= Fraction(error) <= needed * SLACK
    expected = form.matrix(sums.H[0]) + (1 + float(t)) * matrices[0] + (1 + 1 / float(t)) * matrices[1]
    assert np.allclose(form.matrix(square), expected, rtol=0.0, atol=2.0**-40 * float(np.abs(expected).max()))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("signs", [True, False])
def test_the_error_of_a_tracked_kernel_is_gamma_times_its_trace(signs: bool, dtype: torch.dtype) -> None:
    m = 9
    d = 3
    n = 2
    network, X = gaussian((1, m, d, n), 5)
    A = network.A.sign() if signs else network.A
    network = Network(network.W.to(dtype), A.to(dtype))
    X = X.to(dtype)
    name = str(dtype).removeprefix("torch.")
    count = d + 4 if signs else m + d + 6
    u = Fraction(unit_roundoff(name))
    squares = [sum(Fraction(v) ** 2 for v in part.double().flatten().tolist()) for part in (X, network.A)]
    needed = exact_gamma(count, u) * squares[0] * squares[1] / (m * d)
    found = Fraction(track(network, X).error)
    assert needed * (1 - 2**10 * U) <= found <= needed * SLACK


def test_neurons_that_rest_on_a_kink_are_tracked_as_inactive() -> None:
    for seed in range(6):
        network, X = integral((1, 12, 2, 3), seed)
        elsewhere = Network(-network.W, network.A)
        for tracked in (track(network, X), update(track(elsewhere, X), network, X)):
            whole = [(kernel * 24).round() for kernel in (tracked.kernel, encoder_gram(network, X)[0])]
            assert torch.equal(*whole)


def test_five_rows_are_enough_for_the_iteration_and_four_are_not() -> None:
    X = torch.ones(1, 5, dtype=torch.float64)
    with pytest.raises(ValueError, match="4 rows"):
        smallest_eigenvalue(
            gaussian((1, 40, 2, 2), 0)[0], torch.eye(2).double(), "joint", np.random.default_rng(0)
        )
    with pytest.raises(ValueError, match="singular"):  # five rows get as far as the preconditioner
        smallest_eigenvalue(gaussian((1, 40, 1, 5), 0)[0], X, "joint", np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(20))
def test_around_leaves_room_for_two_more_roundings_of_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = float(rng.standard_normal())
    radius = float(rng.random())
    found = Enclosure.around(value, radius)
    size = abs(Fraction(value)) + abs(Fraction(radius))
    for end, sign in ((found.lower, -1), (found.upper, 1)):
        room = sign * (Fraction(end) - Fraction(value)) - Fraction(radius)
        assert 2 * U * size <= room <= 8 * U * size
