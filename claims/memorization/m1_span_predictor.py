"""M1. The trained, infinitely wide autoencoder memorizes and stays in the span of its data.

Statement. For every X with A3, as lambda_max(k) <= 512 lambda_min(k), in both regimes,
    f(Y) = X k(X,X)^{-1} k(X,Y)
is the limit of kernel gradient descent from 0 at every fresh Y, for a step size up to 1/lambda_max(k). It
interpolates, f(x_i) = x_i, and every output lies in span(X).

Assumptions. A3 for the kernel of the regime: k = k(X,X) is non-singular (A1 and A2 imply it). Its condition
is bounded because float64 cannot follow the descent beyond. Columns of any positive norm.

Symbols. X (d, n) data; Y (d, p) fresh points; k = K (weak), K + G (joint), 1-homogeneous; f(Y) (d, p); eta
step size, N steps.

Refuted by. Data and fresh points where the limit of the descent, a value at a sample, or the span is another.

A pass does not show. That finite networks follow the kernel (that is M4), nor that f is a good reconstruction
off the data.

Source. Ours, serving F4 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: with f_t = X C_t on the data,
descent on the kernel is
    C_{t+1} = C_t + eta (I - C_t) k, so I - C_N = (I - eta k)^N,
which tends to 0 as 0 < eta k <= 1. Off the data the weights that k(X,Y) is hit by are
    sum_{j < N} eta (I - eta k)^j = k^{-1} (I - (I - eta k)^N),
which tend to k^{-1}; the rest is at most (1 - eta lambda_min)^N / lambda_min. At Y = X the product k^{-1} k
is I, and X times anything lies in span(X).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.memorization.antipodal_data import antipodal_pair, independent_pairs
from claims.memorization.nearly import scale_of
from claims.memorization.predictor import Problem, problem
from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.restrictions import several_samples
from models.kernels.limit_predictor import kernel_descent
from models.networks.regime import REGIMES
from refute import Claim, Comparison, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet
from refute.numerics import gamma, unit_roundoff

CONDITION = 512
"""lambda_max / lambda_min of k at the most."""
LIMIT = "limit of the descent"
VALUE = "value at a sample"
SPAN = "part outside the span"

Points = Callable[[np.ndarray], np.ndarray]
"""The points (d, p) that f is to leave alone, from the samples X (d, n)."""
Steps = Callable[[float, str], tuple[int, float]]
"""The steps after which the descent has come to f, and what is left of it then.

