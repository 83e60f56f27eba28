"""Networks of one hidden layer, as strategies, with their classes: encoder W and decoder A, both (m, d)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.data_families import SIGNS, integers, mostly
from refute import Instance

Weights = tuple[np.ndarray, np.ndarray]
"""(W, A), both (m, d), with neurons as rows."""
# Up to 3 in size once divided by 8.
_SIZE = 24
_FEW = 64
_ENTRIES = st.integers(-_SIZE, _SIZE)
# Far enough apart that rows of one network differ by six orders of magnitude, near enough to sum in float32.
_EXPONENTS = st.one_of(st.just(0), st.integers(-10, 10))
_APART = 8
"""Rows whose sizes differ by 2^8 or more differ very much."""
_WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


def networks(d: int, *, min_m: int = 1, max_m: int = 8, kind: str = "") -> SearchStrategy[Weights]:
    """Encoder and decoder (W, A), both (m, d) with neurons as rows and min_m <= m <= max_m, of any kind or
    one.

    For claims that hold for every network: entries are eighths of integers up to 3 in size, zeros included;
    some encoder rows repeat the first one; every row of W and of A is then scaled by a power of two between
    2^-10 and 2^10. The kinds are the names of NETWORK_CLASSES. Raises ValueError for an empty range of widths
    and for a kind that none of them allows.
    """
    if not 1 <= min_m <= max_m:
        raise ValueError(f"no network has min_m = {min_m} to max_m = {max_m} neurons")
    widths = tuple(m for m in _rungs(min_m, max_m) if _allows(kind, m))
    if not widths:
        raise ValueError(f"no network with {min_m} to {max_m} neurons is {kind!r}")
    return _networks(d, widths, kind)


def network_classes(min_m: int, max_m: int) -> Mapping[str, Callable[[Instance], bool]]:
    """The predicates of the kinds of network that these widths allow, on instances that hold W."""
    widths = _rungs(min_m, max_m)
    return {name: test for name, test in NETWORK_CLASSES.items() if any(_allows(name, m) for m in widths)}


def _rungs(min_m: int, max_m: int) -> list[int]:
    return sorted({m for m in (*_WIDTHS, min_m, max_m) if min_m <= m <= max_m})


def _allows(kind: str, m: int) -> bool:
    allowed = {
        "": True,
        "zero weight": True,
        "repeated neuron": m >= 2,
        "uneven rows": m >= 2,
        "m <= 8": m <= 8,
        "m >= 16": m >= 16,
    }
    if kind not in allowed:
        raise ValueError(f"the kinds of network are {', '.join(NETWORK_CLASSES)}, got {kind!r}")
    return allowed[kind]


@cache
@st.composite
def _networks(draw: DrawFn, d: int, widths: tuple[int, ...], kind: str) -> Weights:
    m = draw(_among(widths))
    W = _eighths(draw, m, d)
    A = _eighths(draw, m, d)
    repeats = draw(mostly(m, 1, SIGNS)) < 0
    scales = draw(mostly(m, 0, _EXPONENTS))
    if kind == "repeated neuron":
        repeats[1] = True
    if kind == "uneven rows":
        W[:2, 0] = np.where(W[:2, 0] == 0, 1.0, W[:2, 0])
        repeats[:2] = False
        scales[:2] = [-10, 10]
    W[repeats] = W[0]
    if kind == "zero weight":
        W[draw(_up_to(m - 1))] = 0.0
    if kind == "repeated neuron":
        scales[1] = scales[0]
    return np.ldexp(W, scales[:, None]), np.ldexp(A, draw(mostly(m, 0, _EXPONENTS))[:, None])


def _eighths(draw: DrawFn, m: int, d: int) -> np.ndarray:
    """Eighths (m, d), many of them zero where there are few entries: zeros put samples on kinks."""
    return draw(mostly((m, d), 0, _ENTRIES)) / 8.0 if m * d <= _FEW else integers(draw, m, d, _SIZE) / 8.0


@cache
def _among(widths: tuple[int, ...]) -> SearchStrategy[int]:
    return st.sampled_from(widths)


@cache
def _up_to(largest: int) -> SearchStrategy[int]:
    return st.integers(0, largest)


def _has_zero(instance: Instance) -> bool:
    return bool((instance.W == 0).all(axis=1).any())


def _has_repeated(instance: Instance) -> bool:
    return len(np.unique(instance.W, axis=0)) < len(instance.W)


def _has_uneven_rows(instance: Instance) -> bool:
    sizes = np.abs(instance.W).max(axis=1)
    sizes = sizes[sizes > 0]
    return bool(len(sizes) and sizes.max() >= 2.0**_APART * sizes.min())


NETWORK_CLASSES: Mapping[str, Callable[[Instance], bool]] = {
    "zero weight": _has_zero,
    "repeated neuron": _has_repeated,
    "uneven rows": _has_uneven_rows,
    "m <= 8": lambda instance: len(instance.W) <= 8,
    "m >= 16": lambda instance: len(instance.W) >= 16,
}
"""The kinds of network, for instances that hold W: a weight of zeros; two equal ones; sizes 2^8 apart;
widths."""
