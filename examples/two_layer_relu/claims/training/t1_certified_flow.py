r"""T1. A radius that holds at the start holds for all time, and with it a linear rate.

Statement. Let S be the neurons with |<w_r(0), x_i>| > R |x_i| for all i, and let lambda be the smallest
eigenvalue of
    H_S = (<x_i, x_j> #{r in S: <w_r(0), x_i> >= 0 and <w_r(0), x_j> >= 0} / m)_ij .
If R lambda >= |X| |y - u(0)| / sqrt(m), the gradient flow has, for all t >= 0,
    |y - u(t)| <= exp(-lambda t) |y - u(0)|  and  |w_r(t) - w_r(0)| <= R for every r.

Assumptions. None beside those of the statement.

Symbols. X (n, d) the samples, |X| their operator norm; w_r, u, y, m as in G1; R > 0.

Refuted by. A network with such a radius, and a time at which its residual or a neuron is farther away.

A pass does not show. Times beyond 8 / lambda; networks of which a neuron slides along a kink.

Source. The argument of Du, Zhai, Poczos, Singh, arXiv:1810.02054, theorem 3.2, for one network in place of
most of them: what they take from a large width is measured here. Proof: docs.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.networks import integers
from models.certificate import certificate, first_rate
from models.flow import Flow, Undecided
from models.gram import gram
from refute import Claim, Comparison, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet, at_most
from refute.numerics import gamma

HORIZON = 8
"""How often the residual falls by e, by the stated rate, while it is followed."""


def check(
    instance: Instance, compute: Compute, *, speed: int = 1, share: float = 1.0, stable: bool = True
) -> Comparisons | Unmet:
    """The flow from kink to kink, with its own bound on its error.

    speed: of the stated rate. share: of the radius. stable: whether the rate is that of the neurons in S.
    """
    X, W, rho = instance.X, instance.W, instance.rho
    found = certificate(X, W, rho)
    if found is None:
        return Unmet("no radius certifies the network")
    radius, certified = found
    rate = speed * (certified if stable else first_rate(X, W))
    attained = speed == 1 and stable and _is_eigenvector(X, W, rho, certified)
    try:
        followed = Flow(X, instance.a, W, rho).follow(HORIZON / certified)
        return tuple(_compared(followed, W, rho, rate, share * radius, attained))
    except Undecided as reason:
        return Unmet(str(reason))


def _compared(
    followed: Iterable[Flow], W: np.ndarray, rho: np.ndarray, rate: float, radius: float, attained: bool
) -> Iterable[Comparison]:
    """Both parts after every step; the time is a sum of at most 400."""
    for flow in followed:
        size = float(np.linalg.norm(flow.rho))
        bound = math.exp(-rate * flow.time) * float(np.linalg.norm(rho))
        rounding = flow.error + gamma(512) * (1 + rate * flow.time) * (size + bound)
        yield at_most("residual", size, bound, rounding, attained=attained)
        moved = float(np.linalg.norm(flow.W - W, axis=1).max())
        yield at_most("movement of a neuron", moved, radius, flow.moved_error + gamma(64) * (moved + radius))


def _is_eigenvector(X: np.ndarray, W: np.ndarray, rho: np.ndarray, rate: float) -> bool:
    """Whether the residual falls at the certified rate and no faster, as long as all patterns stay."""
    H = gram(X, W @ X.T > 0, 1 / len(W))
    rest = np.linalg.norm(H @ rho - rate * rho)
    return bool(rest <= gamma(256 * len(X)) * np.trace(X @ X.T) * np.linalg.norm(rho))


@st.composite
def _networks(draw: DrawFn, n: int | None = None, near: int = 0) -> Instance:
    """Neurons at halves of odd numbers, so that few start on a kink; `near` more of them are close to one."""
    n = draw(st.integers(1, 3)) if n is None else n
    d, m = draw(st.integers(n, 3)), draw(st.integers(4, 12))
    X = draw(integers(-2, 2, n, d).filter(lambda X: (X != 0).any(axis=1).all()))
    W = np.concatenate([draw(integers(-24, 23, m, d)), draw(integers(-1, 0, near, d))]) + 0.5
    signs = st.tuples(*[st.sampled_from((-1.0, 1.0))] * len(W)).map(np.array)
    return Instance(X=X, W=W, a=draw(signs), rho=draw(integers(-16, 16, n).filter(np.any)) / 8)


def _loses_neurons(instance: Instance) -> bool:
    """Whether the certified rate is less than nine tenths of the one that all neurons make."""
    found = certificate(instance.X, instance.W, instance.rho)
    return found is not None and found[1] < 0.9 * first_rate(instance.X, instance.W)


CLAIM = Claim(
    id="T1",
    kind=Kind.FOR_ALL_TIME,
    finding="F2",
    instances=_networks(),
    check=check,
    classes={
        "one sample": lambda instance: len(instance.X) == 1,
        "three samples": lambda instance: len(instance.X) == 3,
        "near kinks": _loses_neurons,
    },
    strata={
        "one sample": _networks(n=1),
        "three samples": _networks(n=3),
        "near kinks": _networks(n=1, near=4),
    },
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="twice-the-rate",
            statement="|y - u(t)| <= exp(-2 lambda t) |y - u(0)|",
            because="on one sample whose neurons keep their patterns the rate is lambda",
            falls="residual",
            where="one sample",
            changes={"speed": 2},
        ),
        Sibling(
            name="the-first-rate",
            statement="lambda is that of all neurons, and not of those in S",
            because="neurons that are not in S may stop being active",
            falls="residual",
            where="near kinks",
            changes={"stable": False},
        ),
        Sibling(
            name="half-the-radius",
            statement="|w_r(t) - w_r(0)| <= R / 2",
            because="on one sample whose neurons keep their patterns R is attained in the limit",
            falls="movement of a neuron",
            where="one sample",
            changes={"share": 0.5},
        ),
    ),
)
