from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import torch
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.preliminaries.assumptions import data_matrices
from models.kernels import limit, limit_in_balls
from refute.numerics.balls import precision
from refute.numerics.rounding import gamma

BITS = 128


def as_mpf(ball: arb) -> mpmath.mpf:
    return mpmath.mpf(ball.mid().str(60, radius=False))


def reference_angle(x: np.ndarray, y: np.ndarray) -> mpmath.mpf:
    """The angle by the half-angle formula on normalised columns, at 100 digits."""
    u, v = ([mpmath.mpf(float(entry)) for entry in column] for column in (x, y))
    size_u = mpmath.norm(u)
    size_v = mpmath.norm(v)
    apart = mpmath.norm([p / size_u - q / size_v for p, q in zip(u, v, strict=True)])
    opposite = mpmath.norm([p / size_u + q / size_v for p, q in zip(u, v, strict=True)])
    return 2 * mpmath.atan2(apart, opposite)


def close(ball: arb, reference: mpmath.mpf) -> bool:
    """Whether the reference lies in the ball, widened by the roundoff of the reference's own 100 digits."""
    return bool(abs(as_mpf(ball) - reference) <= mpmath.mpf(float(ball.rad())) * 2 + mpmath.mpf(10) ** -55)


@given(data_matrices(min_n=2, max_n=4, max_d=4))
@settings(max_examples=25)
def test_the_balls_enclose_a_half_angle_reference_at_a_hundred_digits(X: np.ndarray) -> None:
    with precision(BITS), mpmath.workdps(100):
        K = limit_in_balls.encoder_kernel(X)
        G = limit_in_balls.decoder_kernel(X)
        for i, j in zip(*np.triu_indices(X.shape[1], k=1), strict=True):
            theta = reference_angle(X[:, i], X[:, j])
            rho = mpmath.cos(theta)
            pi = mpmath.pi
            assert close(K[i][j], rho * (pi - theta) / (2 * pi))
            assert close(G[i][j], (mpmath.sin(theta) + (pi - theta) * rho) / (2 * pi))
            assert K[i][j].rad() < 2.0 ** (4 - BITS)
            assert G[i][j].rad() < 2.0 ** (4 - BITS)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_floating_point_kernels_stay_within_the_stated_rounding(dtype: str) -> None:
    @given(data_matrices(min_n=2))
    @settings(max_examples=100)
    def within(X: np.ndarray) -> None:
        tensor = torch.as_tensor(X.copy(), dtype=getattr(torch, dtype))
        bound = arb(limit_in_balls.entry_rounding(len(X), dtype))
        with precision(BITS):
            for computed, exact in (
                (limit.encoder_kernel(tensor), limit_in_balls.encoder_kernel(X)),
                (limit.decoder_kernel(tensor), limit_in_balls.decoder_kernel(X)),
            ):
                for i, row in enumerate(exact):
                    assert all(
                        abs(arb(float(computed[i, j])) - entry) <= bound for j, entry in enumerate(row)
                    )

    within()


def test_orthogonal_parallel_and_opposite_columns_give_exact_entries() -> None:
    X = np.array([[1.0, 0.0, 3.0, -0.1], [0.0, 2.0, 0.0, 0.0]])
    K = limit_in_balls.encoder_kernel(X)
    G = limit_in_balls.decoder_kernel(X)
    assert K[0][1].is_zero()
    for kernel in (K, G):
        assert kernel[0][0].is_exact()
        assert kernel[0][2].is_exact()
        assert kernel[0][2] == 0.5
        assert kernel[0][3].is_zero()
    assert limit_in_balls.signed_squares(X)[2][3] == -1


def test_signed_squares_order_cosines_that_floats_cannot_tell_apart() -> None:
    t = 2.0**-52
    squares = limit_in_balls.signed_squares(np.array([[1.0, 1.0, 1.0], [0.0, t, t + 2.0**-104]]))
    assert squares[0][2] < squares[0][1] < 1
    assert squares[0][1] == 1 / (1 + fmpq(1, 2**104))


