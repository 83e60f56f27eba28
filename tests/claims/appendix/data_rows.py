"""Tables of rows, and what is reported of them."""

import numpy as np

from claims.appendix.data_report import examine
from refute import Compute, DataReport, Table


def table(columns: np.ndarray) -> Table:
    return Table(np.ascontiguousarray(columns.T), "a table", tuple(range(columns.shape[1])))


def choose(whole: Table, rows: list[int]) -> Table:
    return Table(whole.values[rows], whole.name, tuple(rows))


def report(whole: Table, chosen: Table | None = None, seed: int = 0) -> DataReport:
    return examine(whole, whole if chosen is None else chosen, Compute(), seed, lambda _: None)


def fact_of(found: DataReport, name: str) -> str:
    return next(fact.value for fact in found.facts if fact.name == name)


def rows_of(values: list[list[float]]) -> Table:
    return Table(np.array(values, dtype=np.float64), "rows", tuple(range(len(values))))
