"""Stored evidence, read back as the records that pages and tables are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from refute.report.records.audit import AuditRecord
from refute.report.records.survey import SurveyRecord
from refute.statement.json_codec import head, read, shortened


def read_audit(text: bytes) -> AuditRecord:
    """The audit in a JSON text; further keys are allowed.

    Raises ValueError that names the path of the first thing wrong, as in "claims[3].parts[0].slack: ...".
    """
    _require_schema(text, "refute-audit/1", "; is this the evidence of an audit?")
    audit = read(text, AuditRecord)
    _require_distinct("claims", (claim.id for claim in audit.claims))
    _require_distinct("plots", (plot.id for plot in audit.plots))
    return audit


def read_survey(text: bytes) -> SurveyRecord:
    """The survey in a JSON text. Raises ValueError as `read_audit` does."""
    _require_schema(text, "refute-widths/1", "")
    return read(text, SurveyRecord)


def _require_schema(text: bytes, schema: str, question: str) -> None:
    found = head(text).schema
    if found != schema:
        raise ValueError(f"schema: expected {schema!r}, found {shortened(found)}{question}")


def _require_distinct(name: str, labels: Iterable[str]) -> None:
    twice = [label for label, count in Counter(labels).items() if count > 1]
    if twice:
        raise ValueError(f"{name}: {twice[0]} is there twice")
