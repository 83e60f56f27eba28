"""P4. The energy of the gradient is the tangent kernel's quadratic form in the residual.

Statement. For every X, W, A and in both regimes, with the H of the regime,
    ||grad L||_F^2 = vec(E)^T H vec(E).
Hence (Polyak-Lojasiewicz)
    ||grad L||_F^2 >= 2 lambda_min(H) L.

Assumptions. None, apart from the convention that the derivative of ReLU at 0 is 0, in gradient and kernel
alike.

Symbols. X (d, n); W, A (d, m); E = X - U (d, n), vec(E) sample-major; L = (1/2) ||E||_F^2; grad L is dL/dW
(weak) or dL/dW and dL/dA together (joint); H = H_W (weak), H_W + H_A (joint), (n d, n d).

Refuted by. A network and a data matrix for which the two numbers differ by more than rounding.

A pass does not show. That lambda_min(H) is positive. Instances with a preactivation inside its rounding error
of zero are not judged: there floating-point numbers do not determine the pattern.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: the gradients of one neuron are
    dL/dw_r = -(1/s) sum_i D_ri <a_r, e_i> x_i,
    dL/da_r = -(1/s) sum_i phi(z_ri) e_i.
So the first has
    ||dL/dw_r||^2 = (1/(m d)) sum_ij D_ri D_rj <x_i, x_j> <e_i, a_r> <a_r, e_j>,
and the sum over r is vec(E)^T H_W vec(E). And for the second
    sum_r ||dL/da_r||^2 = (1/(m d)) sum_ij (Phi^T Phi)_ij <e_i, e_j> = vec(E)^T H_A vec(E).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from claims.perturbation.network_strata import DATA, LEAST, WIDEST, Data, classes, strata
from claims.preliminaries.arrays import array, single, tensor
from claims.preliminaries.assumptions import networks
from claims.preliminaries.rounding_of_networks import gradient_magnitudes, signs_are_decided
from models.kernels.finite import encoder_gram, tangent_kernel
from models.networks.autoencoder import Network, residuals
from models.networks.regime import REGIMES, Regime
from models.training.descent import gradients
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Unmet, equal
from refute.numerics import gamma

Kernel = Callable[[Network, Tensor, Regime], Tensor]
"""H (1, n d, n d) of a network, the samples and the regime."""


def quadratic_form(instance: Instance, compute: Compute, kernel: Kernel) -> float:
    """vec(E)^T H vec(E)."""
    network = single(instance.W, instance.A, compute)
    X = tensor(instance.X, compute)
    e = array(residuals(network, X).mT)[0].ravel()
    return float(e @ array(kernel(network, X, instance.regime))[0] @ e)


def check(
    instance: Instance,
    compute: Compute,
    *,
    kernel: Kernel = tangent_kernel,
    power: int = 0,
    near: float = 1.0,
) -> Comparisons | Unmet:
    """The energy against near vec(E)^T H vec(E) / d^power.

    Both numbers are sums whose terms are products of the gradient's magnitudes; the longest way to either is
    counted.
    """
    X = instance.X
    W = instance.W
    A = instance.A
    if not signs_are_decided(W, X, compute.dtype):
        return Unmet("a preactivation is inside its rounding error of zero")
    parts = gradients(single(W, A, compute), tensor(X, compute), instance.regime)
    energy = sum(float(np.square(array(part)).sum()) for part in parts if part is not None)
    m, d = A.shape
    n = X.shape[1]
    sizes = gradient_magnitudes(X, W, A)
    height = np.square(sizes.encoder).sum() + np.square(sizes.decoder).sum()
    rounding = 2 * gamma(8 * (d + m + n + 4) + 2 * n * d + 2 * m * d, compute.dtype) * float(height)
    form = near * quadratic_form(instance, compute, kernel) / d**power
    return (equal("energy of the gradient", energy, form, rounding, size=float(height)),)


def _encoder_alone(network: Network, X: Tensor, _: Regime) -> Tensor:
    return encoder_gram(network, X)


@st.composite
def _instances(
    draw: DrawFn, data: Data, kind: str = "", min_m: int = LEAST, regimes: tuple[Regime, ...] = REGIMES
) -> Instance:
    X = draw(data)
    W, A = draw(networks(len(X), min_m=min_m, max_m=WIDEST, kind=kind))
    return Instance(X=X, W=W, A=A, regime=draw(st.sampled_from(regimes)))


CLAIM = Claim(
    id="P4",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    classes={**classes(), "joint": lambda instance: bool(instance.regime == "joint")},
    strata={**strata(_instances), "joint": _instances(DATA.typical(), regimes=("joint",))},
    siblings=(
        Sibling(
            name="nearly",
            statement="||grad L||_F^2 = (1 + 1e-5) vec(E)^T H vec(E)",
            because="the equality is exact",
            falls="energy of the gradient",
            changes={"near": 1 + 1e-5},
        ),
        Sibling(
            name="encoder-kernel-alone",
            statement="||grad L||_F^2 = vec(E)^T H_W vec(E) in both regimes",
            because="joint training moves the decoder as well, which adds vec(E)^T H_A vec(E)",
            falls="energy of the gradient",
            changes={"kernel": _encoder_alone},
            instances=_instances(DATA.typical(), min_m=1, regimes=("joint",)),
        ),
        Sibling(
            name="over-d",
            statement="||grad L||_F^2 = vec(E)^T H vec(E) / d",
            because="H already carries the 1/(m d) of the scaling",
            falls="energy of the gradient",
            changes={"power": 1},
        ),
    ),
)
