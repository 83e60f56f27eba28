r"""G3. At a width of 8 n^2 / lambda_0^2 ln(n (n + 1) / delta) the Gram matrix is near its mean.

Statement. For every X with unit rows, no two of them parallel, every delta in (0, 1) and
    m >= 8 n^2 / lambda_0^2 ln(n (n + 1) / delta)
neurons w_r ~ N(0, I), independent,
    P[|H(0) - H*| > lambda_0 / 4] <= delta
in the operator norm, so that lambda_min(H(0)) >= 3 lambda_0 / 4 with probability 1 - delta at least.

Assumptions. None beside those of the statement.

Symbols. X (n, d) the samples; H(0) the Gram matrix of G1 at the start; H* its mean, G2; lambda_0 =
lambda_min(H*) > 0; m the width.

Refuted by. Samples and a delta for which the deviation is larger more often than stated.

A pass does not show. Failure probabilities other than 0.05, 0.1 and 0.2; in three and more dimensions, more
than four samples, and widths beyond 2^16.

Source. Du, Zhai, Poczos, Singh, arXiv:1810.02054, lemma 3.1, with a constant. Proof: docs.md. The square of n
is needed: on an arc all rows are nearly equal, H(0) is nearly a binomial share times the matrix of ones, and
its deviation is about n / (2 sqrt(m)).

Siblings.
    n-for-its-square: 8 n / lambda_0^2 ln(n (n + 1) / delta) neurons suffice, because on an arc the deviation
    is about n / (2 sqrt(m)).
"""

import math
from collections.abc import Sequence

import numpy as np

from claims.networks import on_an_arc, on_the_circle, on_the_sphere, with_delta
from models.gram import drawn_gram, limit_eigenvalue, limit_gram
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials, Unmet

WIDEST = 2**16
"""The most neurons that are drawn one by one."""
REASON = "further than lambda_0 / 4"


def draw(
    instance: Instance, generators: Sequence[np.random.Generator], compute: Compute, *, power: int = 2
) -> Trials | Unmet:
    """A drawn Gram matrix a trial; rounding moves its deviation by less than a millionth of lambda_0."""
    X = instance.X
    n, d = X.shape
    lambda_0 = limit_eigenvalue(X)
    if lambda_0 is None:
        return Unmet("lambda_0 is not verified well above rounding")
    m = math.ceil(8 * n**power / lambda_0**2 * math.log(n * (n + 1) / instance.delta))
    if d > 2 and m > WIDEST:
        return Unmet("the width is beyond what a trial draws")
    mean = limit_gram(X)
    deviations = np.array([np.linalg.norm(drawn_gram(X, m, one) - mean, ord=2) for one in generators])
    failed = deviations > lambda_0 / 4
    return Trials(failed, tuple(REASON if f else "" for f in failed), measured=deviations)


CLAIM = Claim(
    id="G3",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=with_delta(on_the_circle()),
    draw=draw,
    failure_probability=lambda instance: float(instance.delta),
    classes={
        "many on an arc": lambda instance: len(instance.X) >= 32,
        "d > 2": lambda instance: instance.X.shape[1] > 2,
    },
    strata={"many on an arc": with_delta(on_an_arc()), "d > 2": with_delta(on_the_sphere())},
    cost=Cost.MEDIUM,
    siblings=(Sibling("n-for-its-square", falls=REASON, where="many on an arc", changes={"power": 1}),),
)
