"""The encoder's tangent kernel along a run with a fixed decoder, kept up to date by the neurons that changed.

H_W depends on the encoder through its activation pattern alone. Between two points of a weak run few patterns
change, so what they added is taken out and what they add now is put in: m d n operations to find them, and
(n d)^2 for each, where forming H_W anew takes m (n d)^2. Both are one compiled pass where there is a library.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from models.kernels.pair_sums import row_products, unfold_pairs
from models.native.gram import compiled_moves
from models.networks.argument_checks import require_same_shape, require_samples
from models.networks.autoencoder import Network, preactivations
from refute.numerics import gamma


@dataclass(frozen=True, eq=False)
class Tracked:
    """The state of tracking one network (B = 1) on data X (d, n), in the dtype and on the device of both.

    kernel: H_W (nd, nd), sample-major, symmetric. sums (pairs i <= j, pairs p <= q): the kernel before the
    factors <x_i, x_j> / (m d),

        sum_r D_ri D_rj a_rp a_rq

    pattern: D (m, n), boolean. decoder: A (m, d). signs: whether all entries of A are -1 or 1. trace:
    that of the kernel of absolute values with every neuron active. changed: neurons whose pattern changed
    in the last update, m at first. error: a bound on the spectral norm of the error of `kernel`. It grows
    with every update; a decoder of signs has whole numbers as sums, which do not drift.
    """

    kernel: Tensor
    sums: Tensor
    pattern: Tensor
    decoder: Tensor
    signs: bool
    trace: float
    changed: int
    error: float


def track(network: Network, X: Tensor) -> Tracked:
    """Start at this network: form the kernel once. ValueError for a batch of more than one."""
    require_samples(network.W, X)
    if network.batch != 1:
        raise ValueError(f"one network can be tracked, got a batch of {network.batch}")
    W = network.W[0]
    A = network.A[0]
    d, n = X.shape
    sums = X.new_zeros(n * (n + 1) // 2, d * (d + 1) // 2)
    moved = _moves(W, A, X, torch.zeros(len(W), n, dtype=torch.bool, device=X.device), sums)
    signs = bool((A.abs() == 1).all())
    trace = float(X.double().square().sum() * A.double().square().sum()) / A.numel()
    error = _rounding(len(A), d, X.dtype, signs) * trace
    return Tracked(*moved[:3], A, signs, trace, len(A), error)


def update(tracked: Tracked, network: Network, X: Tensor) -> Tracked:
    """The state at a later point of the same run. ValueError unless the decoder is the one tracked so far."""
    A = network.A[0]
    before = tracked.decoder
    require_samples(network.W, X)
    require_same_shape("A", A, "the tracked decoder", before)
    if not _same(A, before):
        raise ValueError("the decoder has changed: only a run with a fixed decoder can be tracked")
    kernel, sums, pattern, changed = _moves(network.W[0], before, X, tracked.pattern, tracked.sums)
    # The sums so far and two terms for a neuron that changed, together at most three times the trace.
    rounding = 3 * _rounding(2 * changed + 1, len(X), X.dtype, tracked.signs)
    return replace(
        tracked,
        kernel=kernel,
        sums=sums,
        pattern=pattern,
        changed=changed,
        error=tracked.error + rounding * tracked.trace,
    )


def _same(A: Tensor, B: Tensor) -> bool:
    """Whether two tensors of one shape are equal; the same memory is not read."""
    return (A.data_ptr() == B.data_ptr() and A.stride() == B.stride()) or torch.equal(A, B)


def _moves(
    W: Tensor, A: Tensor, X: Tensor, pattern: Tensor, sums: Tensor
) -> tuple[Tensor, Tensor, Tensor, int]:
    """Kernel, sums and pattern after those of an earlier encoder, and the number of neurons that changed."""
    compiled = compiled_moves(W, A, X, pattern, sums)
    return _torch_moves(W, A, X, pattern, sums) if compiled is None else compiled


def _torch_moves(
    W: Tensor, A: Tensor, X: Tensor, pattern: Tensor, sums: Tensor
) -> tuple[Tensor, Tensor, Tensor, int]:
    now = preactivations(W[None], X)[0] > 0
    moved = (now != pattern).any(1).nonzero()[:, 0]
    gained = (_pairs(now[moved]) - _pairs(pattern[moved])).to(A.dtype)
    sums = sums + (gained @ row_products(A[moved].mT.contiguous()[None]).mT)[0]
    return _kernel(sums, X, A), sums, now, len(moved)


def _pairs(pattern: Tensor) -> Tensor:
    """D_ri D_rj (1, pairs of samples, m), int8, of D (m, n); their differences are -1, 0 or 1."""
    return row_products(pattern.mT[None].to(torch.int8))


def _kernel(sums: Tensor, X: Tensor, A: Tensor) -> Tensor:
    m, d = A.shape
    gram = (X.mT @ X).repeat_interleave(d, 0).repeat_interleave(d, 1)
    kernel = unfold_pairs(sums[None], X.shape[1], d)[0] * gram / (m * d)
    return (kernel + kernel.mT) / 2


def _rounding(terms: int, d: int, dtype: torch.dtype, signs: bool) -> float:
    """The gamma of an entry; times the trace of absolute values it bounds the norm of all rounding errors.

    Sums of signs are exact (their sizes are at most m, far below 2^24), so only the last factors round.
    """
    return gamma(d + 4 if signs else terms + d + 6, str(dtype).removeprefix("torch."))
