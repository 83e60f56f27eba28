"""W5. One initialization keeps the outputs bounded for all inputs at once.

Statement. For every d >= 8 and every m: with probability at least 0.9 over the initialization,
||u(x)||^2 < 5 for every unit vector x.

Assumptions. w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, all independent.

Symbols. W, A (d, m); u(x) = (1/s) A relu(W^T x) with s = sqrt(m d); direction a unit vector fixed before the
network is drawn (used by the corrected statement only).

Refuted by. Sizes at which more than one initialization in ten has an input with ||u(x)||^2 >= 5.

A pass does not show. Anything about inputs that a trial did not try: the fixed one and the m neurons' own.

Source. Deliberately wrong: probability over the wrong randomness. E ||u(x)||^2 = 1/2 and Markov's inequality
give P[||u(x)||^2 >= 5] <= 1/10 for each x fixed in advance. The bad event depends on x; "for every x" inside
the probability needs the union of these events, and x may then be chosen after looking at the weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import data_matrices, unit_norm_rounding
from claims.preliminaries.rounding_of_networks import output_magnitudes
from models.networks.autoencoder import Network, outputs
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials
from refute.numerics import gamma

BOUND = 5.0


def energies_from_below(network: Network, b: int, X: np.ndarray, compute: Compute) -> np.ndarray:
    """||u(x)||^2 of network b for the columns of X (d, n), less what rounding may have added, normalisation
    included: both outputs and magnitudes are homogeneous in x.
    """
    one = network.select(b)
    U = array(outputs(one, tensor(X, compute)))[0]
    size = output_magnitudes(X, array(one.W)[0], array(one.A)[0])
    relative = gamma(2 * (network.d + network.m + 8), compute.dtype) + unit_norm_rounding(len(X))
    least: np.ndarray = np.square(np.maximum(np.abs(U) - relative * size, 0.0)).sum(axis=0)
    return least * (1 - gamma(network.d + 1))


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    bound: float = BOUND,
    before: bool = False,
) -> Trials:
    """A trial fails when some input certainly has ||u(x)||^2 >= bound.

    before: only the input that was fixed before the draw is tried; else the directions of the neurons too.
    """
    fixed = instance.direction
    network = draw_network(
        "rademacher",
        instance.m,
        len(fixed),
        generators,
        device=compute.device,
        dtype=getattr(torch, compute.dtype),
    )
    failed = np.zeros(len(generators), dtype=bool)
    why = []
    for b, W in enumerate(array(network.W)):
        neurons = (W / np.linalg.norm(W, axis=1, keepdims=True)).T
        tried = fixed if before else np.hstack([fixed, neurons])
        energy = energies_from_below(network, b, tried, compute)
        failed[b] = energy.max() >= bound
        chosen = "the input fixed before" if energy.argmax() == 0 else "the direction of a neuron"
        why.append(f"||u(x)||^2 >= {bound:g} at {chosen}" if failed[b] else "")
    return Trials(failed, tuple(why))


@st.composite
def _instances(draw: DrawFn) -> Instance:
    direction = draw(data_matrices(min_n=1, max_n=1, min_d=8, max_d=16))
    return Instance(direction=direction, m=2 ** draw(st.integers(0, 6)))


CLAIM = Claim(
    id="W5",
    title="One initialization keeps the outputs bounded for all inputs at once",
    kind=Kind.WITH_PROBABILITY,
    finding="F1",
    instances=_instances(),
    draw=draw,
    failure_probability=0.1,
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="a-tenth",
            statement="with probability at least 0.9, ||u(x)||^2 < 1/10 for every unit vector x",
            because="the mean of ||u(x)||^2 is 1/2 already for one x",
            falls="||u(x)||^2 >=",
            changes={"bound": math.ldexp(BOUND, -6)},
        ),
    ),
)

CORRECTED = replace(
    CLAIM,
    id="W5-corrected",
    title="For every unit vector x: P[||u(x)||^2 >= 5] <= 1/10",
    draw=partial(draw, before=True),
)
