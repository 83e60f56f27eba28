"""Ledgers and stores of batches that somebody changed, through what reads them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import LedgerError
from refute.ledger.append_only_file import TABLES
from refute.sweep.store import open_store
from tests.refute.fuzzing import damaged, run, share
from tests.refute.report.fuzzed_values import BATCH, QUESTION, VALUES

pytestmark = pytest.mark.usefixtures("above_the_paper")


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
