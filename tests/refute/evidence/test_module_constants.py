"""A search draws the same instances whatever modules are imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from refute import Instance
from refute.evidence.module_constants import _READ, without_module_constants
from refute.evidence.search import Stratum, search_stratum
from tests.refute.evidence.test_search import Seen, beyond

NUMBERS = st.integers(0, 10**12)
SPECIAL = [314_159_000 + k for k in range(50)]


def drawn_by_search() -> list[int]:
    stratum: Stratum[Seen] = Stratum(st.builds(Instance, x=NUMBERS), 200, 5)
    return [instance.x for instance, _ in search_stratum(stratum, beyond(10**13)).seen.values()]


def drawn_by_hypothesis() -> list[int]:
    found: list[int] = []

    @seed(5)
    @settings(max_examples=200, database=None)
    @given(NUMBERS)
    def body(x: int) -> None:
        found.append(x)

    body()
    return found


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A module of ours that is imported now, with constants of its own."""
    # Hypothesis passes over files below a folder "test": it is to read this one.
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "a_paper_of_ours.py").write_text(f"NUMBERS = {SPECIAL}\n", encoding="utf-8")
    before = drawn_by_search()
    __import__("a_paper_of_ours")
    yield before
    sys.modules.pop("a_paper_of_ours")


def test_what_is_imported_does_not_change_what_is_drawn(module: list[int]) -> None:
    with_it = drawn_by_hypothesis()
    assert set(with_it) & set(SPECIAL), "Hypothesis by itself draws what it reads there"
    assert drawn_by_search() == module
    assert not set(module) & set(SPECIAL)


def test_the_tests_of_the_user_are_as_before() -> None:
    read, cache = getattr(providers, _READ), providers.CONSTANTS_CACHE
    with without_module_constants():
        assert getattr(providers, _READ) is not read and providers.CONSTANTS_CACHE is not cache
    assert getattr(providers, _READ) is read and providers.CONSTANTS_CACHE is cache


def test_a_hypothesis_that_reads_no_modules_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(providers, _READ)
    with without_module_constants():
        assert not hasattr(providers, _READ)
