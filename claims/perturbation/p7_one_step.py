"""P7. A step that flips no sign changes the output by the tangent kernel, exactly.

Statement. For every X, W, A the closed gradients are those of L:
    dL/dW = -(1/s) X (D o (A^T E))^T,
    dL/dA = -(1/s) E Phi^T.
And for every step size eta that flips no sign, in weak and in joint training,
    vec(U+ - U) = eta H_W vec(E),
    vec(U+ - U) = eta (H_W + H_A) vec(E) + vec((1/s) (A+ - A)(Phi+ - Phi)).

Assumptions. No sign flips: 1[W+^T X > 0] = 1[W^T X > 0]. The derivative of ReLU at 0 is 0.

Symbols. X (d, n); W, A (d, m); D = 1[W^T X > 0] and Phi = relu(W^T X) (m, n); s = sqrt(m d); U = (1/s) A Phi;
E = X - U; L = (1/2) ||E||_F^2; W+, A+, Phi+, U+ after one step; vec is sample-major.

Refuted by. A network, data and a step without a flip whose outputs change by anything else.

A pass does not show. What happens in a step that flips signs (P2 bounds it), nor that flips are rare.
Instances with a preactivation inside its rounding error of zero, before or after the step, are not judged.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: without a flip
    Phi+ - Phi = D o ((W+ - W)^T X),
    U+ - U = (1/s) (A (Phi+ - Phi) + (A+ - A) Phi + (A+ - A)(Phi+ - Phi)).
Insert the gradients: the first term is eta J^T J vec(E) = eta H_W vec(E), the second
eta (1/(m d)) E Phi^T Phi, which is eta H_A vec(E); weak training has A+ = A.
"""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.perturbation.network_strata import DATA, LEAST, WIDEST, Data, classes, strata
from claims.preliminaries.arrays import array, single, tensor, worst_entry
from claims.preliminaries.assumptions import networks
from claims.preliminaries.rounding_of_networks import (
    gradient_magnitudes,
    output_magnitudes,
    signs_are_decided,
)
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network, losses, outputs, residuals
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend, gradients
from refute import Claim, Comparison, Comparisons, Compute, Instance, Kind, Sibling, Unmet
from refute.numerics import gamma


def roundings(X: np.ndarray, A: np.ndarray) -> int:
    """More than the roundings on the longest way to an entry: residual, gradient, step, output, kernel times
    residual.
    """
    m, d = A.shape
    n = X.shape[1]
    return int(8 * (d + m + n + 4) + 2 * n * d)


def step_size(instance: Instance, compute: Compute) -> float:
    """The share `instance.share` < 1 of the first step size that would flip a sign, at most 4; 0 if every
    step flips one.
    """
    X = instance.X
    W = instance.W
    gradient, _ = gradients(single(W, instance.A, compute), tensor(X, compute), "weak")
    Z = W @ X
    speed = -array(gradient)[0] @ X
    opposed = np.where(Z > 0, speed < 0, speed > 0)
    return float(instance.share * np.min(np.abs(Z[opposed] / speed[opposed]), initial=4.0))


def gradient_comparisons(instance: Instance, compute: Compute, factors: tuple[float, float]) -> Comparisons:
    """Closed gradients in W and in A, times their factors, against reverse-mode differentiation."""
    X = instance.X
    sizes = gradient_magnitudes(X, instance.W, instance.A)
    network = single(instance.W, instance.A, compute)
    samples = tensor(X, compute)
    dW, dA = gradients(network, samples, "joint")
    leaves = [weights.detach().clone().requires_grad_() for weights in (network.W, network.A)]
    with torch.enable_grad():
        loss = losses(Network(*leaves), samples).sum()
    exact_W, exact_A = (array(part)[0] for part in torch.autograd.grad(loss, leaves))
    assert dA is not None
    relative = 2 * gamma(roundings(X, instance.A), compute.dtype)
    closed_W = factors[0] * array(dW)[0]
    closed_A = factors[1] * array(dA)[0]
    return (
        _entries("gradient in W", closed_W, exact_W, relative, sizes.encoder),
        _entries("gradient in A", closed_A, exact_A, relative, sizes.decoder),
    )


def _entries(
    label: str, left: np.ndarray, right: np.ndarray, relative: float, size: np.ndarray
) -> Comparison:
    """By entries, which err by a share of `size`, the sum of the absolute values of their terms."""
    return worst_entry(label, left, right, relative * size, size=size)


