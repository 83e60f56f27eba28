"""What the newest audit in a ledger says of how long claims take."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from refute.basics.errors import LedgerError
from refute.ledger.stored_audits import newest_audit
from refute.statement.json_codec import read


class _TimedSibling(Struct, frozen=True):
    seconds: float


class _TimedClaim(Struct, frozen=True):
    id: str
    seconds: float
    siblings: tuple[_TimedSibling, ...] = ()


class _TimedAudit(Struct, frozen=True):
    claims: tuple[_TimedClaim, ...]


def earlier_seconds(path: Path | None, with_siblings: bool) -> dict[str, float]:
    """Seconds that each claim took in the newest audit of a ledger, by label; nothing where there is none."""
    if path is None:
        return {}
    try:
        audit = read(newest_audit(path), _TimedAudit)
    except (LedgerError, ValueError):
        return {}
    return {
        claim.id: claim.seconds + sum(one.seconds for one in claim.siblings if with_siblings)
        for claim in audit.claims
        if claim.seconds > 0
    }
