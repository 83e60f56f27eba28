"""The level of every audit: what is spent, what is left, and what a profile may spend."""

from __future__ import annotations

import json
from dataclasses import replace
from math import pi
from pathlib import Path

import msgspec
import pytest

from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.request import Request, check_budget
from refute.audit.strata import most_instances
from refute.audit.witness import load_witness
from refute.basics.errors import InputError
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.ledger.ledger import Ledger, open_ledger, spent_by
from refute.report.text import error_budget
from refute.statement.claim import Claim
from refute.statement.kinds import Cost
from tests.refute.ledger.ledgers import refute
from tests.refute.planted import CPU, SMALL, gamble, planted
from tests.refute.sample_audit import read, sample
from tests.refute.toy_files import N2, change


def test_none_keeps_nothing_and_uses_the_whole_level(toy: Path) -> None:
    assert refute("run", "--ledger", "none", "--json", "run.json") == 0
    found = json.loads(Path("run.json").read_text("utf-8"))
    assert not Path(".refute").exists()
    assert found["budget"]["level_per_instance"] == found["claims"][1]["alpha"] == FALSE_ALARM_LEVEL


def test_levels_over_all_runs_add_up_to_one_level() -> None:
    assert sum(map(spent_by, range(1, 10_000))) < FALSE_ALARM_LEVEL
    assert spent_by(1) == 6 * FALSE_ALARM_LEVEL / pi**2 and spent_by(1) == 9 * spent_by(3)


def test_a_new_seed_spends_and_a_known_one_does_not(new_ledger: Ledger) -> None:
    claim = [("N2", "s")]
    spent = [new_ledger.reserve(claim, seed)["N2"] for seed in (5, 6, 5, 2**80, 6, 2**80)]
    assert spent == [spent_by(number) for number in (1, 2, 1, 3, 2, 3)]
    assert new_ledger.reserve([("N2", "t"), ("N9", "s")], 9) == {"N2": spent_by(1), "N9": spent_by(1)}


def test_the_level_of_a_run_is_in_its_json_and_its_table(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, seed in enumerate((3, 4, 5), start=1):
        assert refute("run", "N2", "--seed", seed, "--json", "run.json") == 0
        found = json.loads(Path("run.json").read_text("utf-8"))
        (claim,) = found["claims"]
        assert claim["alpha"] == spent_by(number)
        assert found["budget"]["bound"] == spent_by(number) * claim["instances"]
        assert found["budget"]["bound"] <= found["budget"]["planned"] <= found["budget"]["limit"]
    assert "each at level 6.755e-8" in capsys.readouterr().out


def test_levels_that_differ_are_said_to_be_at_most_the_largest() -> None:
    audit = read(sample())
    claims = tuple(msgspec.structs.replace(audit.claims[0], alpha=alpha) for alpha in (1e-6, 5e-7, None))
    assert "each at a level of at most 1e-6:" in error_budget(msgspec.structs.replace(audit, claims=claims))
    assert "each at level 1e-6:" in error_budget(msgspec.structs.replace(audit, claims=claims[::2]))


def test_a_smaller_level_needs_more_to_refute_and_a_witness_keeps_it(tmp_path: Path) -> None:
    wide, narrow = (
        audit_claim(gamble(0.9), SMALL, 0, CPU, level=level)
        for level in (FALSE_ALARM_LEVEL, FALSE_ALARM_LEVEL / 1000)
    )
    trials = [min(j.decision.trials for _, j in r.judged if j.decision) for r in (wide, narrow)]
    assert trials[0] < trials[1]
    assert "at level 1e-09" in narrow.because


def test_a_witness_replays_at_its_own_level(toy: Path) -> None:
    change(toy, N2, "draw=partial(draw, 1 / 20)", "draw=partial(draw, 1 / 2)")
    assert refute("run", "N2", "--seed", "1") == refute("run", "N2", "--seed", "2") == 1
    path = toy / ".refute/witnesses/N2.json"
    assert load_witness(path).level == spent_by(2)
    assert refute("replay", path) == 1


@pytest.mark.parametrize(("profile", "most"), [("quick", 2e-3), ("ci", 3e-3), ("deep", 1e-2)])
def test_a_profile_refuses_more_than_its_budget(profile: str, most: float) -> None:
    one = replace(gamble(0.0), cost=Cost.FAST)
    each = FALSE_ALARM_LEVEL * most_instances(one, PROFILES[profile].instances[Cost.FAST])
    fit = int(most / each)

    def request(count: int) -> Request:
        claims: list[Claim] = [planted(), *[replace(one, id=f"P{k}") for k in range(count)]]
        return Request(claims, PROFILES[profile], 0, CPU)

    assert PROFILES[profile].budget == most
    check_budget(request(fit))
    with pytest.raises(InputError, match=f"profile {profile}: .* above its budget of {most:g}"):
        check_budget(request(fit + 1))


def test_a_run_over_budget_exits_with_2_before_the_work(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROFILES, "quick", replace(PROFILES["quick"], budget=1e-9))
    assert refute("run") == 2
    assert capsys.readouterr().err.count("\n") == 1 and not Path(".refute").exists()
    assert refute("run", "N1", "N3") == 0


def test_no_instance_is_judged_beyond_the_plan() -> None:
    claim = gamble(0.0)
    request = Request([claim], SMALL, 0, CPU)
    for seed in range(3):
        assert len(audit_claim(claim, SMALL, seed, CPU).judged) * FALSE_ALARM_LEVEL <= request.planned


def test_two_audits_at_once_never_share_a_level(new_ledger: Ledger) -> None:
    other = open_ledger(new_ledger.path)
    taken = [
        opened.reserve([("N2", "s")], seed)
        for seed, opened in enumerate((new_ledger, other, new_ledger, other))
    ]
    other.close()
    assert [level["N2"] for level in taken] == [spent_by(number) for number in (1, 2, 3, 4)]
