"""Cells are canonical, streams are separate, and a sweep that answers out of form is told so."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Sweep, Trial
from refute.sweep.batches import Batch, batch_generators, run_batch, tables
from tests.refute.plain_sweep import PLAIN


def run(cell: Cell, arm: str, level: int, generators: Sequence[np.random.Generator], compute: Compute) -> Any:
    return [Trial((bool(generator.random() < 0.5),)) for generator in generators]


SWEEP = replace(PLAIN, levels=lambda cell, arm: [1, 2], run=run)
SCALARS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())


@given(st.dictionaries(st.text(), SCALARS))
def test_a_cell_is_its_values_in_any_order_and_survives_files_and_pickles(key: dict[str, Any]) -> None:
    cell = Cell(key)
    assert cell == Cell(dict(reversed(key.items()))) and cell.key == key
    assert pickle.loads(pickle.dumps(cell)) == cell and hash(cell) == hash(Cell(json.loads(cell.text)))


def test_values_of_different_types_are_different_cells() -> None:
    cells = [Cell({"n": value}) for value in (2, 2.0, "2")]
    assert len(set(cells)) == 3
    assert Cell({"n": -0.0}) == Cell({"n": 0.0}) and Cell({"n": int(np.int64(2))}) == cells[0]
    assert Cell({"n": 3, "data": "arcs", "delta": 0.25}).describe() == "arcs, delta=0.25, n=3"


@pytest.mark.parametrize(("value", "error"), [(True, TypeError), ((1,), TypeError), (np.inf, ValueError)])
def test_what_is_no_value_of_a_cell_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="n is "):
        Cell({"n": value})


def first(sweep: Sweep, master: int, batch: Batch) -> float:
    return float(batch_generators(sweep, master, batch)[0].random())


CHANGES: list[Callable[[Batch], Batch]] = [
    lambda batch: replace(batch, cell=Cell({"n": 2})),
    lambda batch: replace(batch, arm="b"),
    lambda batch: replace(batch, level=2),
    lambda batch: replace(batch, index=1),
]


def test_every_batch_has_a_stream_of_its_own() -> None:
    batch = Batch(Cell({"n": 1}), "a", 1, 0)
    drawn = [first(SWEEP, 0, batch), first(SWEEP, 1, batch), first(replace(SWEEP, name="t"), 0, batch)]
    drawn += [first(SWEEP, 0, change(batch)) for change in CHANGES]
    assert len(set(drawn)) == len(drawn)
    assert first(SWEEP, 0, batch) == drawn[0]


def test_the_size_of_a_batch_changes_no_trial() -> None:
    batch = Batch(Cell({"n": 1}), "a", 1, 0)
    long = [generator.random() for generator in batch_generators(replace(SWEEP, batch=12), 0, batch)]
    short = [
        generator.random()
        for index in range(3)
        for generator in batch_generators(replace(SWEEP, batch=4), 0, replace(batch, index=index))
    ]
    assert long == short


@pytest.mark.parametrize(
    ("answer", "message"),
    [([], "0 outcomes for 8 trials"), ([Trial((True, False))] * 8, "one success or failure for each")],
)
def test_a_sweep_that_answers_out_of_form_is_told(answer: list[Trial], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run_batch(replace(SWEEP, run=lambda *_: answer), 0, Batch(Cell({"n": 1}), "a", 1, 0), Compute())


def test_pairs_come_in_the_order_of_cells_and_arms() -> None:
    assert [(cell["n"], arm) for cell, arm in tables(SWEEP, "g")] == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    assert [arm for _, arm in tables(SWEEP, "g", ["b"])] == ["b", "b"]
