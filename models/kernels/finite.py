"""Tangent kernels of finite networks: Gram matrices of the Jacobian of the n d outputs.

Matrices over the outputs are indexed sample-major: row i d + p is output p of sample i. Results have the
dtype and the device of the network; arguments that disagree raise ValueError. Where nothing is compiled the
sums are taken with the neuron axis last and contiguous: (B, columns, neurons).

Source: Nguyen, Wong, Hegde, arXiv:1911.11983.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.kernels.limit import symmetric
from models.kernels.pair_sums import row_products, unfold_pairs
from models.native.gram import compiled_kernel
from models.networks.argument_checks import require_same_shape, require_samples
from models.networks.autoencoder import Network, preactivations
from models.networks.regime import Regime, require_regime

PAIRS_FROM = (8, 100)
"""Least d and least n d from which torch was measured to be faster by pairs, whatever the width (G10 of
`python -m benchmarks.speed --full`). Both ways give the same sums up to rounding."""
_CHUNK_ENTRIES_CPU = 2**20
_CHUNK_ENTRIES_DEVICE = 2**24
"""Entries of the features that are formed at a time: on a CPU about what a cache holds, on an accelerator
enough to keep it busy. Any value gives the same sums up to rounding."""
_LEAST_NEURONS = 256
"""Neurons of a chunk, at least: shorter products cost more to call than to compute."""


def encoder_gram(network: Network, X: Tensor, keep: Tensor | None = None) -> Tensor:
    """H_W = J^T J (B, nd, nd) of the encoder Jacobian for X (d, n), summed over chunks of neurons.

        H_W[(i,p),(j,q)] = <x_i, x_j> / (m d) sum_r 1[z_ri > 0] 1[z_rj > 0] a_rp a_rq

    `keep` (B, m), boolean, limits the sum to the neurons it marks; m stays the width. Exactly symmetric.
    ValueError if `keep` does not fit. What is not finite in the decoder of a neuron shows in the entries
    of the samples it is active on; where nothing is compiled, in all.
    """
    return tangent_kernel(network, X, "weak", keep)


def decoder_gram(network: Network, X: Tensor) -> Tensor:
    """The kernel of the decoder Jacobian for X (d, n),

        H_A = (1/(m d)) Phi^T Phi (x) I_d,

    as (B, nd, nd), exactly symmetric.
    """
    require_samples(network.W, X)
    return summed(network.W, None, X, None, True)


def tangent_kernel(network: Network, X: Tensor, regime: Regime, keep: Tensor | None = None) -> Tensor:
    """H (B, nd, nd) for X (d, n): H_W in the weak regime, H_W + H_A in the joint one.

    It tends to (1/d) k (x) I_d, with k = limit_kernel. `keep` limits H_W, never H_A. ValueError for a regime
    not in REGIMES.
    """
    require_regime(regime)
    require_samples(network.W, X)
    _require_keep(keep, network)
    return summed(network.W, network.A, X, keep, regime == "joint")


def summed(W: Tensor, A: Tensor | None, X: Tensor, keep: Tensor | None, decoder: bool) -> Tensor:
    """H_W for W, A (B, m, d), or zero without A, and with `decoder` H_A: the one route to all of the above.

    The arguments are those of a network and must fit. One pass over the neurons where there is a library.
    """
    compiled = compiled_kernel(W, A, X, keep, decoder)
    if compiled is not None:
        return compiled
    size = X.numel()
    H = X.new_zeros(len(W), size, size) if A is None else _torch_gram(Network(W, A), X, keep)
    return _add_decoder(W, X, H) if decoder else H


def _torch_gram(network: Network, X: Tensor, keep: Tensor | None) -> Tensor:
    active = preactivations(network.W, X).mT > 0
    d, n = X.shape
    by_pairs = d >= PAIRS_FROM[0] and n * d >= PAIRS_FROM[1]
    columns = n * (n + 1) // 2 + d * (d + 1) // 2 if by_pairs else n * d
    features = _pairs if by_pairs else _khatri_rao
    total = torch.zeros((), dtype=X.dtype, device=X.device)
    for part in _chunks(network, columns):
        D = active[:, :, part].to(X.dtype)
        if keep is not None:
            D = D * keep[:, None, part]
        left, right = features(D, network.A[:, part].mT.contiguous())
        total = total + left @ right.mT
    sums = unfold_pairs(total, n, d) if by_pairs else symmetric(total)
    rho = symmetric(X.mT @ X).repeat_interleave(d, 0).repeat_interleave(d, 1)
    return sums.mul_(rho / (network.m * d))


def _add_decoder(W: Tensor, X: Tensor, H: Tensor) -> Tensor:
    """H += H_A, in place."""
    Phi = preactivations(W, X).mT.relu_()
    d, n = X.shape
    batch, m, _ = W.shape
    products = symmetric(Phi @ Phi.mT) / (m * d)
    H.view(batch, n, d, n, d).diagonal(dim1=2, dim2=4).add_(products[..., None])
    return H


def jacobian(network: Network, X: Tensor, pattern: Tensor | None = None) -> Tensor:
    """The dense encoder Jacobian J (B, md, nd), transposed:

        (J v)_r = (1/s) sum_i pattern_ri x_i <a_r, v_i>

    `pattern` (B, m, n) replaces 1[z_ri > 0], with any values; it must have X's dtype and device. J^T J is
    `encoder_gram`.
    """
    Z = preactivations(network.W, X)
    if pattern is None:
        pattern = (Z > 0).to(X.dtype)
    require_same_shape("pattern", pattern, "the preactivations", Z)
    scaled = network.A / network.scale
    J = torch.einsum("bri,ki,brp->brkip", pattern, X, scaled)
    return J.reshape(network.batch, network.m * network.d, X.numel())


def _require_keep(keep: Tensor | None, network: Network) -> None:
    W = network.W
    if keep is None or (keep.shape == W.shape[:2] and keep.dtype == torch.bool and keep.device == W.device):
        return
    raise ValueError(
        f"keep must be boolean of shape (B, m) = {tuple(W.shape[:2])} on {W.device}, "
        f"got {keep.dtype} {tuple(keep.shape)} on {keep.device}"
    )


def _chunks(network: Network, columns: int) -> list[slice]:
    """Slices of the neuron axis, of which `columns` features for each neuron are formed at a time."""
    entries = _CHUNK_ENTRIES_CPU if network.W.device.type == "cpu" else _CHUNK_ENTRIES_DEVICE
    size = max(_LEAST_NEURONS, entries // (network.batch * columns))
    return [slice(first, first + size) for first in range(0, network.m, size)]


def _khatri_rao(D: Tensor, A: Tensor) -> tuple[Tensor, Tensor]:
    """Features 1[z_ri > 0] a_rp (B, nd, m), left and right, from D (B, n, m) and A (B, d, m)."""
    F = (D.unsqueeze(2) * A.unsqueeze(1)).flatten(1, 2)
    return F, F


def _pairs(D: Tensor, A: Tensor) -> tuple[Tensor, Tensor]:
    """Products over sample pairs i <= j and over output pairs p <= q: a quarter of the Khatri-Rao work."""
    return row_products(D), row_products(A)