From eta lambda_min and the dtype: N as log2 of the steps, and the share of the weights k^{-1} k(X,y) by which
the descent still misses them.
"""


def samples(X: np.ndarray) -> np.ndarray:
    """The samples themselves."""
    return X


def sums_of_neighbours(X: np.ndarray) -> np.ndarray:
    """x_i + x_{i-1} for every i, in the span of the samples."""
    sums: np.ndarray = X + np.roll(X, 1, axis=1)
    return sums


def until_rounding(share: float, dtype: str) -> tuple[int, float]:
    """As many steps as leave less than the roundoff of the answer."""
    doublings = math.ceil(math.log2(math.log(1 / unit_roundoff(dtype)) / share))
    return doublings, math.exp(-share * 2.0**doublings)


def one_step(_: float, __: str) -> tuple[int, float]:
    """One step, as if it left nothing."""
    return 0, 0.0


def squaring_error(n: int, contraction: float, step_size: float, doublings: int, dtype: str) -> float:
    """Spectral bound on the rounding of a geometric sum by repeated squaring, with P = I - eta k.

        S = sum_{j<2**doublings} eta P^j by S <- S + P S, P <- P P

    p >= ||P||, s >= ||S|| and their errors dp, ds follow the recursion; a product of order n adds n gamma_n
    ||.|| ||.||.
    """
    p = contraction
    s = step_size
    dp = 4 * math.sqrt(n) * gamma(4, dtype)
    ds = gamma(1, dtype) * step_size
    for _ in range(doublings):
        P = p + dp
        S = s + ds
        ds = ds + P * ds + dp * s + n * gamma(n + 2, dtype) * (S + P * S)
        dp = 2 * p * dp + dp**2 + n * gamma(n, dtype) * P**2
        s = s + p * s
        p = p**2
    return ds


def descent_comparison(at: Problem, Y: np.ndarray, steps: Steps, off: str) -> Comparison:
    """f against the descent after 2^N steps; f answers with a share of y, whose norm is its natural size."""
    n = at.X.shape[1]
    dtype = at.compute.dtype
    size = float(np.linalg.norm(at.X))
    step_size = 1 / at.largest
    share = step_size * at.smallest
    N, left = steps(share, dtype)
    f_N = array(kernel_descent(tensor(at.X, at.compute), tensor(Y, at.compute), at.regime, step_size, N))
    cross = np.linalg.norm(at.cross(Y), axis=0)
    weights = at.weights(Y)
    products = gamma(2 * n + 2, dtype) * math.sqrt(n) * cross / at.smallest
    solved = (at.solve + gamma(n, dtype)) * weights
    squared = squaring_error(n, 1 - share, step_size, N, dtype) * cross
    rounding = size * (solved + products + squared + weights * left)
    expected = at.predict(Y) * scale_of(LIMIT, off)
    return worst_entry(LIMIT, f_N, expected, rounding, size=np.linalg.norm(Y, axis=0))


def fixed_points_comparison(at: Problem, Y: np.ndarray, off: str) -> Comparison:
    """f(y) = y. At a sample, k(X,y) and the column of k(X,X) differ by the errors of both."""
    n = at.X.shape[1]
    size = float(np.linalg.norm(at.X))
    doubt = 2 * at.error * size * np.linalg.norm(Y, axis=0) / at.smallest
    relative = at.solve + gamma(n + 2, at.compute.dtype)
    rounding = size * (doubt + relative * at.weights(Y))
    expected = Y * scale_of(VALUE, off)
    return worst_entry(VALUE, at.predict(Y), expected, rounding, size=np.linalg.norm(Y, axis=0))


def span_comparison(at: Problem, Y: np.ndarray, off: str) -> Comparison:
    """f(Y) against its orthogonal projection on the range of a factor Q of X, which contains span(X)."""
    d, n = at.X.shape
    f = at.predict(Y)
    Q = np.linalg.qr(at.X)[0]
    spread = np.linalg.norm(np.abs(Q) @ (np.abs(Q).T @ np.abs(at.X)))
    outside = np.linalg.norm(at.X - Q @ (Q.T @ at.X)) + gamma(d + n + 1) * spread
    size = np.linalg.norm(at.X) * (gamma(n, at.compute.dtype) + (n + 1) * gamma(d + n))
    rounding = (outside + 2 * size) * at.weights(Y)
    expected = Q @ (Q.T @ f) * scale_of(SPAN, off)
    return worst_entry(SPAN, f, expected, rounding, size=np.linalg.norm(Y, axis=0))


def check(
    instance: Instance,
    compute: Compute,
    *,
    points: Points = samples,
    steps: Steps = until_rounding,
    off: str = "",
) -> Comparisons | Unmet:
    """Three parts; the last one only where the samples do not span the space. off: the part that is wrong."""
    at = problem(instance.X, instance.regime, compute)
    if isinstance(at, Unmet):
        return at
    if at.largest > CONDITION * at.smallest:
        return Unmet(f"lambda_max(k) is more than {CONDITION} lambda_min(k)")
    Y = instance.Y
    comparisons = (
        descent_comparison(at, Y, steps, off),
        fixed_points_comparison(at, points(instance.X), off),
    )
    return (*comparisons, span_comparison(at, Y, off)) if at.X.shape[1] < at.X.shape[0] else comparisons


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray], norms: bool = False) -> Instance:
    """Samples, and three points: one anywhere, one close to a sample, one opposite to it.

    norms: whether the samples get other norms than 1.
    """
    X = draw(data)
    d, n = X.shape
    if norms:
        X = X * 2.0 ** np.array(draw(st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n)))
    raw = draw(hnp.arrays(np.int64, d, elements=st.integers(-16, 16))) / 8.0
    raw[0] += not raw.any()  # the kernel needs a direction
    x = X[:, draw(st.integers(0, n - 1))]
    near = x + 2.0 ** -draw(st.integers(2, 20)) * raw
    Y = np.column_stack([raw, near if near.any() else raw, -x])
    return Instance(X=X, Y=Y, regime=draw(st.sampled_from(REGIMES)))


def _has_other_norms(instance: Instance) -> bool:
    sizes = np.linalg.norm(instance.X, axis=0)
    return bool((sizes < 0.75).any() or (sizes > 1.5).any())


DATA = Domain(max_n=12, max_d=24, min_separation=2.0**-4)
# Below a few hundredths the descent is out of reach of float64.
NAMES = tuple(name for name in PREDICATES if name not in ("nearly parallel", "nearly antipodal"))

CLAIM = Claim(
    id="M1",
    kind=Kind.EQUALITY,
    finding="F4",
    instances=_instances(DATA.typical()),
    check=check,
    classes={
        **DATA.classes(*NAMES),
        "antipodal pair": lambda instance: antipodal_pair(instance.X),
        "other norms": _has_other_norms,
        "joint": lambda instance: bool(instance.regime == "joint"),
        "weak": lambda instance: bool(instance.regime == "weak"),
    },
    strata={
        **DATA.strata(_instances, *NAMES),
        "antipodal pair": _instances(independent_pairs(max_k=4, max_d=6)),
        "other norms": _instances(DATA.typical(), norms=True),
    },
    constants={"512": CONDITION},
    uses=("K6",),
    restrict_to={"K6": several_samples},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="whole-span",
            statement="f(y) = y for every y in span(X)",
            because="k is not linear: only the samples themselves, and their positive multiples, are fixed",
            falls=VALUE,
            changes={"points": sums_of_neighbours},
        ),
        Sibling(
            name="one-step",
            statement="one step of kernel gradient descent at step size 1/lambda_max already gives f",
            because="only the top eigenvector's share of the error vanishes in one step",
            falls=LIMIT,
            changes={"steps": one_step},
        ),
        Sibling(
            name="nearly-the-limit",
            statement="the limit of the descent is (1 + 1e-5) f(Y)",
            because="the limit is f",
            falls=LIMIT,
            changes={"off": LIMIT},
        ),
        Sibling(
            name="nearly-the-sample",
            statement="f(x_i) = (1 + 1e-5) x_i",
            because="f interpolates exactly",
            falls=VALUE,
            changes={"off": VALUE},
        ),
        Sibling(
            name="nearly-in-the-span",
            statement="f(Y) is 1 + 1e-5 times its projection on span(X)",
            because="it is its projection",
            falls=SPAN,
            changes={"off": SPAN},
            instances=_instances(Domain(max_n=6, min_d=8, max_d=24, min_separation=2.0**-4).typical()),
        ),
    ),
)
