import json
import math
from pathlib import Path

import numpy as np
import pytest

from claims.appendix.data_report import (
    LARGEST_RUN,
    LARGEST_SOLVE,
    TRIALS,
    _since,
    examine,
    unit_columns,
)
from claims.convergence.calibrated_law import law_from
from claims.preliminaries.fixed_data import sphere
from refute import Compute, DataReport, Table
from refute.numerics.rounding import gamma


def table(columns: np.ndarray) -> Table:
    return Table(np.ascontiguousarray(columns.T), "a table", tuple(range(columns.shape[1])))


def choose(whole: Table, rows: list[int]) -> Table:
    return Table(whole.values[rows], whole.name, tuple(rows))


def report(whole: Table, chosen: Table | None = None, seed: int = 0) -> DataReport:
    return examine(whole, whole if chosen is None else chosen, Compute(), seed, lambda _: None)


@pytest.fixture(scope="module")
def easy() -> DataReport:
    whole = table(3.0 * sphere(6, 3, 0))
    return report(whole, choose(whole, [0, 2, 5]))


def test_the_facts_read_in_order_within_a_hundred_columns(easy: DataReport) -> None:
    names = [fact.name for fact in easy.facts]
    part = ["A2 no parallel rows", "A3 lambda_0 > 0", "gamma_0", "kappa_0", "width, weak", "width, joint"]
    expected = [
        "A1 unit norm",
        *(f"{prefix}: {name}" for prefix in ("all rows", "chosen rows") for name in part),
    ]
    assert names[: len(expected)] == expected
    runs = ["C1 weak run", "C8 weak run", "C1 joint run", "C8 joint run"]
    assert [name.split(",")[0] for name in names[len(expected) :]] == runs
    width = max(map(len, names))
    assert all(2 + width + 2 + 5 + 2 + len(fact.value) <= 100 for fact in easy.facts)
    assert easy.conclusion.count(". ") == 1
    assert easy.conclusion.endswith(".")


def test_assumptions_have_a_mark_and_nothing_else_has(easy: DataReport) -> None:
    for fact in easy.facts:
        assert (fact.holds is not None) == ("A1" in fact.name or "A2" in fact.name or "A3" in fact.name)


def test_the_numbers_are_those_of_the_data(easy: DataReport) -> None:
    numbers = easy.numbers
    assert abs(numbers["norm_min"] - 3) <= 3 * gamma(16)
    assert numbers["table"]["rows"] == 6
    assert numbers["rows"]["rows"] == 3
    assert numbers["chosen"] == [0, 2, 5]
    X = sphere(6, 3, 0)[:, [0, 2, 5]]
    gaps = {
        (i, j): min(np.linalg.norm(X[:, i] - X[:, j]), np.linalg.norm(X[:, i] + X[:, j]))
        for i in range(3)
        for j in range(i)
    }
    assert abs(numbers["rows"]["delta"] - min(gaps.values())) <= gamma(64)
    lowest = numbers["rows"]["lambda_0"]
    assert 0 < lowest["lower"] <= lowest["upper"]
    assert numbers["rows"]["law_weak"] == law_from(3, 3, lowest["lower"], "weak")
    assert numbers["rows"]["kappa_0"]["lower"] >= lowest["lower"] + numbers["rows"]["gamma_0"][
        "lower"
    ] - gamma(512)
    assert json.loads(json.dumps(numbers)) == numbers


def test_runs_are_certified_and_told(easy: DataReport) -> None:
    for regime in ("weak", "joint"):
        run = easy.numbers["runs"][regime]
        assert len(run["certified_at"]) == run["trials"] == TRIALS
        assert run["broken"] == 0
        assert len(run["proved_from"]) == TRIALS and run["proved_from"] == sorted(run["proved_from"])
        early = run["proved_from"].count(0)
        assert early >= 3  # float64 leaves few of such runs in doubt, and double-double hardly any
        said = next(fact.value for fact in easy.facts if fact.name == f"C8 {regime} run")
        assert said.startswith(f"proved from the first step in {early} of {TRIALS}")
        assert run["m"] == math.ceil(run["law_width"])
    assert "both regimes" in easy.conclusion


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ([0, 0], "proved from the first step in 2 of 2"),
        ([0, 7], "proved from the first step in 1 of 2, from step 7 in 1"),
        ([-1, 0, 7, 9], "proved from the first step in 1 of 4, from steps 7 to 9 in 2"),
        ([], "proved from the first step in 0 of 0"),
    ],
)
def test_from_which_steps_runs_are_proved_is_said(since: list[int], said: str) -> None:
    assert _since(since) == said


def test_the_same_seed_gives_the_same_report(easy: DataReport) -> None:
    whole = table(3.0 * sphere(6, 3, 0))
    assert report(whole, choose(whole, [0, 2, 5])) == easy
    other = report(whole, choose(whole, [0, 2, 5]), seed=1)
    assert other.numbers["rows"] == easy.numbers["rows"]


def test_degenerate_data_are_turned_away_without_a_run() -> None:
    half = sphere(3, 2, 0)
    found = report(table(np.hstack([half, -half])))
    failed = [fact.name for fact in found.facts if fact.holds is False]
    assert failed == ["A2 no parallel rows", "A3 lambda_0 > 0"]
    assert found.numbers["runs"] == {}
    assert "does not apply" in found.conclusion
    assert found.numbers["rows"]["delta"] <= gamma(16)
    assert not any("width" in fact.name or "C1" in fact.name for fact in found.facts)


def test_too_many_outputs_are_not_trained_and_too_many_rows_not_solved() -> None:
    X = sphere(LARGEST_SOLVE + 1, 16, 0)
    assert X.size > LARGEST_RUN
    found = report(table(X))
    assert found.numbers["runs"] == {}
    assert "sufficient_weak" not in found.numbers["rows"]
    fact = next(fact for fact in found.facts if fact.name == "C1 runs")
    assert str(LARGEST_RUN) in fact.value
    assert found.conclusion.endswith("No run was followed.")


def test_whoever_waits_is_told_what_is_done() -> None:
    said: list[str] = []
    whole = table(sphere(5, 2, 1))
    examine(whole, choose(whole, [0, 1]), Compute(), 0, said.append)
    assert said == [
        "pairs and kernels of all 5 rows",
        "kernels of 2 rows",
        "training, weak",
        "training, joint",
    ]


def test_columns_are_rows_of_unit_norm(tmp_path: Path) -> None:
    X = unit_columns(table(np.array([[3.0, 0.0], [4.0, -2.0]])))
    assert (np.array([[0.6, 0.0], [0.8, -1.0]]) == X).all()
