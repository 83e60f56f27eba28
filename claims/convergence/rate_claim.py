"""C2 and C3 as claims: the law of a regime, tried within the caps, and the false laws beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.convergence import calibrated_law, reachable_data
from claims.convergence.calibrated_law import (
    DIVERGING,
    FASTEST,
    PACE,
    SHORT,
    fewer_neurons,
    law_width,
    promise,
    short_width,
)
from claims.convergence.reachable_data import EIGENVALUE, many_correlated
from claims.preliminaries.arrays import tensor
from claims.preliminaries.fixed_data import pairs, sphere
from models.kernels.finite import tangent_kernel
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from refute import OUT_OF_DIGITS, Claim, Compute, Cost, Instance, Kind, Sibling, Status

FAILURE_PROBABILITY = 0.1
LENT = 2
"""Runs that an instance lends to C1, each as long as a trial."""


def crowded_pairs() -> SearchStrategy[Instance]:
    """Two points at an angle of 0.07 to 0.09: data on which a short run looks better than it is."""
    return pairs(least=70, most=90, least_d=4).map(lambda X: Instance(X=X, excess=1.0, pace=PACE))


def overshot_pairs(regime: Regime) -> SearchStrategy[Instance]:
    """Two points at an angle of 0.3 to 0.5 and a step size beyond 2 / lambda_max of the tangent kernel.

    So close that one eigenvalue holds most of the kernel, so far apart that the law is within the caps.
    """
    return pairs(least=300, most=500).map(lambda X: Instance(X=X, excess=1.0, pace=DIVERGING[regime]))


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
    """The false laws: half of the width, one that short runs suggest, and every step size."""
    return (
        Sibling(
            "fewer-neurons",
            "half of the width suffices",
            "a share of the neurons, of order n sqrt(d / m), comes to rest on a kink, and the kernel that is "
            "left does not prove the rate",
            falls=OUT_OF_DIGITS,
            where="n >= 12",
            changes={"width": fewer_neurons},
            instances=st.just(many_correlated(regime)),
            examples=(many_correlated(regime),),
        ),
        Sibling(
            "short-horizon",
            f"m >= {SHORT[regime]} max(n, d) suffices, whatever {EIGENVALUE[regime]} is",
            "a run stopped at an envelope of e^-3 suggests it; on crowded data the promised rate breaks "
            "some thousand steps later",
            falls="rate broken",
            where=f"{EIGENVALUE[regime]} < 0.1",
            changes={"width": short_width, "watched": True},
            instances=crowded_pairs(),
        ),
        Sibling(
            "any-step",
            "the same for every step size",
            "beyond 2 / lambda_max(H) the residual along the top eigenvector grows (C7)",
            falls="rate broken",
            changes={"watched": True},
            instances=overshot_pairs(regime),
        ),
    )


def rate_claim(id: str, regime: Regime, constants: Mapping[str, Any]) -> Claim:
    """The law of a regime as a claim, under the label `id`. constants: the numbers of its Statement."""
    return Claim(
        id=id,
        kind=Kind.RATE,
        status=Status.CONJECTURE,
        finding="F1",
        instances=reachable_data.typical(regime),
        draw=partial(calibrated_law.draw, regime=regime),
        failure_probability=FAILURE_PROBABILITY,
        examples=(
            Instance(X=sphere(5, 10, 0), excess=1.0, pace=PACE),
            Instance(X=np.eye(3)[:, :2], excess=1.0, pace=FASTEST[regime]),
        ),
        uses=("C1",),
        restrict_to={"C1": partial(first_runs, regime=regime)},
        cost=Cost.SLOW,
        minimum_reach=0.5,
        classes=reachable_data.classes(regime),
        strata=reachable_data.strata(regime),
        constants=constants,
        siblings=siblings(regime),
    )