def test_the_precision_is_the_callers() -> None:
    X = np.array([[1.0, 1.0], [0.0, 1.0]])
    before = ctx.prec
    radii = []
    for bits in (64, 256):
        with precision(bits):
            radii.append(float(limit_in_balls.encoder_kernel(X)[0][1].rad()))
    assert radii[1] < 2.0**-200 < 2.0**-66 < radii[0] < 2.0**-58
    assert ctx.prec == before


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.array([[1.0, 0.0]]), "column 1 of X is zero"),
        (np.array([[1.0, np.nan]]), r"X\[0, 1\] is nan"),
        (np.ones(3), r"\(3,\)"),
        (np.ones((2, 2), dtype=np.float32), "float32"),
    ],
)
def test_data_without_directions_are_refused_by_name(X: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        limit_in_balls.signed_squares(X)


@given(st.integers(0, 60))
@settings(max_examples=20)
def test_theta_and_its_supplement_are_accurate_at_both_ends(k: int) -> None:
    t = 2.0**-k
    square = limit_in_balls.signed_squares(np.array([[1.0, 1.0], [0.0, t]]))[0][1]
    with precision(BITS):
        exact = arb(t).atan()
        near = limit_in_balls.angle(square)
        far = limit_in_balls.angle(-square)
        assert near.theta.overlaps(exact)
        assert far.supplement.overlaps(exact)
        assert float(near.theta.rad()) <= float(exact.mid()) * 2.0 ** (8 - BITS)
        assert float(far.supplement.rad()) <= float(exact.mid()) * 2.0 ** (8 - BITS)


OVER = {
    "K": (limit_in_balls.encoder_over, lambda t: mpmath.cos(t) * (mpmath.pi - t) / (2 * mpmath.pi)),
    "G": (
        limit_in_balls.decoder_over,
        lambda t: (mpmath.sin(t) + (mpmath.pi - t) * mpmath.cos(t)) / (2 * mpmath.pi),
    ),
}


@pytest.mark.parametrize("kernel", ["K", "G"])
@given(st.floats(0, 3.25), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=50)
def test_enclosures_over_angles_contain_every_value(
    kernel: str, start: float, width: float, share: float
) -> None:
    over, reference = OVER[kernel]
    gap = {"K": limit_in_balls.encoder_gap_over, "G": limit_in_balls.decoder_gap_over}[kernel]
    low = (1 - width) * start
    high = start
    with precision(BITS), mpmath.workdps(100):
        theta = arb(low).union(arb(high))
        value = reference(mpmath.mpf(low) + mpmath.mpf(share) * (mpmath.mpf(high) - mpmath.mpf(low)))
        assert close(over(theta), value)
        assert close(gap(theta), mpmath.mpf(1) / 2 - value)


@pytest.mark.parametrize(("low", "high"), [(0.0, 2.0), (0.25, 0.5), (2.5, 3.0), (1.0, 3.140625)])
def test_the_decoders_enclosure_is_the_interval_between_its_ends(low: float, high: float) -> None:
    """G decreases, so no enclosure is shorter; balls round their radius to 30 bits."""
    with precision(BITS):
        exact = limit_in_balls.decoder_over(arb(low)).union(limit_in_balls.decoder_over(arb(high)))
        assert limit_in_balls.decoder_over(arb(low).union(arb(high))).rad() <= exact.rad() * (1 + 2.0**-24)


def test_the_decoders_enclosure_at_zero_is_its_largest_value() -> None:
    """Balls round their radius to 30 bits."""
    with precision(BITS):
        assert abs(limit_in_balls.decoder_over(arb(0)) - arb(1) / 2) <= 2.0 ** (8 - BITS)
        assert limit_in_balls.decoder_over(arb(0, 2.0**-20)).upper() <= 0.5 + 2.0**-50


@pytest.mark.parametrize("d", [1, 4, 300])
def test_the_rounding_of_an_entry_covers_its_counts_and_is_not_absurd(d: int) -> None:
    """An inner product and a norm of d terms, and two dozen elementwise operations."""
    assert gamma(3 * d + 24) <= limit_in_balls.entry_rounding(d) <= 16 * gamma(3 * d + 24)


@pytest.mark.parametrize("k", [4, 20, 40, 60])
def test_the_enclosures_have_the_right_relative_size_near_zero_and_pi(k: int) -> None:
    """1/2 - K ~ t / (2 pi) and 1/2 - G ~ t^2 / 4; with s = pi - t, K ~ -s / (2 pi) and G ~ s^3 / (6 pi)."""
    with precision(4 * BITS):
        t = arb(2) ** -k
        ball = arb(0).union(t)
        far = arb.pi() - arb(0).union(t)
        pi = arb.pi()
        for found, leading in (
            (limit_in_balls.encoder_gap_over(ball), t / (2 * pi)),
            (limit_in_balls.decoder_gap_over(ball), t**2 / 4),
            (limit_in_balls.encoder_over(far), t / (2 * pi)),
            (limit_in_balls.decoder_over(far), t**3 / (6 * pi)),
        ):
            assert found.abs_upper() <= 2 * leading
            assert found.abs_upper() >= leading / 2


@pytest.mark.parametrize("over", [limit_in_balls.encoder_over, limit_in_balls.decoder_over])
@pytest.mark.parametrize("theta", [arb(-1), arb(4), arb(0, 2), arb(1, 5)])
def test_a_ball_that_holds_no_angles_is_refused(over: Callable[[arb], arb], theta: arb) -> None:
    with pytest.raises(ValueError, match="a ball of angles lies around"):
        over(theta)
