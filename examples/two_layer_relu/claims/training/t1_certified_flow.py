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

Siblings.
    twice-the-rate: |y - u(t)| <= exp(-2 lambda t) |y - u(0)|, because on one sample whose neurons keep their
    patterns the rate is lambda.
    the-first-rate: lambda is that of all neurons, and not of those in S, because neurons that are not in S
    may stop being active.
    half-the-radius: |w_r(t) - w_r(0)| <= R / 2, because on one sample whose neurons keep their patterns R is
    attained in the limit.
"""

from claims.flows import compared, falls_no_faster
from claims.networks import BEGUN_CLASSES, BEGUN_STRATA, begun
from models.certificate import certificate, first_rate
from models.flow import Flow, Undecided
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet

HORIZON = 8
"""How often the residual falls by e, by the stated rate, while it is followed."""


def check(
    instance: Instance, compute: Compute, *, speed: int = 1, share: float = 1.0, stable: bool = True
) -> Comparisons | Unmet:
    """speed: of the stated rate. share: of the radius. stable: whether the rate is that of S."""
    X, W, rho = instance.X, instance.W, instance.rho
    found = certificate(X, W, rho)
    if found is None:
        return Unmet("no radius certifies the network")
    radius, certified = found
    rate = speed * (certified if stable else first_rate(X, W))
    attained = speed == 1 and stable and falls_no_faster(X, W, rho, certified)
    try:
        followed = Flow(X, instance.a, W, rho).follow(HORIZON / certified)
        return tuple(compared(followed, W, rho, rate, share * radius, attained))
    except Undecided as reason:
        return Unmet(str(reason))


CLAIM = Claim(
    id="T1",
    kind=Kind.FOR_ALL_TIME,
    finding="F2",
    instances=begun(),
    check=check,
    classes=BEGUN_CLASSES,
    strata=BEGUN_STRATA,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling("twice-the-rate", falls="residual", where="one sample", changes={"speed": 2}),
        Sibling("the-first-rate", falls="residual", where="near kinks", changes={"stable": False}),
        Sibling("half-the-radius", falls="movement of a neuron", where="one sample", changes={"share": 0.5}),
    ),
)
