from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.assumptions import data_matrices
from models import kernel_balls, kernels
from refute.numerics.balls import precision

BITS = 128


def as_mpf(ball: arb) -> mpmath.mpf:
    return mpmath.mpf(ball.mid().str(60, radius=False))


def reference_angle(x: np.ndarray, y: np.ndarray) -> mpmath.mpf:
    """The angle by the half-angle formula on normalised columns, at 100 digits."""
    u, v = ([mpmath.mpf(float(entry)) for entry in column] for column in (x, y))
    size_u, size_v = mpmath.norm(u), mpmath.norm(v)
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
        K, G = kernel_balls.encoder_kernel(X), kernel_balls.decoder_kernel(X)
        for i, j in zip(*np.triu_indices(X.shape[1], k=1), strict=True):
            theta = reference_angle(X[:, i], X[:, j])
            rho, pi = mpmath.cos(theta), mpmath.pi
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
        bound = arb(kernel_balls.entry_rounding(len(X), dtype))
        with precision(BITS):
            for computed, exact in (
                (kernels.encoder_kernel(tensor), kernel_balls.encoder_kernel(X)),
                (kernels.decoder_kernel(tensor), kernel_balls.decoder_kernel(X)),
            ):
                for i, row in enumerate(exact):
                    assert all(
                        abs(arb(float(computed[i, j])) - entry) <= bound for j, entry in enumerate(row)
                    )

    within()


def test_orthogonal_parallel_and_opposite_columns_give_exact_entries() -> None:
    X = np.array([[1.0, 0.0, 3.0, -0.1], [0.0, 2.0, 0.0, 0.0]])
    K, G = kernel_balls.encoder_kernel(X), kernel_balls.decoder_kernel(X)
    assert K[0][1].is_zero()
    for kernel in (K, G):
        assert kernel[0][0].is_exact()
        assert kernel[0][2].is_exact()
        assert kernel[0][2] == 0.5
        assert kernel[0][3].is_zero()
    assert kernel_balls.signed_squares(X)[2][3] == -1


def test_signed_squares_order_cosines_that_floats_cannot_tell_apart() -> None:
    t = 2.0**-52
    squares = kernel_balls.signed_squares(np.array([[1.0, 1.0, 1.0], [0.0, t, t + 2.0**-104]]))
    assert squares[0][2] < squares[0][1] < 1
    assert squares[0][1] == 1 / (1 + fmpq(1, 2**104))


def test_the_precision_is_the_callers() -> None:
    X = np.array([[1.0, 1.0], [0.0, 1.0]])
    before = ctx.prec
    radii = []
    for bits in (64, 256):
        with precision(bits):
            radii.append(float(kernel_balls.encoder_kernel(X)[0][1].rad()))
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
        kernel_balls.signed_squares(X)


@given(st.integers(0, 60))
@settings(max_examples=20)
def test_theta_and_its_supplement_are_accurate_at_both_ends(k: int) -> None:
    t = 2.0**-k
    square = kernel_balls.signed_squares(np.array([[1.0, 1.0], [0.0, t]]))[0][1]
    with precision(BITS):
        exact = arb(t).atan()
        near, far = kernel_balls.angle(square), kernel_balls.angle(-square)
        assert near.theta.overlaps(exact)
        assert far.supplement.overlaps(exact)
        assert float(near.theta.rad()) <= float(exact.mid()) * 2.0 ** (8 - BITS)
        assert float(far.supplement.rad()) <= float(exact.mid()) * 2.0 ** (8 - BITS)
