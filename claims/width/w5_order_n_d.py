"""W5. At a fixed separation the width that joint training is seen to need is of order n d.

Statement. A family is a block of 1 to 4 points whose orthogonal copies make n points in any d >= n
dimensions, or the n points themselves as one block. Any two points of a block have the inner product c, for
one
    0 <= c <= 1/2,
or, in copies of 3 or 4 points, every other point is negated. So at every size the separation of the family is
sqrt(2 - 2 c) or, of single points, sqrt(2), its kappa_0 is the same, and lambda_min(X^T X) >= 1/2. Of a start
let w be the least m of 2, 3, 4, 6, 8, ... (round(2 sqrt(2)^i)), up to 4 n d neurons, or 8 n d if there is
none, with which the joint run, at the step and the rate of C3,
    eta = d / (2 lambda_max(K + G)),    mu = kappa_0 / (2 d),
is seen to keep its envelope when that has shrunk to a millionth, at step k = ceil(2 |log 1e-6| / (eta mu)):
    ||E(k)||^2 <= (1 - eta mu)^k ||E(0)||^2.
For every family and any two of its sizes with 2 <= n <= n' <= 12, 4 <= d <= d' <= 16 and n' d' >= 4 n d,
where n or d or both grow: with probability at least 9/10 over 3 starts at each size, the geometric means have
    log(w' / w) <= log(n' d' / (n d)).
Our law, observed, not proved. It is the width as far as runs are seen; the proved width grows faster.

Assumptions. A1, and the blocks, from which A2 follows; rademacher decoder.

Symbols. X (d, n); m the width; W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d; K, G the limit kernels;
kappa_0 = lambda_min(K + G); E = X - U (d, n).

Refuted by. A family and two sizes at which, at level 1e-6, w grows faster than n d in more than a tenth of
the trials.

A pass does not show. What a proof needs: the width at which C1 certifies the same step grows faster than n
where all points are equally correlated and n grows alone (a sibling). That separation alone is enough:
copies of three points of the plane at 120 degrees, linearly dependent and sqrt(3) apart as points and 1 as
lines, need more (a sibling). Nor what larger sizes do, nor that the order is n d and no smaller one: slopes
are 0.7 in n, 0.2 in d, 0.4 in both (docs/theory/width.md). A run that is seen for so long says nothing of
later steps.

Source. Not the paper: C. Hegde, one of its authors, in course notes ("Foundations of deep learning", chapter
5, 2022) says of it that with structure on the data the width improves to O(nd), the big-oh hiding constants
of the data. He says neither in which regime nor of which width; that it is joint training, the width as far
as seen, and what is fixed of the data is our reading. It serves F2 of Nguyen, Wong, Hegde, arXiv:1911.11983.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.calibrated_law import PACE, SHRINKAGE
from claims.width.least_widths import (
    ORDER_N_D,
    WIDEST,
    Order,
    Serves,
    Size,
    certified_there,
    ladder_slopes,
    needed_widths,
    outgrows,
    seen_there,
)
from claims.width.separated_families import OPPOSED, SHAPES, Family
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, Unmet

FAILURE_PROBABILITY = 0.1
LARGEST_PRODUCT = 1 / 2
STARTS = 3
"""Starts at each size, over which the width is averaged."""
GROWTH = 4
"""The least growth of n d."""
MOST_IN_A_BLOCK = 4
LEAST_FLIPPED = 3
"""Of two points of which one is negated one copy has a larger kappa_0 than several."""
LEAST = (2, 4)
MOST = (12, 16)
"""The least and the largest size (n, d)."""
FASTER = "the width grows faster"


def family(instance: Instance) -> Family:
    """The family of an instance."""
    return Family(instance.c, instance.block, instance.shape, instance.turn)


def ladder(instance: Instance) -> tuple[Size, Size]:
    """Its two sizes (n, d)."""
    return (instance.n, instance.d), (instance.to_n, instance.to_d)


def why_not(instance: Instance, shapes: tuple[str, ...] = SHAPES) -> str:
    """Why an instance is outside of the statement, "" where it is not."""
    low, high = ladder(instance)
    k = instance.block
    known = instance.shape in shapes and (instance.shape == SHAPES[0] or k >= LEAST_FLIPPED)
    if not (0 <= instance.c <= LARGEST_PRODUCT and 0 <= k <= MOST_IN_A_BLOCK and known):
        return "no family of the statement"
    inside = all(least <= a <= b <= most for least, a, b, most in zip(LEAST, low, high, MOST, strict=True))
    if not inside or math.prod(high) < GROWTH * math.prod(low):
        return "no two sizes of the statement"
    if any(n > d or (k and n % k) for n, d in (low, high)):
        return "a size that the family does not have"
    return ""


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    serves: Serves = seen_there,
    order: Order = ORDER_N_D,
    shapes: tuple[str, ...] = SHAPES,
) -> Trials | Unmet:
    """A trial is a ladder of two sizes with STARTS starts at each; it fails if w outgrows n^a d^b."""
    unmet = why_not(instance, shapes)
    if unmet:
        return Unmet(unmet)
    low, high = ladder(instance)
    members = [family(instance).data(*size) for size in (low, high)]
    needed = [needed_widths(X, generators, STARTS, compute, serves=serves) for X in members]
    failed = outgrows(low, high, needed, order)
    why = tuple(FASTER if bad else "" for bad in failed)
    return Trials(failed, why, measured=ladder_slopes(low, high, needed))


def larger_data(instance: Instance) -> tuple[Instance, ...]:
    """The data of the larger size, as an instance of C3."""
    return (Instance(X=family(instance).data(instance.to_n, instance.to_d), excess=1.0, pace=PACE),)


ALONE_N = (((2, 8), (8, 8)), ((2, 12), (8, 12)), ((3, 12), (12, 12)), ((3, 16), (12, 16)))
ALONE_D = (((2, 4), (2, 16)), ((4, 4), (4, 16)), ((3, 4), (3, 16)))
TOGETHER = (((2, 4), (4, 8)), ((3, 4), (6, 8)), ((4, 4), (8, 8)), ((2, 4), (8, 12)), ((4, 4), (12, 12)))
"""Pairs of sizes (n, d)."""
PRODUCTS = st.one_of(st.just(LARGEST_PRODUCT), st.integers(0, 19).map(lambda number: number / 40))
TURNS = st.integers(0, 9999)


@st.composite
def _instances(
    draw: DrawFn,
    ladders: tuple[tuple[Size, Size], ...],
    products: SearchStrategy[float] | None = None,
    blocks: tuple[int, ...] = (0, 2, 4, 3, 1),
    shapes: tuple[str, ...] = SHAPES,
    turns: SearchStrategy[int] | None = None,
) -> Instance:
    """A family of one of these blocks and shapes, at two sizes that it has."""
    (n, d), (to_n, to_d) = draw(st.sampled_from(ladders))
    block = draw(st.sampled_from([k for k in blocks if k == 0 or math.gcd(n, to_n) % k == 0] or [0]))
    shape = draw(st.sampled_from(shapes)) if block >= LEAST_FLIPPED else "equal"
    c = 0.0 if block == 1 else draw(PRODUCTS if products is None else products)
    turn = draw(TURNS if turns is None else turns)
    return Instance(c=c, block=block, shape=shape, turn=turn, n=n, d=d, to_n=to_n, to_d=to_d)


def _still(
    sizes: tuple[Size, Size], blocks: tuple[int, ...] = (1, 0), shape: str = SHAPES[0]
) -> SearchStrategy[Instance]:
    """Families along the axes with the largest product, at one pair of sizes."""
    return _instances((sizes,), st.just(LARGEST_PRODUCT), blocks, (shape,), st.just(0))


def _grows(n: bool, d: bool) -> Callable[[Instance], bool]:
    """Whether n, or d, or both grow along the ladder."""
    return lambda instance: (instance.to_n > instance.n, instance.to_d > instance.d) == (n, d)


CLAIM = Claim(
    id="W5",
    kind=Kind.EXPONENT,
    status=Status.CONJECTURE,
    finding="F2",
    instances=_instances((*ALONE_N[:2], *ALONE_D, *TOGETHER[:4])),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    constants={
        "1 to 4 points": (1, MOST_IN_A_BLOCK),
        "3 or 4 points": (LEAST_FLIPPED, MOST_IN_A_BLOCK),
        "c <= 1/2": LARGEST_PRODUCT,
        "4 n d neurons": WIDEST,
        "2 <= n": LEAST[0],
        "4 <= d": LEAST[1],
        "n' <= 12": MOST[0],
        "d' <= 16": MOST[1],
        "n' d' >= 4 n d": GROWTH,
        "9/10": 1 - FAILURE_PROBABILITY,
        "3 starts": STARTS,
        "1e-6": SHRINKAGE,
    },
    examples=(
        Instance(c=0.5, block=0, shape="equal", turn=0, n=2, d=8, to_n=8, to_d=8),
        Instance(c=0.0, block=1, shape="equal", turn=0, n=4, d=4, to_n=12, to_d=12),
    ),
    uses=("C3",),
    restrict_to={"C3": larger_data},
    cost=Cost.SLOW,
    classes={
        "n alone": _grows(True, False),
        "d alone": _grows(False, True),
        "n and d": _grows(True, True),
        "one block": lambda instance: bool(instance.block == 0),
        "copies": lambda instance: bool(instance.block > 1),
        "orthonormal": lambda instance: bool(instance.block == 1 or instance.c == 0),
        "negated": lambda instance: bool(instance.shape == "flipped"),
        "largest product": lambda instance: bool(instance.c == LARGEST_PRODUCT),
    },
    strata={
        "n alone": _instances(ALONE_N),
        "d alone": _instances(ALONE_D),
        "n and d": _instances(TOGETHER),
        "negated": _instances(ALONE_N[:3], blocks=(4, 3), shapes=("flipped",)),
    },
    siblings=(
        Sibling(
            "proved",
            "the width at which C1 certifies the same step is of order n d where all points are equally "
            "correlated",
            "what C1 loses to neurons at rest on a kink grows with n, beside the rate that it proves",
            falls=FASTER,
            where="n alone",
            changes={"serves": certified_there},
            instances=_still(((2, 10), (8, 10)), (0,)),
        ),
        Sibling(
            "separation-alone",
            "the same for copies of three points of the plane at 120 degrees, 1 apart as well",
            "three dependent points need more neurons than independent ones, and one copy of them, whose "
            "kappa_0 is twice that of several, needs few",
            falls=FASTER,
            where="n alone",
            changes={"shapes": (OPPOSED,)},
            instances=_still(ALONE_N[2], (3,), OPPOSED),
        ),
        Sibling(
            "order-d",
            "the width is of order d: with n alone it does not grow",
            "where n alone grows fourfold the width more than doubles",
            falls=FASTER,
            where="n alone",
            changes={"order": (Fraction(0), Fraction(1))},
            instances=_still(ALONE_N[0]),
        ),
        Sibling(
            "square-root",
            "the width is of order sqrt(n d)",
            "with n alone it grows like n^0.7",
            falls=FASTER,
            where="n alone",
            changes={"order": (Fraction(1, 2), Fraction(1, 2))},
            instances=_still(ALONE_N[2]),
        ),
        Sibling(
            "fourth-root",
            "the width is of order (n d)^(1/4), where n and d grow together",
            "where they do it grows like (n d)^0.4",
            falls=FASTER,
            where="n and d",
            changes={"order": (Fraction(1, 4), Fraction(1, 4))},
            instances=_still(TOGETHER[4]),
        ),
    ),
)
