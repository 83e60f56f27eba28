"""Full-batch gradient descent on L = (1/2) ||X - U||_F^2: closed gradients, and a loop that keeps records."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.networks.argument_checks import per_network, require_same_shape, require_samples, require_weights
from models.networks.autoencoder import Network, preactivations, residuals, tied_outputs
from models.networks.regime import Regime, require_regime
from models.training.compiled_loop import compiled_loop
from models.training.torch_loop import Loop, Proceed, Setting, torch_loop

STRIDE = 32
"""Steps between two checks of `stop_below`. A check waits for the device and brings the weights out of the
compiled loop's storage and back, which takes as long as a few steps; a run ends at most this many steps late.
Any value is sound, and results depend on it only through where a run with `stop_below` ends."""
PATIENCE = 2 * STRIDE
"""Steps before the first check where only numbers that are not finite can end a run; the next checks follow
after twice as many, four times as many and so on, so that a healthy run pays for few of them."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished descent of `steps` = T steps.

    network: where it ended (in the weak regime with the decoder it was given). residual: ||E(k)||_F for k =
    0..T, as (T + 1, B). movement: max_r ||w_r(k) - w_r(start)||, likewise (T + 1, B). closest: the smallest
    |z_ri|, likewise, or None if it was not asked for. Records share dtype and device with the network.
    """

    network: Network
    residual: Tensor
    movement: Tensor
    steps: int
    closest: Tensor | None = None


@dataclass(frozen=True, eq=False)
class TiedRun:
    """A finished descent of weight-tied networks: W (B, m, d) where it ended; records as in Run, k = 0..T."""

    W: Tensor
    residual: Tensor
    movement: Tensor


def gradients(network: Network, X: Tensor, regime: Regime) -> tuple[Tensor, Tensor | None]:
    """The closed gradients dL/dW and dL/dA, both (B, m, d); None for dL/dA in the weak regime.

        dL/dw_r = -(1/s) sum_i 1[z_ri > 0] <a_r, e_i> x_i
        dL/da_r = -(1/s) sum_i relu(z_ri) e_i

    with e_i the residual of sample i. At a kink the derivative of ReLU is 0. X: (d, n); results in the dtype
    and on the device of the network. ValueError for a regime not in REGIMES or arguments that disagree.
    """
    require_regime(regime)
    Z = preactivations(network.W, X)
    E = residuals(network, X)
    dW = (network.A @ E * (Z > 0)) @ X.mT / -network.scale
    if regime == "weak":
        return dW, None
    return dW, torch.relu(Z) @ E.mT / -network.scale


def tied_gradient(W: Tensor, X: Tensor, c: float) -> Tensor:
    """The gradient dL/dW (B, m, d) of L = (1/2) sum_i ||x_i - u(x_i)||^2 for weight-tied networks:

        u(x) = (c/m) W relu(W^T x)
        dL/dw_r = -(c/m) sum_i (relu(z_ri) e_i + 1[z_ri > 0] <w_r, e_i> x_i)

    Each neuron acts as encoder and as decoder. W: (B, m, d), X: (d, n); errors as in `gradients`.
    """
    Z = preactivations(W, X)
    E = X - tied_outputs(W, X, c)
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
    watch: bool = False,
) -> Run:
    """Gradient descent for `steps` steps, or until `stop_below` is met, on a whole batch at once.

    X is (d, n); `step_size` and `stop_below` are numbers or tensors (B,). Movement is measured from
    `start` (default: `network`). With `stop_below`, before the first step and every STRIDE steps, the run
    ends if each network has ||E||_F <= stop_below or has left the finite numbers; without, if all have
    left them after PATIENCE steps, after twice as many, and so on. The record then ends there too,
    infinities and NaN kept. A descent resumed from where another ended, with its `start`, retraces the
    uninterrupted one bit for bit. watch: whether the smallest |z_ri| is recorded. `network` is left as it
    was. ValueError for arguments that disagree, a step size that is negative or not finite, or negative
    `steps`.
    """
    require_regime(regime)
    require_samples(network.W, X)
    origin = network if start is None else start
    require_same_shape("start.W", origin.W, "network.W", network.W)
    rate = per_network("step_size", step_size, network.W) / network.scale
    loop = _loop(Setting(network.W, network.A, X, rate, 1 / network.scale, origin.W, regime == "joint"))
    residual, movement, *closest = _run_steps(loop.proceed, steps, network.W, stop_below, watch)
    W, A = loop.end()
    end = Network(W, A if regime == "joint" else network.A)
    return Run(end, residual, movement, len(residual) - 1, *closest)


@torch.no_grad()
def tied_descend(
    W: Tensor, X: Tensor, c: float, step_size: float | Tensor, steps: int, *, start: Tensor | None = None
) -> TiedRun:
    """Gradient descent for `steps` steps on weight-tied networks W (B, m, d) and data X (d, n):

        u(x) = (c/m) W relu(W^T x)

    Step size, movement, early end when nothing is finite, resumption and errors as in `descend`.
    """
    require_weights("W", W)
    require_samples(W, X)
    origin = W if start is None else start
    require_same_shape("start", origin, "W", W)
    factor = c / W.shape[1]
    rate = per_network("step_size", step_size, W) * factor
    loop = _loop(Setting(W, None, X, rate, factor, origin, trains_decoder=True))
    residual, movement = _run_steps(loop.proceed, steps, W, None, False)
    return TiedRun(loop.end()[0], residual, movement)


def _loop(setting: Setting) -> Loop:
    """The compiled loop where there is one, else torch's."""
    return compiled_loop(setting) or torch_loop(setting)


def _run_steps(
    proceed: Proceed, steps: int, like: Tensor, stop_below: float | Tensor | None, watch: bool
) -> list[Tensor]:
    """Go on for `steps` steps or until the stop rule; records of residual and movement, (T + 1, B).

    With `watch` the smallest |z| too. The rows of the records are filled from one check to the next.
    """
    if steps < 0:
        raise ValueError(f"steps must not be negative, got {steps}")
    bound = like.new_full((), -1.0) if stop_below is None else per_network("stop_below", stop_below, like)
    residual = like.new_empty(steps + 1, like.shape[0])
    records = [residual, *(torch.empty_like(residual) for _ in range(2 if watch else 1))]
    done = 0
    check = PATIENCE + 1 if stop_below is None else 1
    while done <= steps and not (done and _finished(residual[done - 1], bound)):
        proceed(*(record[done:check] for record in records))
        done = min(check, steps + 1)
        check += check - 1 if stop_below is None else STRIDE
    return records if done > steps else [record[:done].clone() for record in records]


def _finished(residual: Tensor, bound: Tensor) -> bool:
    return bool(((residual <= bound) | ~torch.isfinite(residual)).all())
