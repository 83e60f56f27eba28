"""Steps of gradient descent as torch operations, on any device.

It is what `descent` runs where the compiled loop is not available, and what that loop is tested against.

Weights are stored as (B, d, m): the long axis contiguous makes every product and reduction here 2 to 3 times
faster than neuron-major storage. All networks of a batch go through products of equal shape, in buffers made
once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Setting:
    """What is trained, weight-tied if A is None:

        u(x) = factor * A relu(W^T x)

    W, A, origin: (B, m, d), neuron-major. X: (d, n). rate: (B,) step size times factor. origin: where
    movement is measured from. trains_decoder: whether A moves as well as W; it does if the two are tied.
    """

    W: Tensor
    A: Tensor | None
    X: Tensor
    rate: Tensor
    factor: float
    origin: Tensor
    trains_decoder: bool


class Proceed(Protocol):
    """Fills the next rows of the records (K, B) of residual and movement: a step lies between two rows.

    closest: (K, B) too, or None; the smallest |z_ri| of each network, as computed. What is not a number may
    be passed over there.
    """

    def __call__(self, residual: Tensor, movement: Tensor, closest: Tensor | None = None) -> None:
        """Go on, a step for each row but the first of all."""
        ...


@dataclass(frozen=True, eq=False)
class Loop:
    """A descent under way: `proceed` goes on; `end` ends it: W and A (the tied W twice), both (B, m, d)."""

    proceed: Proceed
    end: Callable[[], tuple[Tensor, Tensor]]


def torch_loop(setting: Setting) -> Loop:
    """The descent on the device of the weights. The setting's tensors are left alone."""
    moving = _transposed(setting.W)
    decoder = moving if setting.A is None else _transposed(setting.A)
    observe, advance = _halves(moving, decoder, setting)
    started = False

    def proceed(residual: Tensor, movement: Tensor, closest: Tensor | None = None) -> None:
        nonlocal started
        nearest = [None] * len(residual) if closest is None else closest.unbind()
        for rows in zip(residual.unbind(), movement.unbind(), nearest, strict=True):
            if started:
                advance()
            observe(*rows)
            started = True
        movement.sqrt_()

    return Loop(proceed, lambda: (_transposed(moving), _transposed(decoder)))


Observe = Callable[[Tensor, Tensor, Tensor | None], None]
Advance = Callable[[], None]


def _transposed(weights: Tensor) -> Tensor:
    """A contiguous copy with the last axes exchanged: from neuron-major storage to the loop's, and back."""
    return weights.mT.clone(memory_format=torch.contiguous_format)


def _halves(W: Tensor, A: Tensor, setting: Setting) -> tuple[Observe, Advance]:
    """Two halves of a step: `observe` fills E and a row of each record, `advance` moves W and A in place."""
    batch, d, m = W.shape
    X = setting.X
    n = X.shape[1]
    inputs = X.mT.contiguous().expand(batch, n, d)
    data = X.contiguous().expand(batch, d, n)
    Z, Phi, V = (W.new_empty(batch, n, m) for _ in range(3))
    E = W.new_empty(batch, d, n)
    scaled = W.new_empty(batch, d, n)
    rate = setting.rate.view(batch, 1, 1)
    note = _recorder(W, E, _transposed(setting.origin))

    def observe(residual: Tensor, squared_movement: Tensor, closest: Tensor | None) -> None:
        torch.bmm(inputs, W, out=Z)
        if closest is not None:
            torch.amin(Z.abs(), (1, 2), out=closest)
        torch.clamp_min(Z, 0, out=Phi)
        torch.baddbmm(data, A, Phi.mT, alpha=-setting.factor, out=E)
        note(residual, squared_movement)

    def advance() -> None:
        torch.mul(E, rate, out=scaled)
        torch.bmm(scaled.mT, A, out=V)
        # V o 1[Z > 0], in place and in one pass.
        torch.ops.aten.threshold_backward.grad_input(V, Z, 0, grad_input=V)
        if setting.trains_decoder:
            A.baddbmm_(scaled, Phi)
        W.baddbmm_(data, V)

    return observe, advance


def _recorder(W: Tensor, E: Tensor, origin: Tensor) -> Callable[[Tensor, Tensor], None]:
    """Writes ||E||_F and max_r ||w_r - origin_r||^2 of the current W (B, d, m) into rows of the records."""
    flat = E.view(E.shape[0], -1)
    moved = torch.empty_like(W)
    squares = W.new_empty(W.shape[0], W.shape[2])

    def note(residual: Tensor, squared_movement: Tensor) -> None:
        torch.linalg.vector_norm(flat, dim=1, out=residual)
        torch.sub(W, origin, out=moved)
        torch.sum(moved.mul_(moved), 1, out=squares)
        torch.amax(squares, 1, out=squared_movement)

    return note
