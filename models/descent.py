"""Full-batch gradient descent on L = (1/2) ||X - U||_F^2: closed gradients, and a loop that keeps records.

Regimes: "weak" trains the encoder W alone, "joint" trains the encoder W and the decoder A.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from models.autoencoder import Network, preactivations, residuals, tied_outputs
from models.checks import per_network, require_same_shape, require_samples, require_weights

Regime = Literal["weak", "joint"]
REGIMES: tuple[Regime, ...] = get_args(Regime)

STRIDE = 32
"""Steps between two looks at the stop rule: each look waits for the device."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished descent of `steps` = T steps.

    network: where it ended (in the weak regime with the decoder it was given). residual: ||E(k)||_F for k =
    0..T, as (T + 1, B). movement: max_r ||w_r(k) - w_r(start)||, likewise (T + 1, B). Records share dtype and
    device with the network.
    """

    network: Network
    residual: Tensor
    movement: Tensor
    steps: int


@dataclass(frozen=True, eq=False)
class TiedRun:
    """A finished descent of weight-tied networks: W (B, m, d) where it ended; records as in Run, k = 0..T."""

    W: Tensor
    residual: Tensor
    movement: Tensor


def require_regime(regime: str) -> None:
    """Raise ValueError unless `regime` is one of REGIMES."""
    if regime not in REGIMES:
        raise ValueError(f"regime must be one of {', '.join(REGIMES)}, got {regime!r}")


def gradients(network: Network, X: Tensor, regime: Regime) -> tuple[Tensor, Tensor | None]:
    """The closed gradients dL/dW and dL/dA, both (B, m, d); None for dL/dA in the weak regime.

    dL/dw_r = -(1/s) sum_i 1[z_ri > 0] <a_r, e_i> x_i and dL/da_r = -(1/s) sum_i relu(z_ri) e_i, with e_i the
    residual of sample i. At a kink the derivative of ReLU is 0.
    """
    require_regime(regime)
    Z, E = preactivations(network.W, X), residuals(network, X)
    dW = (network.A @ E * (Z > 0)) @ X.mT / -network.scale
    if regime == "weak":
        return dW, None
    return dW, torch.relu(Z) @ E.mT / -network.scale


def tied_gradient(W: Tensor, X: Tensor, c: float) -> Tensor:
    """The gradient dL/dW (B, m, d) of L = (1/2) sum_i ||x_i - u(x_i)||^2 for u(x) = (c/m) W relu(W^T x).

    dL/dw_r = -(c/m) sum_i (relu(z_ri) e_i + 1[z_ri > 0] <w_r, e_i> x_i): each neuron acts as encoder and as
    decoder.
    """
    Z, E = preactivations(W, X), X - tied_outputs(W, X, c)
    return (torch.relu(Z) @ E.mT + (W @ E * (Z > 0)) @ X.mT) * (-c / W.shape[1])


@torch.no_grad()
def descend(
    network: Network,
    X: Tensor,
    step_size: float | Tensor,
    steps: int,
    regime: Regime,
    *,
    start: Network | None = None,
    stop_below: float | Tensor | None = None,
) -> Run:
    """Gradient descent for `steps` steps, or until `stop_below` is met, on a whole batch at once.

    `step_size` and `stop_below` are numbers or tensors (B,). Movement is measured from `start` (default:
    `network`). Every STRIDE steps, the first look before any step, the run ends if each network has ||E||_F
    <= stop_below or has left the finite numbers; the record then ends there too, infinities and NaN kept. A
    descent resumed from where another ended, with its `start`, retraces the uninterrupted one bit for bit.
    `network` is left as it was. ValueError for arguments that disagree, a step size that is negative or not
    finite, or negative `steps`.
    """
    require_regime(regime)
    require_samples(network.W, X)
    origin = network if start is None else start
    require_same_shape("start.W", origin.W, "network.W", network.W)
    eta = per_network("step_size", step_size, network.W)
    W, A = _transposed(network.W), _transposed(network.A)
    observe, advance = _untied_loop(
        W, A, X, eta / network.scale, network.scale, _transposed(origin.W), regime
    )
    residual, movement = _follow(observe, advance, steps, network.W, stop_below)
    final = Network(_transposed(W), _transposed(A) if regime == "joint" else network.A)
    return Run(final, residual, movement, len(residual) - 1)


@torch.no_grad()
def tied_descend(
    W: Tensor, X: Tensor, c: float, step_size: float | Tensor, steps: int, *, start: Tensor | None = None
) -> TiedRun:
    """Gradient descent on weight-tied networks W (B, m, d), u(x) = (c/m) W relu(W^T x), for `steps` steps.

    Step size, movement, early end when nothing is finite, resumption and errors as in `descend`.
    """
    require_weights("W", W)
    require_samples(W, X)
    origin = W if start is None else start
    require_same_shape("start", origin, "W", W)
    eta = per_network("step_size", step_size, W)
    moving = _transposed(W)
    observe, advance = _tied_loop(moving, X, eta, c / W.shape[1], _transposed(origin))
    residual, movement = _follow(observe, advance, steps, W, None)
    return TiedRun(_transposed(moving), residual, movement)


# The loops store weights as (B, d, m): the long axis contiguous makes every product and reduction here 2 to 3
# times faster than neuron-major storage. All networks of a batch go through products of equal shape, in
# buffers made once.

Observe = Callable[[Tensor, Tensor], None]
Advance = Callable[[], None]


def _transposed(weights: Tensor) -> Tensor:
    """A contiguous copy with the last axes exchanged: from neuron-major storage to the loop's, and back."""
    return weights.mT.clone(memory_format=torch.contiguous_format)


