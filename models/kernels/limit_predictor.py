"""What infinitely wide autoencoders compute off the data: fully trained, or after any number of steps.

At infinite width, started from zero output, gradient descent on the network is gradient descent on the limit
kernel k; the output index factors out as an identity. Derived here, for finding F4 of Nguyen, Wong, Hegde,
arXiv:1911.11983; not checked against the full text.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.kernels.limit import limit_kernel
from models.networks.regime import Regime
from refute.numerics import gamma


def limit_predictor(X: Tensor, Y: Tensor, regime: Regime) -> Tensor:
    """What a fully trained, infinitely wide autoencoder answers, as (d, n'), for X (d, n) and Y (d, n'):

        f(Y) = X k(X,X)^{-1} k(X,Y)

    In the dtype and on the device of X. ValueError if k(X,X) is singular, exactly or to working precision:
    then the limit is not determined by the data; also as in `models.kernels.limit.angles`.
    """
    factor = _factor(limit_kernel(X, regime), X.shape[0])
    return X @ torch.cholesky_solve(limit_kernel(X, regime, Y), factor)


def kernel_descent(X: Tensor, Y: Tensor, regime: Regime, step_size: float, doublings: int) -> Tensor:
    """f_N(Y) (d, n') after N = 2^doublings steps of kernel gradient descent from f_0 = 0, by squaring.

        f_N(Y) = X [sum_{j<N} eta (I - eta k)^j] k(X,Y)

    with k = k(X,X) and `step_size` = eta multiplying k directly; X (d, n), Y (d, n'). A singular k is no
    obstacle while N times the unit roundoff is small. ValueError for a step size that is negative or not
    finite, or negative `doublings`; also as in `models.kernels.limit.angles`.
    """
    if not (math.isfinite(step_size) and step_size >= 0):
        raise ValueError(f"step_size must be finite and not negative, got {step_size}")
    if doublings < 0:
        raise ValueError(f"doublings must not be negative, got {doublings}")
    identity = torch.eye(X.shape[-1], dtype=X.dtype, device=X.device)
    sums = step_size * identity
    power = identity - step_size * limit_kernel(X, regime)
    for _ in range(doublings):
        sums = sums + power @ sums
        power = power @ power
    return X @ (sums @ limit_kernel(X, regime, Y))


def _factor(k: Tensor, d: int) -> Tensor:
    """Cholesky factor of k (n, n), refused unless lambda_min(k) exceeds the errors of k and of factoring.

    An entry of k errs by at most gamma(5 d + 32) |x||y| (directions, angle, closed form), hence k by that
    times sum |x|^2 <= 2 tr k, and Cholesky of order n errs by gamma(n + 1) tr k to first order (Demmel 1989).
    Twice gamma of the two counts together is more than both. If the factorization survives a shift by it, k
    is positive definite; if not, nobody can tell.
    """
    dtype = str(k.dtype).removeprefix("torch.")
    doubt = 2 * gamma(5 * d + len(k) + 33, dtype) * float(k.trace())
    shifted = k - doubt * torch.eye(len(k), dtype=k.dtype, device=k.device)
    if int(torch.linalg.cholesky_ex(shifted).info):
        raise ValueError(
            f"the limit kernel of the data is singular to working precision (lambda_min below {doubt:.1e}): "
            "the predictor needs lambda_min > 0 (assumption A3); look for samples that repeat, or for more "
            "antipodal pairs than dimensions"
        )
    factor: Tensor = torch.linalg.cholesky(k)
    return factor
