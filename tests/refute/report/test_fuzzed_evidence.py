"""Witnesses, audits, surveys, ledgers and stores that somebody changed, through what reads them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import LedgerError
from refute.ledger.append_only_file import TABLES
from refute.report.page import render
from refute.report.read_json import read_survey
from refute.report.survey_page import render as render_survey
from refute.statement.kinds import Compute
from refute.statement.sweep import Cell, Trial
from refute.sweep.batches import Batch
from refute.sweep.store import Question, open_store
from tests.refute.fuzzing import INJECTIONS, Tags, damaged, run, share, toy_paper
from tests.refute.report.test_damaged_evidence import WITNESS, Place, places, whole
from tests.refute.sample_audit import read

DOCS = Path(__file__).resolve().parents[3] / "docs"
VALUES = st.one_of(
    st.sampled_from(
        [None, True, [], {}, [1], {"x": 1}, 0, -1, 1e308, 5e-324, 2**53 + 1, 2**64, 10**30, 10**400]
    ),
    st.sampled_from(["", "K1", "N1", "\ud800", "\x00", "9" * 50, "K1\nK2", "../../x", *INJECTIONS]),
    st.text(max_size=6),
    st.floats(),
)
DEPTH = b'{"schema": ' + b"[" * 200_000
SURVEY: dict[str, Any] = {**json.loads((DOCS / "widths-digits.json").read_text("utf-8")), "plots": []}
BATCH = Batch(Cell({"d": 1, "kind": "coin"}), "careful", 3, 0)
QUESTION = Question("coins", "hash", 0, Compute("cpu", "float64"), "{}", 2)


@pytest.fixture(scope="module", autouse=True)
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The toy paper, and outside of it a ledger, a store of batches and the witness of a sibling."""
    above = tmp_path_factory.mktemp("evidence")
    with toy_paper(above / "paper") as root:
        assert run("run", "N1", "N2", "--ledger", str(above / "whole.sqlite")).code == 0
        assert run("siblings", "N1").code == 0
        shutil.move(root / ".refute" / "witnesses" / "N1~three-halves.json", above / "sibling.json")
        shutil.rmtree(root / ".refute")
        with open_store(above / "store.sqlite", QUESTION) as store:
            store.add(BATCH, (Trial((True, False), 3), Trial((False, False), 5)), 0.5)
        yield root


@st.composite
def changed(draw: st.DrawFn, evidence: dict[str, Any], where: list[Place]) -> bytes:
    """Evidence in JSON with some values changed, then perhaps damaged as text; sometimes no JSON of ours."""
    found: Any = json.loads(json.dumps(evidence))
    for place in draw(st.lists(st.sampled_from(where), min_size=0, max_size=3)):
        holder = found
        try:
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = draw(VALUES)
        except (IndexError, KeyError, TypeError):  # what an earlier change took away
            continue
    text = json.dumps(found).encode()
    return draw(
        st.one_of(st.just(text), st.just(text), damaged(text), st.just(DEPTH), st.binary(max_size=40))
    )


FORMULAS = {"mfrac", "mn", "mo", "mover", "mroot", "msqrt", "msub", "msubsup", "msup", "munder", "munderover"}
"""Tags of formulas, which draw and do nothing else: signs of an injection may be read as a formula."""
WITNESS_PLACES = list(places(WITNESS))
AUDIT = {**whole(), "plots": whole()["plots"][:1]}
# One claim of each form: Hypothesis shows a failing input of up to 30 kB.
AUDIT["claims"] = [claim for claim in AUDIT["claims"] if claim["id"] not in ("K5", "C1", "T6")]
AUDIT_PLACES = list(places(AUDIT))
SURVEY_PLACES = list(places(SURVEY))


@share(3)
@given(st.data())
def test_a_witness_is_replayed_or_refused(data: st.DataObject) -> None:
    evidence = data.draw(st.sampled_from([WITNESS, json.loads(Path("../sibling.json").read_text("utf-8"))]))
    Path("w.json").write_bytes(data.draw(changed(evidence, WITNESS_PLACES)))
    ran = run("replay", "w.json")
    assert (ran.code == 1) == ("This witness refutes N1" in ran.out), ran
    assert not ran.new


@share(2)
@given(changed(AUDIT, AUDIT_PLACES), st.sampled_from(["report", "slack", "graph"]))
def test_an_audit_is_shown_or_refused(evidence: bytes, command: str) -> None:
    Path("a.json").write_bytes(evidence)
    shutil.rmtree("page", ignore_errors=True)
    arguments = {
        "report": ("report", "a.json", "page"),
        "slack": ("slack", "a.json"),
        "graph": ("graph", "--audit", "a.json"),
    }
    ran = run(*arguments[command])
    assert ran.code in (0, 2)
    page = Path("page") / "index.html"
    assert ran.new == ({page} if command == "report" and ran.code == 0 else set())
    if page.exists():
        assert Tags(page.read_text(encoding="utf-8")).dangerous() == []


def test_every_text_of_an_audit_is_harmless_on_a_page() -> None:
    """All texts at once; the tags of the page stay what they were."""
    plain = Tags(render(read(AUDIT)))
    assert plain.dangerous() == []
    for injection in INJECTIONS:
        audit = json.loads(json.dumps(AUDIT))
        for place in AUDIT_PLACES:
            poison(audit, place, injection)
        page = Tags(render(read(audit)))
        assert page.dangerous() == []
        assert {tag for tag, *_ in page.found} <= {tag for tag, *_ in plain.found} | FORMULAS


def poison(audit: Any, place: Place, text: str) -> None:
    """Put a text after the one at a place, if the audit is still readable then."""
    holder = audit
    for step in place[:-1]:
        holder = holder[step]
    before = holder[place[-1]]
    if isinstance(before, str):
        holder[place[-1]] = before + text
        try:
            read(audit)
        except ValueError:
            holder[place[-1]] = before


