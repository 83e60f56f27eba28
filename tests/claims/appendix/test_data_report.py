import json
import math
from pathlib import Path

import numpy as np
import pytest

from claims.appendix import data_runs
from claims.appendix.data_assumptions import digits, unit_columns
from claims.appendix.data_report import examine
from claims.appendix.data_runs import TRIALS, _since
from claims.convergence.calibrated_law import law_from
from claims.preliminaries.fixed_data import sphere
from models.networks.regime import Regime
from refute import Compute, DataReport
from refute.numerics.rounding import gamma
from tests.claims.appendix.data_rows import choose, fact_of, report, rows_of, table

pytestmark = pytest.mark.usefixtures("no_tubes")


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
    assert "and of all of them for every step from the first one on" in easy.conclusion
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
        assert run["law_width"] == easy.numbers["rows"][f"law_{regime}"]
        assert run["certificate"] and 0 < run["shrunk_to"] < 1
    assert "4 of 4 weak and 4 of 4 joint runs" in easy.conclusion


def test_what_is_conjectured_is_what_is_trained(easy: DataReport) -> None:
    """They were computed twice, from a bound and from an estimate: 133 stood beside 132."""
    for regime in ("weak", "joint"):
        width = next(fact.value for fact in easy.facts if fact.name == f"chosen rows: width, {regime}")
        (run,) = (fact.name for fact in easy.facts if fact.name.startswith(f"C1 {regime} run"))
        assert f"conjectured {run.partition('m = ')[2]} " in width


@pytest.mark.parametrize("regime", ["weak", "joint"])
def test_a_start_that_only_its_tube_certifies_is_proved_from_there(
    regime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C1 is tried at the start alone, and of 512 neurons needs more; the tubes hold."""
    monkeypatch.setattr(data_runs, "MAX_STEPS", 0)
    law: dict[Regime, float] = {"weak": 512.0, "joint": 512.0}
    said: list[str] = []
    for most, count in ((2**11, TRIALS), (2**11 - 1, None)):
        monkeypatch.setattr(data_runs, "MOST_TUBE", most)
        facts, numbers, _ = data_runs.runs_of(np.eye(2), law, Compute(), 0, said.append)
        run = numbers[regime]
        assert run["by_tube"] == count and run["max_steps"] == 0
        assert run["certified_at"] == run["proved_from"] == [0] * (count or 0)
        told = {fact.name: fact.value for fact in facts}
        assert told[f"C8 {regime} run"] == f"proved from the first step in {count or 0} of {count or 0}"
        line = "proved from the first step, by the tube, in 4 of 4" if count else None
        assert told.get(f"C9 {regime} run") == line
    assert said[:2] == ["training, weak", "the tubes of the starts, weak"] and len(said) == 6


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
    assert found.numbers["rows"]["delta"] == 0
    assert found.numbers["rows"]["parallel"] == [[0, 3], [1, 4], [2, 5]]
    assert not any("width" in fact.name or "C1" in fact.name for fact in found.facts)
    assert "row 0 and row 3 are opposite points; row 1 and row 4" in fact_of(found, "A2 no parallel rows")


def test_rows_that_are_opposite_fail_a2_and_nothing_says_that_the_assumptions_hold() -> None:
    found = report(rows_of([[1, 2], [-1, -2]]))
    assert fact_of(found, "A2 no parallel rows") == "delta(X) = 0: row 0 and row 1 are opposite points"
    assert found.conclusion.startswith(
        "The theory does not apply to these 2 rows: A2 fails, although lambda_0"
    )
    assert "hold" not in found.conclusion


def test_all_rows_that_fail_are_told_where_the_chosen_ones_hold() -> None:
    whole = rows_of([[1, 0], [0, 1], [2, 0], [1, 1], [1, 0]])
    found = report(whole, choose(whole, [0, 1]))
    assert found.conclusion.startswith(
        "The theory does not apply to all 5 rows: A2 fails, and lambda_0 could"
    )
    assert "The assumptions hold for the 2 chosen rows" in found.conclusion
    said = "delta(X) = 0: row 0, row 2, row 4 are multiples of each other"
    assert fact_of(found, "all rows: A2 no parallel rows") == said


def test_many_groups_are_counted_and_all_of_them_are_in_the_numbers() -> None:
    found = report(rows_of([[1.0, k % 5] for k in range(40)]))
    value = fact_of(found, "A2 no parallel rows")
    assert value.startswith("delta(X) = 0: row 0, row 5, row 10 and 5 more are the same point; row 1")
    assert value.endswith("; and 2 more groups")
    assert len(found.numbers["rows"]["parallel"]) == 5


def test_positive_is_what_a2_proves_even_where_float64_shows_nothing() -> None:
    """More rows than balls bear, at distances below the rounding: A2 is exact, and implies A3 (K6)."""
    found = report(rows_of([[1.0, k * 2.0**-60] for k in range(20)]))
    facts = {fact.name: fact for fact in found.facts}
    assert facts["A2 no parallel rows"].holds and facts["A3 lambda_0 > 0"].holds
    assert "positive as A2 holds (K6)" in facts["A3 lambda_0 > 0"].value
    assert facts["C1 runs"].value == "not followed: float64 does not resolve lambda_0"


def test_bounds_are_shown_as_bounds() -> None:
    assert digits(0.2884499, "ROUND_FLOOR") == "0.288449"
    assert digits(0.28844901, "ROUND_CEILING") == "0.28845"
    assert digits(5e-324, "ROUND_FLOOR") == "4.94065e-324"
    assert digits(0.5, "ROUND_FLOOR") == "0.5"


def test_whoever_waits_is_told_what_is_done() -> None:
    said: list[str] = []
    whole = table(sphere(5, 2, 1))
    examine(whole, choose(whole, [0, 1]), Compute(), 0, said.append)
    assert said == [
        "parallel rows among 5",
        "pairs of 5 rows: 100%",
        "kernels of 5 rows",
        "parallel rows among 2",
        "pairs of 2 rows: 100%",
        "kernels of 2 rows",
        "training, weak",
        *(f"start {number} of 4 from its first step, weak" for number in (1, 2, 3, 4)),
        "training, joint",
        *(f"start {number} of 4 from its first step, joint" for number in (1, 2, 3, 4)),
    ]


def test_columns_are_rows_of_unit_norm(tmp_path: Path) -> None:
    X = unit_columns(table(np.array([[3.0, 0.0], [4.0, -2.0]])))
    assert (np.array([[0.6, 0.0], [0.8, -1.0]]) == X).all()
