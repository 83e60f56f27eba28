"""What became of the audit before: one that was stopped, and a clock that was set back since."""

from __future__ import annotations

from datetime import datetime, timedelta

from refute.ledger.ledger import Ledger


def after_the_last(ledger: Ledger, machine: str, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """When an audit begins, later than all before it on this machine; and what became of the last one.

    Audits are told apart as older and newer by when they began, also where the clock was set back.
    """
    last = ledger.rows(
        "SELECT run, started, (SELECT count(*) FROM endings WHERE endings.run = runs.run), "
        "(SELECT count(*) FROM evidence WHERE evidence.run = runs.run) "
        "FROM runs WHERE machine = ? ORDER BY started DESC, run DESC LIMIT 1",
        machine,
    )
    if not last:
        return now, ()
    _, began, ended, judged = last[0]
    notes = []
    if not ended:
        notes.append(
            f"the audit that began at {began} has not ended: it still runs, or was stopped; "
            f"the {judged} instances that it has judged are kept"
        )
    try:
        before = datetime.fromisoformat(str(began))
        late = before >= now
    except (TypeError, ValueError):  # no date, or one without a zone: no audit wrote it
        return now, tuple(notes)
    if late:
        notes.append(
            f"the clock was set back: the last audit began at {began}, and this one is dated after it"
        )
    return (before + timedelta(microseconds=1) if late else now), tuple(notes)
