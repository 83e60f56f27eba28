"""A table of numbers, as a paper is given it: one data point a row, each with the number it is found by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Table:
    """A table of finite numbers, one data point a row.

    values: (samples, entries) float64, read-only. name: the file or the data set. rows: the number of each
    sample in the whole table, from 0. lines: for a text file, the line or the column of each sample, from 1;
    otherwise empty. columns: whether the samples are the columns of the file. notes: how the file was read,
    as far as that was found out from it.
    """

    values: np.ndarray
    name: str
    rows: tuple[int, ...]
    lines: tuple[int, ...] = ()
    columns: bool = False
    notes: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """What a sample is in the file: a row or a column."""
        return "column" if self.columns else "row"

    def label(self, row: int) -> str:
        """How people find a row of `values`: its number in the whole table and, in a text file, its place."""
        label = f"{self.noun} {self.rows[row]}"
        if not self.lines:
            return label
        place = f"column {self.lines[row]} of the file" if self.columns else f"line {self.lines[row]}"
        return f"{label} ({place})"

    def select(self, chosen: Sequence[int]) -> Table:
        """The table of the samples at these places of `values`, in this order; they keep their numbers."""
        values = self.values[list(chosen)]
        values.setflags(write=False)
        lines = tuple(self.lines[i] for i in chosen) if self.lines else ()
        return replace(self, values=values, rows=tuple(self.rows[i] for i in chosen), lines=lines)
