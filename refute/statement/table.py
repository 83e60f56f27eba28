"""A table of numbers, as a paper is given it: one data point a row, each with the number it is found by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Table:
    """A table of finite numbers, one data point a row.

    values: (rows, columns) float64, read-only. name: the file or the data set. rows: the number of each row
    in the whole table, from 0. lines: for a text file, the line of each row, from 1; otherwise empty.
    """

    values: np.ndarray
    name: str
    rows: tuple[int, ...]
    lines: tuple[int, ...] = ()

    def label(self, row: int) -> str:
        """How people find a row of `values`: its number in the whole table and, in a text file, its line."""
        return f"row {self.rows[row]} (line {self.lines[row]})" if self.lines else f"row {self.rows[row]}"

    def select(self, chosen: Sequence[int]) -> Table:
        """The table of the rows at these places of `values`, in this order; they keep their numbers."""
        values = self.values[list(chosen)]
        values.setflags(write=False)
        lines = tuple(self.lines[i] for i in chosen) if self.lines else ()
        return Table(values, self.name, tuple(self.rows[i] for i in chosen), lines)