@share(1)
@given(changed(SURVEY, SURVEY_PLACES))
def test_a_survey_is_shown_or_refused(evidence: bytes) -> None:
    told = ""
    try:
        page = render_survey(read_survey(evidence))
    except ValueError as error:
        told = str(error)
    assert "\n" not in told
    assert told or Tags(page).dangerous() == []


@st.composite
def ledgers(draw: st.DrawFn, path: Path) -> None:
    """Write a copy of a whole ledger to `path` in which rows, triggers or bytes were changed."""
    path.unlink(missing_ok=True)
    shutil.copy("../whole.sqlite", path)
    for _ in range(draw(st.integers(0, 2))):
        alter(draw, path)
    if draw(st.booleans()):
        path.write_bytes(draw(damaged(path.read_bytes())))


def alter(draw: st.DrawFn, path: Path) -> None:
    name = draw(st.sampled_from(sorted(TABLES)))
    columns = [column.split()[0] for column in TABLES[name][1].split(", ")]
    values = st.one_of(VALUES.filter(storable), st.binary(max_size=4), st.just(9e999))
    value = draw(values)
    with closing(sqlite3.connect(path)) as base, base:
        if draw(st.booleans()):
            base.execute(f"DROP TRIGGER IF EXISTS {name}_update")
            base.execute(f"UPDATE OR IGNORE {name} SET {draw(st.sampled_from(columns))} = ?", (value,))
        elif draw(st.booleans()):
            row = [draw(values) for _ in columns]
            base.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
        else:
            base.executescript(draw(st.sampled_from(FOREIGN)))


FOREIGN = [
    "DROP TABLE endings",
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 0",
    "CREATE TRIGGER bad AFTER INSERT ON runs BEGIN SELECT 1; END",
    "DROP TABLE evidence; CREATE VIEW evidence AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)"
    " SELECT x AS id, x AS run, x AS claim, x AS statement FROM n",
    "ALTER TABLE runs ADD COLUMN more TEXT",
    "DELETE FROM sqlite_master",
]


def storable(value: object) -> bool:
    """Whether SQLite takes a value as it is."""
    return not isinstance(value, (list, dict)) and not (
        (isinstance(value, int) and abs(value) >= 2**63) or (isinstance(value, str) and "\ud800" in value)
    )


@share(2)
@given(st.data())
def test_a_ledger_is_read_or_refused(data: st.DataObject) -> None:
    path = Path("l.sqlite")
    with suppress(sqlite3.Error):  # the second change may find no ledger any more
        data.draw(ledgers(path))
    before = path.read_bytes()
    commands = (
        ("ledger", "l.sqlite"),
        ("ledger", "l.sqlite", "--json"),
        ("graph", "--ledger", "l.sqlite"),
        ("slack", "l.sqlite"),
        ("report", "l.sqlite", "page"),
        ("ledger", "new.sqlite", "--merge", "l.sqlite"),
    )
    ran = run(*data.draw(st.sampled_from(commands)))
    assert ran.code in (0, 2), ran
    assert path.read_bytes() == before
    shutil.rmtree("page", ignore_errors=True)
    for file in Path(".").glob("new.sqlite*"):
        file.unlink()


def test_a_ledger_that_would_answer_for_ever_is_refused() -> None:
    path = Path("l.sqlite")
    for script in FOREIGN[3:6]:
        shutil.copy("../whole.sqlite", path)
        with closing(sqlite3.connect(path)) as base:
            base.executescript(script)
        for command in (("ledger", "l.sqlite"), ("run", "N3", "--ledger", "l.sqlite")):
            ran = run(*command)
            assert ran.code == 2 and "its tables and triggers are not those of a ledger" in ran.err


@pytest.mark.parametrize("number", ["many", 0, -1, 1.5, b"1"])
def test_a_level_that_nobody_can_have_spent_is_damage(number: object) -> None:
    path = Path("l.sqlite")
    shutil.copy("../whole.sqlite", path)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("DROP TRIGGER spending_update")
        base.execute("UPDATE spending SET number = ?", (number,))
    for command in (("ledger", "l.sqlite"), ("run", "N2", "--ledger", "l.sqlite")):
        ran = run(*command)
        assert ran.code == 2 and "of N2 has no level; the ledger is damaged" in ran.err, ran


@share(1)
@given(st.data())
def test_a_stored_batch_is_read_or_refused(data: st.DataObject) -> None:
    path = Path("store.sqlite")
    shutil.copy("../store.sqlite", path)
    texts = st.sampled_from(
        ['[["1", 2]]', '[["12", 3], ["00", 5]]', '[["10", -3], ["00", 5]]', "[" * 10**5, "5", ""]
    )
    column, value = data.draw(
        st.one_of(
            st.tuples(st.just("outcomes"), st.one_of(texts, VALUES.filter(storable), st.binary(max_size=4))),
            st.tuples(st.just("seconds"), st.one_of(VALUES.filter(storable), st.just(9e999))),
        )
    )
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("DROP TRIGGER batches_update")
        base.execute(f"UPDATE batches SET {column} = ?", (value,))
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(damaged(path.read_bytes())))
    told = ""
    found = None
    try:
        with open_store(path, QUESTION) as store:
            found = store.get(BATCH)
    except LedgerError as error:
        told = str(error)
    assert "\n" not in told and (not told or told.startswith("store.sqlite"))
    if found is not None:
        outcomes, seconds = found
        assert len(outcomes) == 2 and seconds >= 0
        assert all(isinstance(met, bool) for one in outcomes for met in one.success)
        assert all(type(one.steps) is int and one.steps >= 0 for one in outcomes)
