"""The limit kernels of infinite width in closed form, and the angles of the data they are functions of.

For unit vectors at angle theta with rho = cos theta, and g a standard Gaussian vector:

    encoder K = rho P[<g,x> > 0, <g,y> > 0] = rho (pi - theta) / (2 pi)
    decoder G = E[relu(<g,x>) relu(<g,y>)] = (sin theta + (pi - theta) cos theta) / (2 pi)

The limit kernel of the n d outputs is (1/d) K (x) I_d weak and (1/d) (K + G) (x) I_d joint. Columns of any
positive norm are read 1-homogeneously: the value at (x, y) is |x||y| times the value at their directions.

Source: Nguyen, Wong, Hegde, arXiv:1911.11983; the arc-cosine form is Cho and Saul, NeurIPS 2009.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.networks.argument_checks import require_alike, require_tensor
from models.networks.regime import Regime, require_regime


def angles(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """Angles theta (n, n') in [0, pi] between the columns of X (d, n) and Y (d, n'), default X.

    Computed from the directions as

        theta = 2 atan2(||x - y||, ||x + y||)

    to a few roundoffs, near 0 and pi as well, where the arccosine of the inner product loses half the digits,
    and exactly 0 for a column with itself, however small or large the columns are. ValueError for a column of
    zeros, one that is not finite, or matrices that disagree in d, dtype or device.
    """
    other = X if Y is None else Y
    _require_columns(X, other)
    left = _directions("X", X).mT
    right = _directions("Y", other).mT
    theta = 2 * torch.atan2(_distances(left, right), _distances(left, -right))
    return symmetric(theta) if Y is None else theta


def encoder_kernel(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """K (n, n') for X (d, n) and Y (d, n'), with entries

        <x, y> (pi - theta) / (2 pi)

    Y defaults to X; then the result is exactly symmetric. ValueError as in `angles`.
    """
    return _encoder(X, X if Y is None else Y, angles(X, Y))


def decoder_kernel(X: Tensor, Y: Tensor | None = None) -> Tensor:
    """G (n, n') for X (d, n) and Y (d, n'), with entries

        |x| |y| (sin theta + (pi - theta) cos theta) / (2 pi)

    Y defaults to X; then the result is exactly symmetric. ValueError as in `angles`.
    """
    G = _decoder(X, X if Y is None else Y, angles(X, Y))
    return symmetric(G) if Y is None else G


def limit_kernels(X: Tensor) -> tuple[Tensor, Tensor]:
    """K and G (n, n) of X (d, n), from the same angles. ValueError as in `angles`."""
    theta = angles(X)
    return _encoder(X, X, theta), symmetric(_decoder(X, X, theta))


def limit_kernel(X: Tensor, regime: Regime, Y: Tensor | None = None) -> Tensor:
    """The kernel k (n, n'): K in the weak regime, K + G in the joint one. ValueError as in `angles`."""
    require_regime(regime)
    K = encoder_kernel(X, Y)
    return K if regime == "weak" else K + decoder_kernel(X, Y)


def _encoder(X: Tensor, Y: Tensor, theta: Tensor) -> Tensor:
    rho = symmetric(X.mT @ X) if Y is X else X.mT @ Y
    return rho * (math.pi - theta) / (2 * math.pi)


def _decoder(X: Tensor, Y: Tensor, theta: Tensor) -> Tensor:
    sizes = _norms("X", X).mT * _norms("Y", Y)
    return sizes * (torch.sin(theta) + (math.pi - theta) * torch.cos(theta)) / (2 * math.pi)


def _require_columns(X: Tensor, Y: Tensor) -> None:
    require_tensor("X", X, ("d", "n"))
    require_tensor("Y", Y, ("d", "n'"))
    if X.shape[0] != Y.shape[0]:
        raise ValueError(
            f"Y must have columns of dimension {X.shape[0]}, as X {tuple(X.shape)}, got {tuple(Y.shape)}"
        )
    require_alike(X=X, Y=Y)


def _directions(name: str, X: Tensor) -> Tensor:
    """The columns (d, n) divided by their norms."""
    scaled, _ = _scaled(name, X)
    directions: Tensor = scaled / torch.linalg.vector_norm(scaled, dim=0, keepdim=True)
    return directions


def _norms(name: str, X: Tensor) -> Tensor:
    """The column norms (1, n)."""
    scaled, exponents = _scaled(name, X)
    return _times_power(torch.linalg.vector_norm(scaled, dim=0, keepdim=True), exponents)


def _scaled(name: str, X: Tensor) -> tuple[Tensor, Tensor]:
    """The columns over the power of two 2^e of their largest entry, and the exponents e (1, n).

    No square of the largest entry under- or overflows then. ValueError names the first column without a
    direction. Waits for the device.
    """
    largest = X.abs().amax(0, keepdim=True)
    bad = ~(torch.isfinite(largest) & (largest > 0))
    if bad.any():
        column = int(bad.flatten().nonzero()[0])
        value = float(torch.linalg.vector_norm(X[:, column]))
        raise ValueError(
            f"column {column} of {name} has norm {value}; a direction needs a positive, finite norm"
        )
    exponents = torch.frexp(largest).exponent
    return _times_power(X, -exponents), exponents


def _times_power(X: Tensor, exponents: Tensor) -> Tensor:
    """X times 2^exponents; in two steps, as the power alone may be no float."""
    half = exponents // 2
    result: Tensor = torch.ldexp(torch.ldexp(X, half), exponents - half)
    return result


def _distances(left: Tensor, right: Tensor) -> Tensor:
    """Distances between rows, by differences: the expansion into inner products cancels for close rows."""
    distances: Tensor = torch.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist")
    return distances


def symmetric(M: Tensor) -> Tensor:
    """The symmetric part: products and vectorized functions round (i, j) and (j, i) apart now and then."""
    return (M + M.mT) / 2
