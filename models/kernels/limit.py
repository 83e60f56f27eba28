"""The limit kernels of infinite width in closed form, and the geometry of the data they are functions of.

For unit vectors at angle theta with rho = cos theta, and g a standard Gaussian vector:

    encoder K = rho P[<g,x> > 0, <g,y> > 0] = rho (pi - theta) / (2 pi)
    decoder G = E[relu(<g,x>) relu(<g,y>)] = (sin theta + (pi - theta) cos theta) / (2 pi)

The limit kernel of the n d outputs is (1/d) K (x) I_d weak and (1/d) (K + G) (x) I_d joint. Columns of any
positive norm are read 1-homogeneously: the value at (x, y) is |x||y| times the value at their directions.

Source: Nguyen, Wong, Hegde, arXiv:1911.11983; the arc-cosine form is Cho and Saul, NeurIPS 2009.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.networks.argument_checks import require_alike, require_tensor
from models.networks.regime import Regime, require_regime


@dataclass(frozen=True)
class Separation:
    """The closest pair of samples up to sign: its distance, its indices first < second, and whether by -x."""

    delta: float
    first: int
    second: int
    antipodal: bool


def angles(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """Angles theta (n, n') in [0, pi] between the columns of X (d, n) and Y (d, n'), default X.

    Computed from the directions as

        theta = 2 atan2(||x - y||, ||x + y||)

    to a few roundoffs, near 0 and pi as well, where the arccosine of the inner product loses half the digits,
    and exactly 0 for a column with itself. ValueError for a column of zeros, one that is not finite, or
    matrices that disagree in d, dtype or device.
    """
    other = X if Y is None else Y
    _require_columns(X, other)
    left = (X / _norms("X", X)).mT
    right = (other / _norms("Y", other)).mT
    theta = 2 * torch.atan2(_distances(left, right), _distances(left, -right))
    return symmetric(theta) if Y is None else theta


def separation(X: Tensor) -> Separation:
    """The least distance up to sign of two columns of X (d, n), as given; infinite for n = 1:

        min_{i < j} min(||x_i - x_j||, ||x_i + x_j||)

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
    """K (n, n') for X (d, n) and Y (d, n'), with entries

        <x, y> (pi - theta) / (2 pi)

    Y defaults to X; then the result is exactly symmetric. ValueError as in `angles`.
    """
    theta = angles(X, Y)
    rho = symmetric(X.mT @ X) if Y is None else X.mT @ Y
    return rho * (math.pi - theta) / (2 * math.pi)


def decoder_kernel(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """G (n, n') for X (d, n) and Y (d, n'), with entries

        |x| |y| (sin theta + (pi - theta) cos theta) / (2 pi)

    Y defaults to X; then the result is exactly symmetric. ValueError as in `angles`.
    """
    theta = angles(X, Y)
    left = _norms("X", X)
    right = _norms("Y", X if Y is None else Y)
    G = left.mT * right * (torch.sin(theta) + (math.pi - theta) * torch.cos(theta)) / (2 * math.pi)
    return symmetric(G) if Y is None else G


def limit_kernel(X: Tensor, regime: Regime, Y: Tensor | None = None) -> Tensor:
    """The kernel k (n, n'): K in the weak regime, K + G in the joint one. ValueError as in `angles`."""
    require_regime(regime)
    K = encoder_kernel(X, Y)
    return K if regime == "weak" else K + decoder_kernel(X, Y)


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


def symmetric(M: Tensor) -> Tensor:
    """The symmetric part: products and vectorized functions round (i, j) and (j, i) apart now and then."""
    return (M + M.mT) / 2
