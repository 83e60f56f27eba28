"""What the claims on one network share: the data and networks that they are searched at, and the classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from hypothesis.strategies import SearchStrategy

from claims.preliminaries.assumptions import Domain
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.network_families import NETWORK_CLASSES
from refute import Class, Instance

DATA = Domain(max_n=12, max_d=16)
"""Sizes at which an instance is judged in milliseconds, and n > d occurs as well as n < d."""
SMALL_DATA = Domain(max_n=8, max_d=8)
"""Sizes at which an instance is judged in exact arithmetic within some milliseconds."""
LEAST = 16
WIDEST = 64
"""The widths of typical networks."""
DATA_CLASSES = tuple(name for name in PREDICATES if name not in ("real rows", "frame", "clusters"))
KINDS = ("zero weight", "repeated neuron", "uneven rows", "m <= 8")

Data = SearchStrategy[np.ndarray]
Build = Callable[..., SearchStrategy[Instance]]
"""A strategy of instances from data, and from keyword arguments `kind` and `min_m`."""


def classes() -> Mapping[str, Class]:
    """The kinds of data and of networks."""
    return {**DATA.classes(*DATA_CLASSES), **{name: NETWORK_CLASSES[name] for name in KINDS}}


def strata(build: Build, data: Domain = DATA) -> Mapping[str, SearchStrategy[Instance]]:
    """The strategies of these kinds: of the data with typical networks, and the other way round."""
    networks = {kind: build(data.typical(), kind=kind, min_m=1) for kind in KINDS}
    return {**data.strata(build, *DATA_CLASSES), **networks}
