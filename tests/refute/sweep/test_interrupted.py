"""Ctrl-C at the worst moments: what is stored is what is shown."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.cli.main import main
from refute.statement.sweep import Trial
from refute.sweep.batches import tables
from refute.sweep.scheduler import Survey, survey_of
from refute.sweep.store import Store, open_store
from tests.refute.sweep.test_batches import SWEEP
from tests.refute.sweep.test_executors import stored
from tests.refute.sweep.test_scheduler import QUESTION, Shuffled, ask, explored


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Listen to Ctrl-C also where these tests run in the background of a shell that mutes it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_after(monkeypatch: pytest.MonkeyPatch, name: str, count: int) -> None:
    """Press Ctrl-C when Store.add has committed a batch, or Store.get found one, for the count-th time."""
    method = getattr(Store, name)
    calls = iter(range(1, 1000))

    def press(store: Store, *arguments: Any) -> Any:
        result = method(store, *arguments)
        if result is not None and next(calls) == count:
            signal.raise_signal(signal.SIGINT)
        return result

    monkeypatch.setattr(Store, name, press)


@pytest.mark.parametrize("count", [1, 12, 13])
def test_a_batch_that_is_stored_is_counted(toy: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    interrupt_after(monkeypatch, "add", count)
    assert main(["widths", "--processes", "1", "--json", "s.json"]) == 130
    found = json.loads(Path("s.json").read_text(encoding="utf-8"))
    assert found["interrupted"] and len(stored()) == count
    assert (found["batches"]["ran"], found["batches"]["stored"]) == (count, 0)


def shown(survey: Survey) -> set[tuple[str, str, int, int]]:
    """The batches that a survey knows the outcomes of, counted or not, by address."""
    found = set()
    for pair in survey.pairs:
        counted = [(level, k) for level, seen in pair.history.items() for k in range(len(seen) // 8)]
        here = [(one.level, one.index) for one, outcomes in pair.awaited.items() if outcomes is not None]
        assert not pair.awaited or None in pair.awaited.values(), "complete, and not counted"
        assert not set(counted) & set(here), "counted, and still awaited"
        found |= {(pair.cell.text, pair.arm, *at) for at in counted + here}
    return found


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize("count", range(1, 9))
def test_no_batch_is_half_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, count: int
) -> None:
    survey = survey_of(SWEEP, list(tables(SWEEP, "g")), ask)
    crowd = Shuffled(size, np.random.default_rng(count))
    with open_store(tmp_path / "s.sqlite", QUESTION) as store:
        interrupt_after(monkeypatch, "add", count)
        with pytest.raises(KeyboardInterrupt):
            explored(survey, crowd, store)
        rows = store.file.rows("SELECT cell, arm, level, number FROM batches")
    assert survey.ran == count and shown(survey) == set(rows)


@pytest.mark.parametrize("count", range(1, 9))
def test_no_batch_that_was_there_is_half_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    crowd = Shuffled(2, np.random.default_rng(0))
    with open_store(tmp_path / "s.sqlite", QUESTION) as store:
        whole = explored(survey_of(SWEEP, list(tables(SWEEP, "g")), ask), crowd, store)
        interrupt_after(monkeypatch, "get", count)
        survey = survey_of(SWEEP, list(tables(SWEEP, "g")), ask)
        with pytest.raises(KeyboardInterrupt):
            explored(survey, crowd, store)
    assert survey.stored == len(shown(survey)) >= count
    assert shown(survey) <= shown(whole)
    trials: list[Trial] = [one for pair in survey.pairs for seen in pair.history.values() for one in seen]
    assert 8 * survey.stored == len(trials)
