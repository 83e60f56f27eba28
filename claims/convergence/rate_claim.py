"""C2 and C3 as claims: the data on which the law of a regime is tried, and the false laws beside it."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence import calibrated_law
from claims.convergence.calibrated_law import (
    DIVERGING,
    FASTEST,
    PACE,
    SHORT,
    law_width,
    promise,
    seen_to_break,
    short_width,
)
from claims.preliminaries.arrays import tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices, pair_angles
from claims.preliminaries.fixed_data import arcs, pairs, sphere
from models.kernels.finite import tangent_kernel
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import Claim, Class, Compute, Cost, Instance, Kind, Sibling, Status

EIGENVALUE: dict[Regime, str] = {"weak": "lambda_0", "joint": "kappa_0"}
LENT = 2
"""Runs that an instance lends to C1, each as long as a trial."""


@st.composite
def reachable_data(draw: DrawFn, fastest: float) -> Instance:
    """Data mostly within the caps on width and steps, at paces up to `fastest`. excess: m over the law's.

    Generic data, more dimensions than points, crowded and antipodal pairs, crowded arcs, lines in the plane,
    orthonormal points. Beyond the caps are, by their spectrum: nearly parallel points, longer arcs, and more
    than about 5 points in the plane.
    """
    X = draw(
        st.one_of(
            data_matrices(min_n=2, max_n=4, min_d=2, max_d=6, min_separation=0.125),
            data_matrices(min_n=1, max_n=4, min_d=8, max_d=24, min_separation=0.125),
            pairs(least=300, most=500),
            pairs(least=2600, most=3141),
            arcs(),
            st.tuples(st.integers(2, 8), st.integers(1, 8)).map(lambda s: np.eye(s[0])[:, : min(s)]),
        )
    )
    pace = draw(st.sampled_from([PACE, fastest, PACE / 4]))
    return Instance(X=X, excess=draw(st.sampled_from([1.0, 1.5])), pace=pace)


def crowded_pairs() -> SearchStrategy[Instance]:
    """Two points at an angle of 0.07 to 0.09: data on which a short run looks better than it is."""
    return pairs(least=70, most=90, least_d=4).map(lambda X: Instance(X=X, excess=1.0, pace=PACE))


def overshot_pairs(regime: Regime) -> SearchStrategy[Instance]:
    """Two points at an angle of 0.3 to 0.5 and a step size beyond 2 / lambda_max of the tangent kernel.

    So close that one eigenvalue holds most of the kernel, so far apart that the law is within the caps.
    """
    return pairs(least=300, most=500).map(lambda X: Instance(X=X, excess=1.0, pace=DIVERGING[regime]))


def classes(regime: Regime) -> dict[str, Class]:
    """The kinds of instances whose reach C2 and C3 report."""
    return {
        **CLASSES,
        f"{EIGENVALUE[regime]} < 0.1": lambda instance: promise(instance.X, regime).eigenvalue < 0.1,
        "d >= 4 n": lambda instance: len(instance.X) >= 4 * instance.X.shape[1],
        "antipodal-like": lambda instance: bool((pair_angles(instance.X) > 2.5).any()),
        "largest pace": lambda instance: bool(instance.pace == FASTEST[regime]),
        "small pace": lambda instance: bool(instance.pace < PACE),
    }


def first_runs(instance: Instance, regime: Regime) -> tuple[Instance, ...]:
    """The runs of this instance from LENT starts of C1's own, as instances of C1."""
    X = instance.X
    m = math.ceil(instance.excess * law_width(X, regime))
    step_size = promise(X, regime, instance.pace).step_size
    data = tensor(X, Compute())
    runs = []
    for start in range(LENT):
        network = draw_network("rademacher", m, len(X), [np.random.default_rng([start])])
        largest = float(torch.linalg.eigvalsh(tangent_kernel(network, data, regime))[0, -1])
        share = step_size * largest / 2
        how = {"law": "rademacher", "start": start, "kinks": 0, "share": share, "regime": regime}
        runs.append(Instance(X=X, m=m, **how))
    return tuple(runs)


def siblings(regime: Regime) -> tuple[Sibling, ...]:
    """The two false laws: a width that short runs suggest, and every step size."""
    return (
        Sibling(
            "short-horizon",
            f"m >= {SHORT[regime]} max(n, d) suffices, whatever {EIGENVALUE[regime]} is",
            "a run stopped at an envelope of e^-3 suggests it; on crowded data the promised rate breaks "
            "some thousand steps later",
            falls="rate broken",
            where=f"{EIGENVALUE[regime]} < 0.1",
            changes={"width": short_width, "fails": seen_to_break},
            instances=crowded_pairs(),
        ),
        Sibling(
            "any-step",
            "the same for every step size",
            "beyond 2 / lambda_max(H) the residual along the top eigenvector grows (C7)",
            falls="rate broken",
            changes={"fails": seen_to_break},
            instances=overshot_pairs(regime),
        ),
    )


def rate_claim(id: str, regime: Regime) -> Claim:
    """The law of a regime as a claim, under the label `id`."""
    return Claim(
        id=id,
        kind=Kind.RATE,
        status=Status.CONJECTURE,
        finding="F1",
        instances=reachable_data(FASTEST[regime]),
        draw=partial(calibrated_law.draw, regime=regime),
        failure_probability=0.1,
        examples=(
            Instance(X=sphere(5, 10, 0), excess=1.0, pace=PACE),
            Instance(X=np.eye(3)[:, :2], excess=1.0, pace=FASTEST[regime]),
        ),
        uses=("C1",),
        restrict_to={"C1": partial(first_runs, regime=regime)},
        cost=Cost.SLOW,
        minimum_reach=0.5,
        classes=classes(regime),
        siblings=siblings(regime),
    )
