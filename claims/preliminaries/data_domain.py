"""A domain of data: the sizes and separations that a claim is searched at, with its classes and strata.

A claim reads

    DATA = Domain(max_n=12, max_d=16)
    Claim(..., instances=_instances(DATA.typical()), classes=DATA.classes(), strata=DATA.strata(_instances))

where _instances(data) turns a strategy of X into the claim's strategy of instances.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.data_classes import MANY, PREDICATES
from claims.preliminaries.data_families import directions, flips
from claims.preliminaries.data_structures import PAIRED, STRUCTURES, Structure, has_room
from claims.preliminaries.real_rows import TABLES
from refute import Instance

Sizes = tuple[tuple[int, int], ...]
"""Pairs (d, n)."""
# Every size up to six, then further and further apart: the sizes in between bring nothing new and thin the
# search.
_LADDER = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128)
_LONE = Structure(has_room, directions)
_BY_SIZE: Mapping[str, Callable[[int, int], bool]] = {
    "n > d": lambda d, n: n > d,
    "n = 1": lambda d, n: n == 1,
    "n = 2": lambda d, n: n == 2,
    "d = 1": lambda d, n: d == 1,
    "many samples": lambda d, n: n >= MANY,
    "many dimensions": lambda d, n: d >= MANY,
}


@dataclass(frozen=True)
class Domain:
    """Data X (d, n) with A1 and A2, delta(X) >= min_separation, for n in min_n..max_n and d in min_d..max_d.

    Sizes for which min_separation might leave no room are left out; so is d = 1 but for n = 1, by A2. Raises
    ValueError for a domain without data and for a min_separation outside (0, 1/2].
    """

    min_n: int = 1
    max_n: int = 24
    min_d: int = 1
    max_d: int = 32
    min_separation: float = 1e-8

    def __post_init__(self) -> None:
        if not 0 < self.min_separation <= 0.5:
            raise ValueError(f"min_separation must be positive and at most 1/2, got {self.min_separation!r}")
        if not (self.min_n >= 1 and self.min_d >= 1 and self._sizes(lambda d, n: True)):
            sizes = f"n in {self.min_n}..{self.max_n} and d in {self.min_d}..{self.max_d}"
            raise ValueError(f"no data with {sizes} meets A2 (d = 1 needs n = 1) with {self.min_separation}")

    def typical(self) -> SearchStrategy[np.ndarray]:
        """X of every structure, n >= 2 samples in d >= 2 dimensions over the whole range, columns flipped.

        A domain without several samples in several dimensions gives what it has.
        """
        return _typical(self)

    def class_names(self) -> tuple[str, ...]:
        """The classes that belong to this domain: those of which it can construct data."""
        return _class_names(self)

    def of_class(self, name: str) -> SearchStrategy[np.ndarray]:
        """X of the named class. Raises ValueError for a class that does not belong to this domain."""
        self._belongs(name)
        return _of_class(self, name)

    def classes(self, *names: str) -> Mapping[str, Callable[[Instance], bool]]:
        """The predicates, on instances that hold X, of the named classes or of all that belong.

        Raises ValueError for a class that does not belong: so naming them guards a domain against being
        narrowed.
        """
        return {name: _on_instance(name) for name in self._chosen(names)}

    def strata(
        self, build: Callable[[SearchStrategy[np.ndarray]], SearchStrategy[Instance]], *names: str
    ) -> Mapping[str, SearchStrategy[Instance]]:
        """The strategies of instances of the named classes or of all that belong, built from data of each.

        Raises ValueError for a class that does not belong.
        """
        return {name: build(self.of_class(name)) for name in self._chosen(names)}

    def all(self) -> SearchStrategy[np.ndarray]:
        """X of any kind: typical ones, or of one class."""
        return st.one_of(self.typical(), *map(self.of_class, self.class_names()))

    def _chosen(self, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            self._belongs(name)
        return names or self.class_names()

    def _belongs(self, name: str) -> None:
        if name not in self.class_names():
            known = ", ".join(self.class_names())
            raise ValueError(f"no data of {self} are {name!r}; its classes are {known}")

    def _sizes(self, wanted: Callable[[int, int], bool]) -> Sizes:
        numbers = _rungs(self.min_n, self.max_n)
        dimensions = sorted({*_rungs(self.min_d, self.max_d), *self._tables()})
        pairs = ((d, n) for n in numbers for d in dimensions)
        return tuple((d, n) for d, n in pairs if has_room(d, n, self.min_separation) and wanted(d, n))

    def _tables(self) -> list[int]:
        return [d for d in TABLES if self.min_d <= d <= self.max_d]

    def _fitting(self, structure: Structure, wanted: Callable[[int, int], bool]) -> Sizes:
        s = self.min_separation
        return self._sizes(lambda d, n: min(d, n) >= 2 and wanted(d, n) and structure.fits(d, n, s))


def _rungs(least: int, most: int) -> list[int]:
    return sorted({n for n in (*_LADDER, least, most) if least <= n <= most})


def _on_instance(name: str) -> Callable[[Instance], bool]:
    test = PREDICATES[name]
    return lambda instance: bool(test(instance.X))


@cache
def _options(domain: Domain, name: str) -> tuple[tuple[Structure, Sizes], ...]:
    """The structures that a class is drawn from ("" for typical data), with the sizes at which each fits."""
    if name in PAIRED:
        found = [PAIRED[name]]
    elif name in STRUCTURES:
        found = [STRUCTURES[name]]
    else:
        found = list(STRUCTURES.values())
    wanted = _BY_SIZE.get(name, lambda d, n: True)
    several = ((structure, domain._fitting(structure, wanted)) for structure in found)
    options = tuple((structure, sizes) for structure, sizes in several if sizes)
    if options or name in PAIRED or name in STRUCTURES:
        return options
    lone = domain._sizes(wanted)
    return ((_LONE, lone),) if lone else ()


@cache
def _class_names(domain: Domain) -> tuple[str, ...]:
    return tuple(name for name in PREDICATES if _options(domain, name))


@cache
def _among_sizes(sizes: Sizes) -> SearchStrategy[tuple[int, int]]:
    return st.sampled_from(sizes)


# Cached, because Hypothesis validates a strategy anew each time that one is made.
@cache
def _of_class(domain: Domain, name: str) -> SearchStrategy[np.ndarray]:
    return _drawn(_options(domain, name), domain.min_separation)


@cache
def _typical(domain: Domain) -> SearchStrategy[np.ndarray]:
    return _flipped(_drawn(_options(domain, ""), domain.min_separation))


@st.composite
def _drawn(draw: DrawFn, options: tuple[tuple[Structure, Sizes], ...], min_separation: float) -> np.ndarray:
    structure, sizes = draw(st.sampled_from(options))
    d, n = draw(_among_sizes(sizes))
    return structure.draw(draw, d, n, min_separation)


@st.composite
def _flipped(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> np.ndarray:
    """Half of the data as they are, so that a structure without negated columns is met as well."""
    X = draw(data)
    return np.ascontiguousarray(X * flips(draw, X.shape[1])) if draw(st.booleans()) else X
