"""K3. Both limit kernels are power series in rho.

Statement. For every rho in [-1, 1], with theta = arccos rho and c_k = (2k)! / (4^k (k!)^2 (2k+1)),
    K = rho (pi - theta) / (2 pi),
    G = (sin theta + (pi - theta) cos theta) / (2 pi)
are
    K = rho/4 + 1/(2 pi) sum over k >= 0 of c_k rho^(2k+2),
    G = 1/(2 pi) + rho/4 + 1/(2 pi) sum over k >= 0 of c_k rho^(2k+2) / (2k+2),
both series converging uniformly on [-1, 1]; the sum of c_k is pi/2; and K = rho dG/drho.

Assumptions. A1, which makes rho = <x, y> a number of [-1, 1].

Symbols. rho = <x, y> for two unit vectors, the columns of X (d, 2); phi = pi/2 - theta = arcsin rho;
p_k = (2k+1) c_k.

Refuted by. Two unit vectors at which a closed form leaves a rigorous enclosure of its series.

A pass does not show. How fast the series converge near rho = 1 and -1; there the terms fall like k^(-3/2).

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983; the arcsine series is classical. Proof: as
rho = sin phi and pi - theta = pi/2 + phi, the first series says phi = sum c_k sin^(2k+1) phi. Its remainder
and the derivative of that are
    R_N = phi - sum over k < N of c_k sin^(2k+1) phi,
    r_N = 1 - cos phi sum over k < N of p_k sin^(2k) phi.
By induction on N, dr_N/dphi = 2N p_N sin^(2N-1) phi, and r_N(0) = 0. So r_N and R_N are not negative
on [0, pi/2], R_N increases, and
    R_N(pi/2) = the integral over [0, pi/2] of (pi/2 - t) 2N p_N sin^(2N-1) t dt,
which is at most pi p_N / 2 because pi/2 - t <= (pi/2) cos t there. Since (2N+1) p_N^2 decreases from 1,
    R_N <= pi / (2 sqrt(2N+1)),
uniformly; R_N is odd in phi. The second series follows, term by term, from G = 1/(2 pi) at rho = 0 and
    dG/drho = (pi - theta) / (2 pi) = K / rho.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sympy
from flint import arb, fmpq

from claims.kernels.pairs_of_samples import HALF, NEAR, PAIR_CLASSES, PAIR_STRATA, PAIRS
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.restrictions import pairs
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import angle, entry_rounding, signed_squares
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Step, equal
from refute.numerics import Enclosure, enclosure_of, is_positive, precision

_BITS = 192
"""Enough that both sums are known to float64 also next to rho = 1 and -1, where their terms fall slowest."""
_TERMS = 3
"""For how many terms the proof encloses the remainder in balls as well; its induction covers all others."""

Sums = Callable[[arb], tuple[arb, arb]]
"""The two sums of the statement over z = rho^2: of c_k z^(k+1), and of c_k z^(k+1) / (2k+2)."""


def hypergeometric_sums(z: arb) -> tuple[arb, arb]:
    """c_k = (1/2)_k (1/2)_k / ((3/2)_k k!), and 1 / ((2k+1)(2k+2)) = 1/(2k+1) - 1/(2k+2)."""
    half = arb(1) / 2
    first = z * z.hypgeom_2f1(half, half, half + 1)
    return first, first - z / 2 * z.hypgeom_2f1(half, arb(1), arb(2))


def _without_odd_factor(z: arb) -> tuple[arb, arb]:
    """The sums with p_k in place of c_k: of p_k z^(k+1), and of p_k z^(k+1) / (2k+2)."""
    half = arb(1) / 2
    return z / (1 - z).sqrt(), z / 2 * z.hypgeom_2f1(half, arb(1), arb(2))


def _nearly(z: arb) -> tuple[arb, arb]:
    """Both sums times NEAR."""
    first, second = hypergeometric_sums(z)
    return first * NEAR, second * NEAR


def series(square: fmpq, sums: Sums) -> tuple[Enclosure, Enclosure]:
    """The right-hand sides for K and G at the cosine with this signed square, enclosed."""
    with precision(_BITS):
        rho = angle(square).rho
        encoder, decoder = sums(arb(abs(square)))
        turn = 2 * arb.pi()
        return enclosure_of(rho / 4 + encoder / turn), enclosure_of(1 / turn + rho / 4 + decoder / turn)


def check(instance: Instance, compute: Compute, *, sums: Sums = hypergeometric_sums) -> Comparisons:
    """The closed forms at the pair against their series."""
    floats = tensor(instance.X, compute)
    rounding = entry_rounding(len(instance.X), compute.dtype)
    K = array(encoder_kernel(floats))
    G = array(decoder_kernel(floats))
    series_K, series_G = series(signed_squares(instance.X)[0][1], sums)
    return (
        equal("K = its series", float(K[0, 1]), series_K, rounding, size=HALF),
        equal("G = its series", float(G[0, 1]), series_G, rounding, size=HALF),
    )


def remainder(terms: int, phi: Any) -> Any:
    """R_N of a ball or a series."""
    sine = phi.sin()
    rest = phi
    p = arb(1)
    for k in range(terms):
        rest = rest - p / (2 * k + 1) * sine ** (2 * k + 1)
        p = p * (2 * k + 1) / (2 * k + 2)
    return rest


def majorant(terms: int) -> arb:
    """pi p_N / 2, which bounds R_N / sin^(2N+1) on (0, pi/2] as it bounds R_N(pi/2)."""
    p = arb(1)
    for k in range(terms):
        p = p * (2 * k + 1) / (2 * k + 2)
    return arb.pi() * p / 2


def proof() -> Sequence[Step]:
    """The closed forms in phi, the exact remainder by induction, its bound, and G from K."""
    return (*_forms(), *_induction(), *_bounds(), *_enclosures())


def _forms() -> Sequence[Step]:
    phi = sympy.symbols("phi", real=True)
    rho = sympy.sin(phi)
    K = encoder_symbol(sympy.pi / 2 - phi)
    G = decoder_symbol(sympy.pi / 2 - phi)
    t = sympy.symbols("t", positive=True)
    power = 2 * sympy.symbols("j", integer=True, nonnegative=True) + 1
    return (
        vanishes("K = rho/4 + rho phi / (2 pi)", K - rho / 4 - rho * phi / (2 * sympy.pi)),
        vanishes("rho dG/drho = K", rho * sympy.diff(G, phi) / sympy.diff(rho, phi) - K),
        vanishes("G = 1/(2 pi) at rho = 0", G.subs(phi, 0) - 1 / (2 * sympy.pi)),
        vanishes(
            "the integral of t^(2k+1) is t^(2k+2) / (2k+2)",
            sympy.diff(t ** (power + 1) / (power + 1), t) - t**power,
        ),
    )


def _induction() -> Sequence[Step]:
    phi = sympy.symbols("phi", real=True)
    N, k = sympy.symbols("N k", positive=True, integer=True)
    p = sympy.binomial(2 * k, k) / 4**k
    ratio = sympy.combsimp((p.subs(k, k + 1) / p).rewrite(sympy.gamma))
    p_N = sympy.symbols("p_N", positive=True)
    term = sympy.cos(phi) * p_N * sympy.sin(phi) ** (2 * N)
    p_next = p_N * (2 * N + 1) / (2 * N + 2)
    step = (
        2 * N * p_N * sympy.sin(phi) ** (2 * N - 1)
        - sympy.diff(term, phi)
        - (2 * N + 2) * p_next * sympy.sin(phi) ** (2 * N + 1)
    )
    first = sympy.diff(1 - sympy.cos(phi), phi) - 2 * sympy.Rational(1, 2) * sympy.sin(phi)
    one_term = sympy.diff(p_N * sympy.sin(phi) ** (2 * N + 1) / (2 * N + 1), phi) - term
    return (
        vanishes("p_(k+1) / p_k = (2k+1) / (2k+2)", ratio - (2 * k + 1) / (2 * k + 2)),
        vanishes("r_N is the derivative of R_N, term by term", one_term),
        vanishes("dr_1/dphi = 2 p_1 sin phi", first),
        vanishes(
            "dr_N/dphi = 2N p_N sin^(2N-1) phi implies the same for N + 1",
            step / sympy.sin(phi) ** (2 * N - 1),
        ),
    )


def _bounds() -> Sequence[Step]:
    t = sympy.symbols("t", real=True)
    N = sympy.symbols("N", positive=True, integer=True)
    weight = sympy.diff(sympy.sin(t) ** (2 * N) / (2 * N), t) - sympy.cos(t) * sympy.sin(t) ** (2 * N - 1)
    loss = ((2 * N + 1) / (2 * N + 2)) ** 2 * (2 * N + 3) / (2 * N + 1) - 1 + 1 / (2 * N + 2) ** 2
    return (
        on_boxes(
            "pi/2 - t <= (pi/2) cos t for t = (pi/2) x, x in [0, 1]",
            is_positive(lambda x: (arb.pi() * x / 2).cos() - 1 + x, (0.0, 1.0), zeros={0.0: 1, 1.0: 1}),
        ),
        vanishes("the integral of cos t sin^(2N-1) t is sin^(2N) t / (2N)", weight),
        vanishes("(2N+3) p_(N+1)^2 = (2N+1) p_N^2 (1 - 1/(2N+2)^2)", loss),
    )


def _enclosures() -> Sequence[Step]:
    order = 2 * _TERMS + 1
    side = (0.0, 1.625)
    zeros = {0.0: order}
    above = is_positive(partial(remainder, _TERMS), side, zeros=zeros)
    below = is_positive(
        lambda phi: majorant(_TERMS) * phi.sin() ** order - remainder(_TERMS, phi), side, zeros=zeros
    )
    return (
        on_boxes(f"R_{_TERMS} > 0 for phi in (0, 1.625], beyond pi/2", above),
        on_boxes(f"R_{_TERMS} < (pi/2) p_{_TERMS} sin^{order} phi there", below),
    )


CLAIM = Claim(
    id="K3",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=PAIRS,
    check=check,
    proof=proof,
    classes=PAIR_CLASSES,
    strata=PAIR_STRATA,
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    siblings=(
        Sibling(
            name="nearly-K",
            statement="the sums are larger by a share of 1e-5",
            because="both series are exact, that of K",
            falls="K = its series",
            changes={"sums": _nearly},
        ),
        Sibling(
            name="nearly-G",
            statement="the sums are larger by a share of 1e-5",
            because="both series are exact, that of G",
            falls="G = its series",
            changes={"sums": _nearly},
        ),
        Sibling(
            name="no-odd-factor",
            statement="the same with c_k = (2k)! / (4^k (k!)^2), without the factor 2k + 1",
            because="that is the series of 1 / sqrt(1 - rho^2), the derivative of the arcsine",
            falls="K = its series",
            changes={"sums": _without_odd_factor},
        ),
    ),
)
