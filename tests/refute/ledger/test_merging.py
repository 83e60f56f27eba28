"""Ledgers are merged: a union, told where machines differ, and closed to what is forged."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from refute.ledger.append_only_file import TABLES
from refute.ledger.ledger import Row, open_ledger, spent_by
from refute.ledger.queries import merge
from tests.refute.ledger.ledgers import everything, refute, shown, values


def two_ledgers(toy: Path) -> tuple[Path, Path, Path]:
    """Three ledgers of three machines; the first two hold one audit in common."""
    paths = [toy / name / "l.sqlite" for name in ("a", "b", "c")]
    for path, seeds in zip(paths, ((1, 2), (2,), (3, 1)), strict=True):
        for seed in seeds:
            assert refute("run", "N2", "--seed", seed, "--ledger", path) == 0
    return paths[0], paths[1], paths[2]


def test_merging_is_a_union(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = two_ledgers(toy)
    merged = []
    for number, order in enumerate(permutations(paths)):
        target = toy / f"m{number}" / "l.sqlite"
        for path in order:
            merge(target, [path])
        merged.append(everything(target))
        assert merge(target, order) == 0 and everything(target) == merged[-1]
    assert all(one == merged[0] for one in merged)
    alone = [{r[0] for r in everything(path)["evidence"]} for path in paths]
    found = shown(capsys, toy / "m0" / "l.sqlite")
    assert found["N2"]["instances"] == len(set().union(*alone)) < sum(map(len, alone))
    assert (found["N2"]["machines"], found["N2"]["runs"], found["runs"]) == (3, 5, 5)


def test_the_level_spent_after_a_merge_is_what_every_machine_spent(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, _ = two_ledgers(toy)
    merge(first, [second])
    # Seed 2 was the second audit here and the first one there: both levels were spent, the smaller one stays.
    assert shown(capsys, first)["N2"]["level_spent"] == pytest.approx(2 * spent_by(1) + spent_by(2))
    opened = open_ledger(first)
    statement = str(opened.rows("SELECT DISTINCT statement FROM evidence")[0][0])
    assert opened.reserve([("N2", statement)], 2) == {"N2": spent_by(2)}
    assert opened.reserve([("N2", statement)], 4) == {"N2": spent_by(3)}
    opened.close()


def test_machines_that_differ_are_told(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refute("run", "N1", "--ledger", "a.sqlite")
    opened = open_ledger(Path("a.sqlite"))
    known = Row(*opened.table("evidence")[0])  # type: ignore[arg-type]
    opened.add({"evidence": [values(replace(known, run="elsewhere", outcome="violated", slack=-2.0))]})
    opened.close()
    found = shown(capsys, "a.sqlite")["N1"]
    assert (found["disputed"], found["refutations"], found["worst_slack"]) == (1, 1, -2.0)
    assert refute("ledger", "a.sqlite") == 0
    assert "Audits differ in what they saw on the same instance of: N1." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "column", "value"), [("evidence", "claim", "N3"), ("instances", "json", '{"x": 1.0, "y": 2.0}')]
)
def test_forged_evidence_is_not_merged(
    toy: Path, capsys: pytest.CaptureFixture[str], table: str, column: str, value: str
) -> None:
    refute("run", "N1", "--ledger", "a.sqlite")
    with sqlite3.connect("a.sqlite") as base:
        base.execute(f"DROP TRIGGER {table}_update")
        (key,) = base.execute(
            f"SELECT min(rowkey) FROM (SELECT {TABLES[table][0].split(',')[0]} AS rowkey FROM {table})"
        ).fetchone()
        base.execute(
            f"UPDATE {table} SET {column} = ? WHERE {TABLES[table][0].split(',')[0]} = ?", (value, key)
        )
    base.close()
    capsys.readouterr()
    assert refute("ledger", "b.sqlite", "--merge", "a.sqlite") == 2
    assert f"{key} is not what its hash says; nothing was merged" in capsys.readouterr().err
    assert not Path("b.sqlite").exists()