def step_comparison(instance: Instance, compute: Compute, cross: float, near: float) -> Comparison | Unmet:
    """The change of the output over one step of the training loop against the statement's right-hand side.

    cross: how often the product of both moves is counted. near: of the right-hand side.
    """
    X = instance.X
    W = instance.W
    A = instance.A
    regime = instance.regime
    network = single(W, A, compute)
    samples = tensor(X, compute)
    eta = step_size(instance, compute)
    after = descend(network, samples, eta, 1, regime).network
    sizes = gradient_magnitudes(X, W, A)
    w = np.abs(W) + eta * sizes.encoder
    a = np.abs(A) + eta * sizes.decoder
    W_after = array(after.W)[0]
    if not signs_are_decided(W_after, X, compute.dtype, roundings(X, A) * w):
        return Unmet("a preactivation after the step is inside its rounding error of zero")
    if ((W_after @ X > 0) != (W @ X > 0)).any():
        return Unmet("every step flips a sign")
    change = array(outputs(after, samples) - outputs(network, samples))[0]
    H = array(tangent_kernel(network, samples, regime))[0]
    E = array(residuals(network, samples))[0]
    expected = eta * (H @ E.T.ravel()).reshape(E.shape[::-1]).T
    if regime == "joint":
        moved = np.maximum(W_after @ X, 0.0) - np.maximum(W @ X, 0.0)
        expected = expected + cross * ((array(after.A)[0] - A).T @ moved / network.scale)
    relative = 4 * gamma(roundings(X, A), compute.dtype)
    return _entries("change of the output", change, near * expected, relative, output_magnitudes(X, w, a))


def check(
    instance: Instance,
    compute: Compute,
    *,
    cross: float = 1.0,
    power: int = 0,
    near: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Comparisons | Unmet:
    """The step, with `cross` times the cross term, and the gradients, that of the decoder times d^(power/2).

    near: factors of the gradients in W and in A, and of the change of the output.

    Every quantity is a sum of terms no larger than the output on the absolute values of the weights after
    the step.
    """
    if not signs_are_decided(instance.W, instance.X, compute.dtype):
        return Unmet("a preactivation is inside its rounding error of zero")
    step = step_comparison(instance, compute, cross, near[2])
    if isinstance(step, Unmet):
        return step
    decoder = near[1] * float(np.sqrt(instance.X.shape[0])) ** power
    return (*gradient_comparisons(instance, compute, (near[0], decoder)), step)


# Of the step to the first flip: never onto it, where rounding would decide.
_SHARES = st.sampled_from([0.5, 0.875, 0.125, 2.0**-10])


@st.composite
def _instances(
    draw: DrawFn, data: Data, kind: str = "", min_m: int = LEAST, regimes: tuple[Regime, ...] = REGIMES
) -> Instance:
    X = draw(data)
    W, A = draw(networks(len(X), min_m=min_m, max_m=WIDEST, kind=kind))
    share = draw(_SHARES)
    return Instance(X=X, W=W, A=A, share=share, regime=draw(st.sampled_from(regimes)))


CLAIM = Claim(
    id="P7",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    classes={**classes(), "joint": lambda instance: bool(instance.regime == "joint")},
    strata={
        **strata(_instances),
        # Of many neurons on one coordinate one has weight 0, which a step leaves on its kink.
        "d = 1": _instances(DATA.of_class("d = 1"), min_m=1),
        "joint": _instances(DATA.typical(), regimes=("joint",)),
    },
    siblings=(
        Sibling(
            name="nearly-W",
            statement="dL/dW is longer by a share of 1e-5",
            because="the gradient is exact",
            falls="gradient in W",
            changes={"near": (1 + 1e-5, 1.0, 1.0)},
        ),
        Sibling(
            name="nearly-A",
            statement="dL/dA is longer by a share of 1e-5",
            because="the gradient is exact",
            falls="gradient in A",
            changes={"near": (1.0, 1 + 1e-5, 1.0)},
        ),
        Sibling(
            name="nearly-U",
            statement="the output changes by a share of 1e-5 more",
            because="the change is exact",
            falls="change of the output",
            changes={"near": (1.0, 1.0, 1 + 1e-5)},
        ),
        Sibling(
            name="no-cross-term",
            statement="vec(U+ - U) = eta (H_W + H_A) vec(E) for a joint step",
            because="encoder and decoder move together, and the output is a product of the two",
            falls="change of the output",
            changes={"cross": 0},
            where="joint",
        ),
        Sibling(
            name="decoder-scale",
            statement="dL/dA = -(1/sqrt m) E Phi^T",
            because="the output is divided by s = sqrt(m d), so the decoder's gradient is as well",
            falls="gradient in A",
            changes={"power": 1},
        ),
    ),
)
