"""Tangent kernels: closed limits of infinite width, Gram matrices of finite networks, and their geometry.

For unit vectors at angle theta with rho = cos theta, and g a standard Gaussian vector:
encoder K = rho P[<g,x> > 0, <g,y> > 0] = rho (pi - theta) / (2 pi);
decoder G = E[relu(<g,x>) relu(<g,y>)] = (sin theta + (pi - theta) cos theta) / (2 pi).
The limit kernel of the n d outputs is (1/d) K (x) I_d weak and (1/d) (K + G) (x) I_d joint. Columns of any
positive norm are read 1-homogeneously: the value at (x, y) is |x||y| times the value at their directions.
Matrices over the n d outputs are indexed sample-major: row i d + p is output p of sample i.

Source: Nguyen, Wong, Hegde, arXiv:1911.11983; the arc-cosine form is Cho and Saul, NeurIPS 2009.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.autoencoder import Network, preactivations
from models.checks import require_alike, require_same_shape, require_samples, require_tensor
from models.descent import Regime, require_regime
from models.native.gram import compiled_kernel
from models.pair_sums import row_products, unfold_pairs


@dataclass(frozen=True)
class Separation:
    """The closest pair of samples up to sign: its distance, its indices first < second, and whether by -x."""

    delta: float
    first: int
    second: int
    antipodal: bool


def angles(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """Angles theta (n, n') in [0, pi] between the columns of X (d, n) and Y (d, n'), default X.

    Computed as 2 atan2(||x - y||, ||x + y||) of the directions: absolute error a few roundoffs, near 0 and pi
    as well, where the arccosine of the inner product loses half the digits, and exactly 0 for a column with
    itself. ValueError for a zero column.
    """
    other = X if Y is None else Y
    _require_columns(X, other)
    left, right = (X / _norms("X", X)).mT, (other / _norms("Y", other)).mT
    theta = 2 * torch.atan2(_distances(left, right), _distances(left, -right))
    return _symmetric(theta) if Y is None else theta


def separation(X: Tensor) -> Separation:
    """The minimum over i < j of min(||x_i - x_j||, ||x_i + x_j||), columns as given; infinite for n = 1.

    `antipodal` says that the sum, not the difference, is the small one. Waits for the device. Ties go to the
    first pair.
    """
    require_tensor("X", X, ("d", "n"))
    n = X.shape[1]
    if n == 1:
        return Separation(math.inf, 0, 0, False)
    apart = torch.stack((_distances(X.mT, X.mT), _distances(X.mT, -X.mT)))
    pairs = torch.triu_indices(n, n, offset=1, device=X.device)
    candidates = apart[:, pairs[0], pairs[1]]
    sign, pair = divmod(int(candidates.argmin()), pairs.shape[1])
    first, second = pairs[:, pair].tolist()
    return Separation(float(candidates[sign, pair]), first, second, bool(sign))


def encoder_kernel(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """K (n, n') with entries <x, y> (pi - theta) / (2 pi), for X (d, n) and Y (d, n').

    Y defaults to X; then the result is exactly symmetric. ValueError for a zero column.
    """
    theta = angles(X, Y)
    rho = _symmetric(X.mT @ X) if Y is None else X.mT @ Y
    return rho * (math.pi - theta) / (2 * math.pi)


def decoder_kernel(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """G (n, n') with entries |x||y| (sin theta + (pi - theta) cos theta) / (2 pi); arguments as above."""
    theta = angles(X, Y)
    left, right = _norms("X", X), _norms("Y", X if Y is None else Y)
    G = left.mT * right * (torch.sin(theta) + (math.pi - theta) * torch.cos(theta)) / (2 * math.pi)
    return _symmetric(G) if Y is None else G


def limit_kernel(X: Tensor, regime: Regime, Y: Tensor | None = None) -> Tensor:
    """The kernel k (n, n'): K in the weak regime, K + G in the joint one."""
    require_regime(regime)
    K = encoder_kernel(X, Y)
    return K if regime == "weak" else K + decoder_kernel(X, Y)


def encoder_gram(network: Network, X: Tensor, keep: Tensor | None = None) -> Tensor:
    """H_W = J^T J (B, nd, nd) of the encoder Jacobian for X (d, n), summed over chunks of neurons.

    H_W[(i,p),(j,q)] = <x_i, x_j> / (m d) sum_r 1[z_ri > 0] 1[z_rj > 0] a_rp a_rq. `keep` (B, m), boolean,
    limits the sum to the neurons it marks; m stays the width. Exactly symmetric. ValueError if `keep` does
    not fit. What is not finite in the decoder of a neuron shows in the entries of the samples it is active
    on; where nothing is compiled, in all.
    """
    return tangent_kernel(network, X, "weak", keep)


def decoder_gram(network: Network, X: Tensor) -> Tensor:
    """H_A = (1/(m d)) Phi^T Phi (x) I_d (B, nd, nd), of the decoder Jacobian. Exactly symmetric."""
    require_samples(network.W, X)
    return summed(network.W, None, X, None, True)


def tangent_kernel(network: Network, X: Tensor, regime: Regime, keep: Tensor | None = None) -> Tensor:
    """H (B, nd, nd): H_W in the weak regime, H_W + H_A in the joint one.

    It tends to k / d (x) I_d, with k = limit_kernel. `keep` limits H_W, never H_A.
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
    (d, n), by_pairs = X.shape, network.d >= PAIRS_FROM[0] and X.numel() >= PAIRS_FROM[1]
    columns, features = (n * (n + 1) // 2 + d * (d + 1) // 2, _pairs) if by_pairs else (n * d, _khatri_rao)
    total = torch.zeros((), dtype=X.dtype, device=X.device)
    for part in _chunks(network, columns):
        D = active[:, :, part].to(X.dtype)
        if keep is not None:
            D = D * keep[:, None, part]
        left, right = features(D, network.A[:, part].mT.contiguous())
        total = total + left @ right.mT
    sums = unfold_pairs(total, n, d) if by_pairs else _symmetric(total)
    rho = _symmetric(X.mT @ X).repeat_interleave(d, 0).repeat_interleave(d, 1)
    return sums.mul_(rho / (network.m * d))


def _add_decoder(W: Tensor, X: Tensor, H: Tensor) -> Tensor:
    """H += H_A, in place."""
    Phi = preactivations(W, X).mT.relu_()
    (d, n), (batch, m, _) = X.shape, W.shape
    products = _symmetric(Phi @ Phi.mT) / (m * d)
    H.view(batch, n, d, n, d).diagonal(dim1=2, dim2=4).add_(products[..., None])
    return H


def jacobian(network: Network, X: Tensor, pattern: Tensor | None = None) -> Tensor:
    """The dense encoder Jacobian J (B, md, nd), transposed: (J v)_r = (1/s) sum_i pattern_ri x_i <a_r, v_i>.

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


def _require_columns(X: Tensor, Y: Tensor) -> None:
    require_tensor("X", X, ("d", "n"))
    require_tensor("Y", Y, ("d", "n'"))
    if X.shape[0] != Y.shape[0]:
        raise ValueError(
            f"Y must have columns of dimension {X.shape[0]}, as X {tuple(X.shape)}, got {tuple(Y.shape)}"
        )
    require_alike(X=X, Y=Y)


def _norms(name: str, X: Tensor) -> Tensor:
    """Column norms (1, n); ValueError names the first column without a direction. Waits for the device."""
    norms: Tensor = torch.linalg.vector_norm(X, dim=0, keepdim=True)
    bad = ~(torch.isfinite(norms) & (norms > 0))
    if bad.any():
        column = int(bad.flatten().nonzero()[0])
        value = float(norms[0, column])
        raise ValueError(
            f"column {column} of {name} has norm {value}; a direction needs a positive, finite norm"
        )
    return norms


def _distances(left: Tensor, right: Tensor) -> Tensor:
    """Distances between rows, by differences: the expansion into inner products cancels for close rows."""
    distances: Tensor = torch.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist")
    return distances


def _symmetric(M: Tensor) -> Tensor:
    """The symmetric part: products and vectorized functions round (i, j) and (j, i) apart now and then."""
    return (M + M.mT) / 2


def _require_keep(keep: Tensor | None, network: Network) -> None:
    W = network.W
    if keep is None or (keep.shape == W.shape[:2] and keep.dtype == torch.bool and keep.device == W.device):
        return
    raise ValueError(
        f"keep must be boolean of shape (B, m) = {tuple(W.shape[:2])} on {W.device}, "
        f"got {keep.dtype} {tuple(keep.shape)} on {keep.device}"
    )


# Empirical Gram matrices are summed with the neuron axis last and contiguous: (B, columns, neurons).
PAIRS_FROM = (8, 100)
"""Least d and least n d from which torch was measured to be faster by pairs, whatever the width."""


def _chunks(network: Network, columns: int) -> list[slice]:
    """Slices of the neuron axis whose `columns` features each fill a cache, or more on an accelerator."""
    elements = 2**20 if network.W.device.type == "cpu" else 2**24
    size = max(256, elements // (network.batch * columns))
    return [slice(first, first + size) for first in range(0, network.m, size)]


def _khatri_rao(D: Tensor, A: Tensor) -> tuple[Tensor, Tensor]:
    """Features 1[z_ri > 0] a_rp (B, nd, m) from D (B, n, m), A (B, d, m): their Gram matrix sums over
    neurons.
    """
    F = (D.unsqueeze(2) * A.unsqueeze(1)).flatten(1, 2)
    return F, F


def _pairs(D: Tensor, A: Tensor) -> tuple[Tensor, Tensor]:
    """Products over sample pairs i <= j and over output pairs p <= q: a quarter of the Khatri-Rao work."""
    return row_products(D), row_products(A)
