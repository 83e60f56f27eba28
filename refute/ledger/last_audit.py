"""What became of the audit before: one that was stopped, and a clock that was set back since."""

from __future__ import annotations

from datetime import datetime, timedelta

from refute.ledger.ledger import Ledger


def after_the_last(ledger: Ledger, machine: str, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """When an audit begins, later than all before it on this machine; and what became of the last one.

    Audits are told apart as older and newer by when they began, also where the clock was set back.
    """
    last = ledger.rows(
        "SELECT run, started, (SELECT count(*) FROM endings WHERE endings.run = runs.run) "
        "FROM runs WHERE machine = ? ORDER BY started DESC, run DESC LIMIT 1",
        machine,
    )
    if not last:
        return now, ()
    run, began, ended = last[0]
    notes = []
    if not ended:
        ((judged,),) = ledger.rows("SELECT count(*) FROM evidence WHERE run = ?", run)
        notes.append(
            f"the audit that began at {began} has not ended: it still runs, or was stopped; "
            f"the {judged} instances that it has judged are kept"
        )
    try:
        later = datetime.fromisoformat(str(began)) + timedelta(microseconds=1)
        late = later > now
    except (TypeError, ValueError, OverflowError):  # no date, or one without a zone: no audit wrote it
        return now, tuple(notes)
    if late:
        notes.append(
            f"the clock was set back: the last audit began at {began}, and this one is dated after it"
        )
    return (later if late else now), tuple(notes)
