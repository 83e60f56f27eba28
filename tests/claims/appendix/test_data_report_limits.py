"""Data at the limits of the report: many rows, many dimensions, and norms beyond floats."""

import json

import numpy as np
import pytest

from claims.appendix import data_assumptions, data_runs
from claims.appendix.data_assumptions import LARGEST_SOLVE
from claims.appendix.data_runs import LARGEST_CERTIFIED, LARGEST_FOLLOWED
from claims.preliminaries.fixed_data import sphere
from tests.claims.appendix.data_rows import choose, fact_of, report, rows_of, table

pytestmark = pytest.mark.usefixtures("no_tubes")


def test_of_many_rows_every_pair_is_compared_and_no_kernel_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_assumptions, "LARGEST_TABLE", 30)
    X = sphere(50, 4, 0)
    X[:, 41] = -X[:, 7] + 1e-3 * X[:, 2]
    whole = table(5 * X)
    found = report(whole, choose(whole, [0, 20]))
    (small,) = (report(table(X)).numbers["rows"],)
    numbers = found.numbers["table"]
    assert numbers["closest"] == small["closest"] == [7, 41]
    monkeypatch.setattr(data_assumptions, "LARGEST_TABLE", 50)
    formed = report(whole, choose(whole, [0, 20])).numbers["table"]
    for name in ("lambda_0", "gamma_0", "kappa_0"):
        assert 0 < numbers[name]["lower"] <= formed[name]["upper"]
        assert formed[name]["lower"] <= numbers[name]["upper"]
    value = fact_of(found, "all rows: A3 lambda_0 > 0")
    assert "verified by delta(X) (K6)" in value and "kernels are formed of at most 30 rows" in value
    assert "The assumptions hold for all 50 rows, and for the 2 chosen rows" in found.conclusion


def test_what_was_not_computed_is_not_said_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opposite rows leave A3 open, equal ones do not: their kernel has two equal rows."""
    monkeypatch.setattr(data_assumptions, "LARGEST_TABLE", 4)
    X = sphere(6, 4, 0)
    for sign, holds in ((-1.0, None), (1.0, False)):
        X[:, 5] = sign * X[:, 2]
        found = report(table(X), choose(table(X), [0, 1]))
        (fact,) = (fact for fact in found.facts if fact.name == "all rows: A3 lambda_0 > 0")
        assert fact.holds is holds
        assert ("whether A3 does was not computed" in found.conclusion) == (holds is None)


@pytest.mark.parametrize("scale", [5e-324, 1e-320, 1e-200, 1e200, 1e307])
def test_rows_of_any_length_have_a_report(scale: float) -> None:
    found = report(rows_of([[scale, 2 * scale], [3, 5]]))
    assert "The assumptions hold for these 2 rows" in found.conclusion
    json.dumps(found.numbers, allow_nan=False)
    assert fact_of(found, "A1 unit norm").endswith("each row is divided by its norm")


def test_a_norm_beyond_floats_is_told() -> None:
    found = report(rows_of([[1.7e308, 1.7e308], [3, 5]]))
    assert "to more than 1.797e+308" in fact_of(found, "A1 unit norm")
    assert found.numbers["norm_max"] is None


def test_too_many_outputs_are_not_trained_and_too_many_rows_not_solved() -> None:
    X = sphere(LARGEST_SOLVE + 1, 16, 0)
    assert X.size > LARGEST_FOLLOWED
    found = report(table(X))
    assert found.numbers["runs"] == {}
    assert "sufficient_weak" not in found.numbers["rows"]
    fact = next(fact for fact in found.facts if fact.name == "C1 runs")
    assert (
        f"more than {LARGEST_FOLLOWED} outputs n d, and these have {X.size}; choose 128 rows or" in fact.value
    )
    assert found.conclusion.endswith("No run was followed.")


def test_no_one_is_told_to_choose_fewer_rows_where_two_are_too_many() -> None:
    found = report(table(sphere(2, LARGEST_FOLLOWED, 0)))
    assert "choose" not in fact_of(found, "C1 runs")
    assert f"two rows of {LARGEST_FOLLOWED} columns have {2 * LARGEST_FOLLOWED}" in fact_of(found, "C1 runs")


def test_two_rows_of_many_dimensions_are_followed_without_a_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_runs, "MOST_WEIGHTS", 2**20)
    d = LARGEST_CERTIFIED // 2 + 8
    X = np.eye(d)[:, :2] + 0.01
    found = report(table(X))
    for regime in ("weak", "joint"):
        run = found.numbers["runs"][regime]
        assert not run["certificate"] and run["trials"] == 1 and run["certified_at"] == []
        assert run["m"] == 2**20 // d < run["law_width"]
        assert 0 < run["shrunk_to"] < 1
    names = [fact.name for fact in found.facts if "run," in fact.name]
    assert names == [f"{regime} run, m = {2**20 // d}" for regime in ("weak", "joint")]
    assert "no certificate beyond 1024 outputs n d" in fact_of(found, names[0])
    assert "the law asks for m >= " in fact_of(found, names[0])
    assert "proves nothing of later steps" in found.conclusion


def test_a_run_that_is_followed_ends_when_its_work_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_runs, "LARGEST_CERTIFIED", 1)
    monkeypatch.setattr(data_runs, "MOST_WORK", 40 * 144 * 4)
    found = report(rows_of([[3, 1], [1, 3]]))
    steps = found.numbers["runs"]["weak"]["max_steps"]
    assert 20 <= steps <= 40
    name = next(fact.name for fact in found.facts if fact.name.startswith("weak run"))
    assert f"for {steps} steps" in fact_of(found, name)
