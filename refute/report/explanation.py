"""One claim for a terminal: what it says, what a pass shows and does not, and its last evidence."""

from __future__ import annotations

from collections.abc import Iterator

from refute.report.margin import nearest, told
from refute.report.records.audit import AuditRecord, ClaimRecord
from refute.report.text import count, share, verdict_name
from refute.statement.claim import Claim
from refute.statement.kinds import Status


def explanation(claim: Claim, audit: AuditRecord | None) -> Iterator[str]:
    """The lines. audit: the newest one that is stored, None if there is none."""
    proved = "proved on paper" if claim.status is Status.THEOREM else "a conjecture: calibrated, not proved"
    yield f"{claim.id}. {claim.title}"
    yield f"{claim.kind}, {proved}, serves {claim.finding}" + (
        f", uses {', '.join(claim.uses)}" if claim.uses else ""
    )
    if claim.text is not None:
        for title, paragraph in (
            ("Statement", claim.text.statement),
            ("Assumptions", claim.text.assumptions),
            ("Symbols", claim.text.symbols),
            ("Refuted by", claim.text.refuted_by),
            ("A pass does not show", claim.text.not_shown),
        ):
            yield ""
            yield f"{title}. {paragraph}"
    yield ""
    yield from _evidence(claim, audit)


def _evidence(claim: Claim, audit: AuditRecord | None) -> Iterator[str]:
    found = next((one for one in audit.claims if one.id == claim.id), None) if audit is not None else None
    if audit is None or found is None:
        yield f"Last evidence: none is stored here; `refute run {claim.id}` gathers some."
        return
    yield f"Last evidence, of {audit.started}, profile {audit.profile}, seed {audit.seed}:"
    yield f"  {verdict_name(found.verdict)}. {told(found.because)}"
    yield f"  {_looked(found)}"
    if found.parts:
        yield f"  Nearest to failing: {nearest(found)}."
    for name, reached in found.classes.items():
        if not reached:
            yield f"  Not reached: {name}."
    if found.witness is not None:
        yield f"  Counterexample: refute replay {found.witness.path or found.witness.file}"


def _looked(found: ClaimRecord) -> str:
    trials = f", {count(found.trials)} trials" if found.trials else ""
    met = f"{share(found.premise_reach)} met the premise"
    fallen = sum(sibling.verdict == "REFUTED" for sibling in found.siblings)
    siblings = f" False siblings: {fallen} of {len(found.siblings)} refuted." if found.siblings else ""
    return f"{count(found.instances)} instances, of which {met}{trials}.{siblings}"
