"""The audits that a ledger holds, each as the JSON file that it wrote."""

from __future__ import annotations

import zlib
from pathlib import Path

from msgspec import Struct

from refute.audit.verdict import Verdict
from refute.basics.errors import LedgerError
from refute.basics.plain_files import MOST_BYTES
from refute.ledger.ledger import Ledger, open_ledger
from refute.statement.json_codec import read


def newest_audit(path: Path) -> bytes:
    """The JSON text of the audit that began last among those that ended. Raises LedgerError."""
    ledger = open_ledger(path, write=False)
    try:
        ended = ledger.rows(
            "SELECT run FROM endings JOIN runs USING (run) ORDER BY started DESC, run DESC LIMIT 1"
        )
        if not ended:
            raise LedgerError(f"{path} holds no audit that ended; `refute run` adds one")
        return stored(ledger, str(ended[0][0]))
    finally:
        ledger.close()


class _JudgedClaim(Struct, frozen=True):
    id: str
    verdict: Verdict


class _JudgedAudit(Struct, frozen=True):
    """What the ledger reads of the audits in it; the whole of one is for reports."""

    claims: tuple[_JudgedClaim, ...]


def stored(ledger: Ledger, run: str) -> bytes:
    """The JSON text of an audit that ended. Raises LedgerError if its verdicts cannot be read."""
    text, _ = _stored(ledger, run)
    return text


def stored_verdicts(ledger: Ledger, run: str) -> dict[str, Verdict]:
    """The verdicts of an audit that ended, by label. Raises LedgerError as `stored` does."""
    _, audit = _stored(ledger, run)
    return {claim.id: claim.verdict for claim in audit.claims}


def _stored(ledger: Ledger, run: str) -> tuple[bytes, _JudgedAudit]:
    try:
        ((audit,),) = ledger.rows("SELECT audit FROM endings WHERE run = ?", run)
        text = _unpacked(audit)
        return text, read(text, _JudgedAudit)
    except (zlib.error, ValueError, TypeError) as error:
        raise LedgerError(f"{ledger.path}: an audit in this ledger is damaged: {error}") from None


def _unpacked(audit: object) -> bytes:
    """The text of a stored audit, which is never larger than a file that is read."""
    if not isinstance(audit, bytes):
        raise TypeError(f"it is stored as {type(audit).__name__}")
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(audit, MOST_BYTES)
    if unpacker.unconsumed_tail:
        raise ValueError(f"it is larger than the {MOST_BYTES} bytes that are read")
    if not unpacker.eof:
        raise ValueError("it is cut short")
    return text
