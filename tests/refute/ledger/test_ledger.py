"""The ledger: nothing is changed, nothing is lost, nothing counts twice, and trouble is one line."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from math import pi
from pathlib import Path
from typing import Any

import msgspec
import pytest

from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.request import Request, check_budget
from refute.audit.strata import most_instances
from refute.audit.witness import load_witness
from refute.basics.errors import InputError, LedgerError
from refute.cli import main as cli
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.ledger.append_only_file import APPLICATION, TABLES
from refute.ledger.ledger import Ledger, Row, machine_id, open_ledger, spent_by
from refute.ledger.queries import merge
from refute.ledger.recorder import address
from refute.report.text import error_budget
from refute.statement.claim import Claim
from refute.statement.kinds import Cost
from tests.refute.inputs.test_registry import N1, N2, N3, change
from tests.refute.planted import CPU, SMALL, gamble, planted
from tests.refute.sample_audit import read, sample

ROOT = Path(__file__).resolve().parents[3]
FILE = ".refute/ledger.sqlite"


def refute(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


def row(number: int, **changes: Any) -> Row:
    fields: dict[str, Any] = {
        "id": "",
        "run": "r",
        "claim": "N1",
        "statement": "s",
        "protocol": 1,
        "instance": f"{number:032x}",
        "seed": "0",
        "stream": "main",
        "device": "cpu",
        "dtype": "float64",
        "level": None,
        "outcome": "holds",
        "trials": 0,
        "failures": 0,
        "slack": 0.5,
        "unmet": None,
    }
    blank = Row(**{**fields, **changes})
    return replace(blank, id=address(blank))


def values(of: Row) -> tuple[object, ...]:
    return tuple(vars(of).values())


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    opened = open_ledger(path, write=False)
    try:
        return {name: opened.table(name) for name in TABLES}
    finally:
        opened.close()


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert refute("ledger", *arguments, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    return {**found, **{claim["id"]: claim for claim in found["claims"]}}


@pytest.fixture
def book(tmp_path: Path) -> Any:
    opened = open_ledger(tmp_path / "l.sqlite")
    yield opened
    opened.close()


def test_a_ledger_is_made_to_last(book: Ledger) -> None:
    pragmas = {"application_id": APPLICATION, "user_version": 1, "journal_mode": "wal", "synchronous": 2}
    for name, value in pragmas.items():
        assert book.rows(f"PRAGMA {name}") == [(value,)]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_nothing_in_a_ledger_can_be_changed(book: Ledger, table: str) -> None:
    width = TABLES[table][1].count(",") + 1
    book.add({table: [tuple(str(i) for i in range(width))]})
    before = book.table(table)
    first = TABLES[table][1].split(" ")[0]
    for order in (f"UPDATE {table} SET {first} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="a ledger is append-only"):
            book.base.execute(order)
    other = ["9"] * width
    for at, column in enumerate(TABLES[table][1].split(", ")):
        if column.split(" ")[0] in TABLES[table][0].split(", "):
            other[at] = str(at)
    for verb in ("INSERT OR REPLACE", "INSERT", "REPLACE"):
        book.base.execute(f"{verb} INTO {table} VALUES ({', '.join('?' * width)})", other)
    assert book.table(table) == before != []


def test_every_part_of_what_fixes_the_outcome_is_in_the_address() -> None:
    changes = {"claim": "N2", "statement": "t", "protocol": 2, "instance": "1", "seed": "1"}
    changes |= {"stream": "confirm", "device": "cuda", "dtype": "float32"}
    ids = {row(0, **{name: value}).id for name, value in changes.items()}
    assert len(ids | {row(0).id}) == len(changes) + 1
    outcomes = {"run": "q", "level": 1.0, "outcome": "tie", "trials": 1, "failures": 1, "slack": 0.0}
    assert {row(0, **{name: value}).id for name, value in outcomes.items()} == {row(0).id}


def test_a_run_is_in_the_ledger_and_counts_once(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "--json", "run.json", "--seed", "7") == 0
    ran = {claim["id"]: claim for claim in json.loads(Path("run.json").read_text("utf-8"))["claims"]}
    first = shown(capsys)
    for label in ("N1", "N2", "N3"):
        assert first[label]["instances"] == ran[label]["instances"]
        assert first[label]["trials"] == ran[label]["trials"]
        assert first[label]["worst_slack"] == ran[label]["worst_slack"]
        assert (first[label]["machines"], first[label]["refutations"]) == (1, 0)
    assert refute("run", "--seed", "7") == 0
    again = shown(capsys)
    assert (first["N1"]["runs"], again["N1"]["runs"], again["runs"]) == (1, 2, 2)
    assert again["N1"]["instances"] == first["N1"]["instances"] and again["N1"]["disputed"] == 0
    assert again["N2"]["level_spent"] == first["N2"]["level_spent"] == spent_by(1)
    assert refute("ledger") == 0
    assert "3 audits" not in (out := capsys.readouterr().out) and "2 audits." in out


def test_a_changed_statement_makes_its_own_evidence_stale(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refute("run")
    before = shown(capsys)
    change(toy, N2, '"""N2.', '"""N2. ')
    after = shown(capsys)
    assert after["N2"]["stale_instances"] == before["N2"]["instances"] and after["N2"]["instances"] == 0
    assert after["N2"]["stale_statements"] == 1 and after["N2"]["level_spent"] == 0
    assert after["N1"] == before["N1"] and after["N3"] == before["N3"]
    capsys.readouterr()
    assert refute("ledger") == 0 and "Stale instances were" in capsys.readouterr().out


def test_a_refutation_is_remembered(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N3, "check=partial(check, 2)", "check=partial(check, 0)")
    change(toy, N2, "draw=partial(draw, 1 / 20)", "draw=partial(draw, 1 / 2)")
    assert refute("run") == 1
    found = shown(capsys)
    assert found["N3"]["refutations"] >= 1 and found["N2"]["refutations"] >= 1
    assert (found["N2"]["confirmed"], found["N3"]["confirmed"], found["N1"]["refutations"]) == (1, 1, 0)


def test_float32_is_kept_apart(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refute("run", "N1", "--dtype", "float32")
    found = shown(capsys)["N1"]
    assert found["float32_instances"] > 100
    assert (found["instances"], found["runs"], found["since"], found["worst_slack"]) == (0, 0, None, None)


def test_none_keeps_nothing_and_uses_the_whole_level(toy: Path) -> None:
    assert refute("run", "--ledger", "none", "--json", "run.json") == 0
    found = json.loads(Path("run.json").read_text("utf-8"))
    assert not Path(".refute").exists()
    assert found["budget"]["level_per_instance"] == found["claims"][1]["alpha"] == FALSE_ALARM_LEVEL


def test_levels_over_all_runs_add_up_to_one_level() -> None:
    assert sum(map(spent_by, range(1, 10_000))) < FALSE_ALARM_LEVEL
    assert spent_by(1) == 6 * FALSE_ALARM_LEVEL / pi**2 and spent_by(1) == 9 * spent_by(3)


def test_a_new_seed_spends_and_a_known_one_does_not(book: Ledger) -> None:
    claim = [("N2", "s")]
    spent = [book.reserve(claim, seed)["N2"] for seed in (5, 6, 5, 2**80, 6, 2**80)]
    assert spent == [spent_by(number) for number in (1, 2, 1, 3, 2, 3)]
    assert book.reserve([("N2", "t"), ("N9", "s")], 9) == {"N2": spent_by(1), "N9": spent_by(1)}


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


def in_folder(toy: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, cwd=toy, env=environment, stderr=subprocess.PIPE, text=True)


def test_a_killed_run_keeps_the_claims_it_finished(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        toy,
        N2,
        "    least = share",
        "    open('reached', 'w').close()\n    time.sleep(60)\n    least = share",
    )
    change(toy, N2, "from functools import partial", "import time\nfrom functools import partial")
    process = in_folder(toy, "-m", "refute.cli", "run")
    deadline = time.monotonic() + 60
    while not Path("reached").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = shown(capsys)
    assert found["N1"]["instances"] > 100 and found["N2"]["instances"] == found["N3"]["instances"] == 0
    assert refute("report", FILE, "out") == 2
    assert "holds no audit that ended" in capsys.readouterr().err


def test_ctrl_c_keeps_the_claims_that_are_finished(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N2, "    least = share", "    raise KeyboardInterrupt\n    least = share")
    assert refute("run") == 130
    found = shown(capsys)
    assert found["N1"]["instances"] > 100 and found["N2"]["instances"] == 0


def test_the_newest_audit_in_a_ledger_becomes_a_page(toy: Path) -> None:
    assert refute("run") == 0
    assert refute("run", "N3") == 0
    assert refute("report", FILE, "out") == 0
    page = Path("out/index.html").read_text("utf-8")
    assert "The binomial formula" in page and "The largest of k uniform numbers is large" not in page


WRITER = """
import sys
from pathlib import Path
from refute.ledger.ledger import Ledger, Row, machine_id, open_ledger, spent_by
from refute.ledger.append_only_file import APPLICATION, TABLES, LedgerError
book = open_ledger(Path(sys.argv[1]))
for number in range(200):
    book.add({"evidence": [(str(number), sys.argv[2], *14 * ("",))]})
