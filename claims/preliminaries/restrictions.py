"""How an instance of one claim holds instances of the claims that it uses, to find who is to blame."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from claims.preliminaries.assumptions import separated
from refute import Instance

SEPARATION = 1e-8
"""Pairs at least this far from parallel are instances of the claims on pairs (A2)."""


def pairs(instance: Instance) -> tuple[Instance, ...]:
    """Every pair of columns of X that meets A2, for the claims on two samples."""
    X = instance.X
    chosen = (X[:, pair] for pair in combinations(range(X.shape[1]), 2))
    return tuple(Instance(X=np.ascontiguousarray(pair)) for pair in chosen if separated(pair) >= SEPARATION)


def several_samples(instance: Instance) -> tuple[Instance, ...]:
    """The data alone, where there are two samples or more."""
    return (Instance(X=instance.X),) if instance.X.shape[1] > 1 else ()