def _untied_loop(
    W: Tensor, A: Tensor, X: Tensor, rate: Tensor, scale: float, origin: Tensor, regime: Regime
) -> tuple[Observe, Advance]:
    """Two halves of a step: `observe` fills E and a row of each record, `advance` moves W and A in place."""
    (batch, d, m), n = W.shape, X.shape[1]
    inputs, data = X.mT.contiguous().expand(batch, n, d), X.contiguous().expand(batch, d, n)
    Z, Phi, V = (W.new_empty(batch, n, m) for _ in range(3))
    E, scaled, rate = W.new_empty(batch, d, n), W.new_empty(batch, d, n), rate.view(batch, 1, 1)
    note = _recorder(W, E, origin)

    def observe(residual: Tensor, squared_movement: Tensor) -> None:
        torch.bmm(inputs, W, out=Z)
        torch.clamp_min(Z, 0, out=Phi)
        torch.baddbmm(data, A, Phi.mT, alpha=-1 / scale, out=E)
        note(residual, squared_movement)

    def advance() -> None:
        torch.mul(E, rate, out=scaled)
        torch.bmm(scaled.mT, A, out=V)
        _mask(V, Z)
        W.baddbmm_(data, V)
        if regime == "joint":
            A.baddbmm_(scaled, Phi)

    return observe, advance


def _tied_loop(W: Tensor, X: Tensor, eta: Tensor, factor: float, origin: Tensor) -> tuple[Observe, Advance]:
    """As `_untied_loop`, for u(x) = factor * W relu(W^T x)."""
    (batch, d, m), n = W.shape, X.shape[1]
    inputs, data = X.mT.contiguous().expand(batch, n, d), X.contiguous().expand(batch, d, n)
    Z, Phi, V = (W.new_empty(batch, n, m) for _ in range(3))
    E, scaled, rate = W.new_empty(batch, d, n), W.new_empty(batch, d, n), (eta * factor).view(batch, 1, 1)
    note = _recorder(W, E, origin)

    def observe(residual: Tensor, squared_movement: Tensor) -> None:
        torch.bmm(inputs, W, out=Z)
        torch.clamp_min(Z, 0, out=Phi)
        torch.baddbmm(data, W, Phi.mT, alpha=-factor, out=E)
        note(residual, squared_movement)

    def advance() -> None:
        torch.mul(E, rate, out=scaled)
        torch.bmm(scaled.mT, W, out=V)
        _mask(V, Z)
        W.baddbmm_(scaled, Phi)
        W.baddbmm_(data, V)

    return observe, advance


def _mask(V: Tensor, Z: Tensor) -> None:
    """V <- V o 1[Z > 0], in place and in one pass."""
    torch.ops.aten.threshold_backward.grad_input(V, Z, 0, grad_input=V)


def _recorder(W: Tensor, E: Tensor, origin: Tensor) -> Observe:
    """Writes ||E||_F and max_r ||w_r - origin_r||^2 of the current W (B, d, m) into rows of the records."""
    flat = E.view(E.shape[0], -1)
    moved, squares = torch.empty_like(W), W.new_empty(W.shape[0], W.shape[2])

    def note(residual: Tensor, squared_movement: Tensor) -> None:
        torch.linalg.vector_norm(flat, dim=1, out=residual)
        torch.sub(W, origin, out=moved)
        torch.sum(moved.mul_(moved), 1, out=squares)
        torch.amax(squares, 1, out=squared_movement)

    return note


def _follow(
    observe: Observe, advance: Advance, steps: int, like: Tensor, stop_below: float | Tensor | None
) -> tuple[Tensor, Tensor]:
    """Alternate the two halves of a step; return the records of residual and movement, (T + 1, B) each."""
    if steps < 0:
        raise ValueError(f"steps must not be negative, got {steps}")
    bound = like.new_full((), -1.0) if stop_below is None else per_network("stop_below", stop_below, like)
    residual, squared = (like.new_empty(steps + 1, like.shape[0]) for _ in range(2))
    for first in range(0, steps + 1, STRIDE):
        rows = zip(
            residual[first : first + STRIDE].unbind(), squared[first : first + STRIDE].unbind(), strict=True
        )
        for k, (residual_row, squared_row) in enumerate(rows, start=first):
            observe(residual_row, squared_row)
            if k == steps or (k == first and _finished(residual_row, bound)):
                return residual[: k + 1].clone(), squared[: k + 1].sqrt()
            advance()
    raise AssertionError("the loop returns at its last step")


def _finished(residual: Tensor, bound: Tensor) -> bool:
    return bool(((residual <= bound) | ~torch.isfinite(residual)).all())