"""


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "l.sqlite"
    writers = [in_folder(tmp_path, "-c", WRITER, str(path), name) for name in ("one", "two")]
    assert [(w.communicate(timeout=120)[1], w.returncode) for w in writers] == [("", 0), ("", 0)]
    rows = everything(path)["evidence"]
    assert len(rows) == 400 and len({r[0] for r in rows}) == 200 and {r[1] for r in rows} == {"one", "two"}


def test_a_machine_keeps_its_name_beside_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    names = [machine_id(tmp_path / folder / "l.sqlite") for folder in (".", ".", "other")]
    assert names[0] == names[1] != names[2]
    (tmp_path / "machine-id").write_text("my laptop", encoding="utf-8")
    with pytest.raises(LedgerError, match="machine-id is not the name of a machine; delete it"):
        machine_id(tmp_path / "l.sqlite")


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


def spoil_with(*orders: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        base = sqlite3.connect(path)
        for order in orders:
            base.execute(order)
        base.commit()
        base.close()

    return spoil


def made_then(*orders: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        open_ledger(path).close()
        spoil_with(*orders)(path)

    return spoil


BAD: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_text("claim,verdict\n" * 99, "utf-8"), "not a SQLite database"),
    (lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 4000), "not a SQLite database"),
    (spoil_with("CREATE TABLE t (x)"), "is a SQLite database, but not a ledger of refute"),
    (made_then("PRAGMA application_id = 7"), "is a SQLite database, but not a ledger of refute"),
    (
        made_then("PRAGMA user_version = 2"),
        "is a ledger of schema 2, this refute knows schema 1; update",
    ),
    (lambda path: path.mkdir(), "is a folder"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD, ids=[message[-25:] for _, message in BAD])
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "N3", "--ledger", "l.sqlite"),
        ("ledger", "l.sqlite"),
        ("ledger", "new.sqlite", "--merge", "l.sqlite"),
    ],
    ids=["run", "show", "merge"],
)
def test_a_bad_ledger_is_one_line_and_left_as_it_was(
    toy: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    path = toy / "l.sqlite"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    assert refute(*arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err and "l.sqlite" in printed.err
    assert printed.err.startswith("refute: ") and printed.err.count("\n") == 1 and printed.out == ""
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert not Path("new.sqlite").exists() and not Path("machine-id").exists()


def test_a_torn_ledger_is_one_line(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "--ledger", "l.sqlite") == 0
    whole = Path("l.sqlite").read_bytes()
    Path("l.sqlite").write_bytes(whole[: len(whole) // 2])
    for arguments in (("ledger", "l.sqlite"), ("ledger", "new.sqlite", "--merge", "l.sqlite")):
        capsys.readouterr()
        assert refute(*arguments) == 2
        err = capsys.readouterr().err
        assert err.startswith("refute: l.sqlite: the ledger is damaged; move it away: the next `refute run`")
        assert "merge" not in err
    assert not Path("new.sqlite").exists()


def test_two_audits_at_once_never_share_a_level(book: Ledger) -> None:
    other = open_ledger(book.path)
    taken = [opened.reserve([("N2", "s")], seed) for seed, opened in enumerate((book, other, book, other))]
    other.close()
    assert [level["N2"] for level in taken] == [spent_by(number) for number in (1, 2, 3, 4)]


def test_a_ledger_that_is_not_there_is_one_line(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("ledger") == 2
    assert capsys.readouterr().err == f"refute: {FILE}: there is no ledger here; `refute run` begins one\n"
    assert not Path(".refute").exists()


def test_a_folder_that_cannot_be_written_is_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refute("run", "N3", "--ledger", "/proc/refute/ledger.sqlite") == 2
    assert capsys.readouterr().err.startswith("refute: /proc")
    assert not Path(".refute").exists(), "a command that is refused leaves nothing"

    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("refute.basics.files.TemporaryFile", refuse)
    assert refute("run", "N3") == 2
    assert capsys.readouterr().err == f"refute: {toy} cannot be written to: Read-only file system\n"


def test_a_ledger_in_a_folder_that_cannot_be_written_can_be_read(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refute("run", "N3") == 0
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert shown(capsys)["N3"]["instances"] > 100
    assert {path.name for path in Path(".refute").iterdir()} >= {"ledger.sqlite"}


def test_a_full_disk_costs_the_claim_that_is_being_written(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refute("run", "N1", "--ledger", "one.sqlite") == 0
    ((pages,),) = (one := open_ledger(Path("one.sqlite"))).rows("PRAGMA page_count")
    one.close()
    capsys.readouterr()

    def small(path: Path, *, write: bool = True) -> Ledger:
        """Room for N1 and N2, and not for N3."""
        opened = open_ledger(path, write=write)
        opened.base.execute(f"PRAGMA max_page_count = {int(str(pages)) + 4}")
        return opened

    with monkeypatch.context() as full:
        full.setattr("refute.ledger.recorder.open_ledger", small)
        assert refute("run", "--json", "run.json", "--report", "out") == 2
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] == (
        f"refute: the evidence could not be written: {FILE}: "
        "the disk is full; what was in the ledger before is still there"
    )
    verdicts = [claim["verdict"] for claim in json.loads(Path("run.json").read_text("utf-8"))["claims"]]
    assert verdicts == ["SUPPORTED", "SUPPORTED", "PROVED"] and "Nothing was refuted" in printed.out
    assert Path("out/index.html").is_file()
    found = shown(capsys)
    assert found["N1"]["instances"] > 100 and found["N2"]["instances"] == 5 and found["N3"]["instances"] == 0


def test_a_ledger_that_stays_locked_is_one_line(book: Ledger) -> None:
    impatient = open_ledger(book.path, timeout=0.1)
    book.base.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="locked by another program and was not released in time"):
        impatient.add({"evidence": [values(row(0))]})
    book.base.execute("COMMIT")
    impatient.add({"evidence": [values(row(0))]})
    impatient.close()
    assert len(book.table("evidence")) == 1


def test_a_transaction_is_whole_or_not_at_all(book: Ledger) -> None:
    with pytest.raises(LedgerError):
        book.add({"evidence": [values(row(0)), ("too", "short")]})
    with pytest.raises(KeyboardInterrupt):
        book.add({"evidence": stopped()})
    assert book.table("evidence") == []
    book.add({"evidence": [values(row(0))]})
    assert len(book.table("evidence")) == 1


def stopped() -> Any:
    yield values(row(0))
    raise KeyboardInterrupt


def test_an_error_verdict_leaves_no_evidence(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N1, '    """Both sides in floating point."""', "    raise ZeroDivisionError")
    assert refute("run") == 3
    assert shown(capsys)["N1"]["instances"] == 0


def test_every_key_of_the_ledger_is_documented(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refute("run", "N3")
    found = shown(capsys)
    section = (ROOT / "docs/json.md").read_text("utf-8").partition("## `refute ledger --json`")[2]
    _, whole, claim = section.partition("\n## ")[0].split("\n### ")
    rows = [re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE) for part in (whole, claim)]
    documented = [set(re.findall(r"`(\w+)`", " ".join(part))) for part in rows]
    assert documented == [set(found) - {"N1", "N2", "N3"}, set(found["claims"][0])]
