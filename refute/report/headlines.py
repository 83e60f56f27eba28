"""What an audit says of every finding of a paper: its verdict, and its headline with the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refute.audit.verdict import Verdict
from refute.report.records.audit import AuditRecord, ClaimRecord
from refute.statement.headline import Headline, Quantity
from refute.statement.kinds import Status
from refute.statement.plot import Plot

_WORST_FIRST = (
    Verdict.REFUTED,
    Verdict.ERROR,
    Verdict.UNDECIDED,
    Verdict.OUT_OF_REACH,
    Verdict.SUPPORTED,
    Verdict.PROVED,
)


@dataclass(frozen=True)
class Finding:
    """A finding as a reader meets it first.

    statement: the paper's own words. sentence: the headline, its numbers filled in; empty where the paper has
    none or a number was not measured, and then `missing` says which. verdict: the worst of its claims; None
    if none was audited, or if all passed and one that carries the headline did not run. standing: how many of
    its claims passed, in words. chief: the claims that carry the headline; conjectures: those of them that
    are not proved on paper. plot: its picture, if there is one.
    """

    label: str
    statement: str
    sentence: str
    missing: str
    verdict: Verdict | None
    standing: str
    chief: tuple[ClaimRecord, ...]
    conjectures: tuple[str, ...]
    plot: Plot | None


def findings(audit: AuditRecord) -> list[Finding]:
    """All findings of the paper, in its order."""
    headlines = {headline.finding: headline for headline in audit.headlines}
    return [_finding(audit, label, words, headlines.get(label)) for label, words in audit.findings.items()]


def _finding(audit: AuditRecord, label: str, words: str, headline: Headline | None) -> Finding:
    serving = [claim for claim in audit.claims if claim.finding == label]
    named = () if headline is None else headline.claims
    unaudited = [name for name in named if name not in {claim.id for claim in audit.claims}]
    chief = tuple(claim for name in named for claim in audit.claims if claim.id == name) or tuple(serving[:3])
    sentence, missing = ("", "") if headline is None else _filled(headline, audit)
    return Finding(
        label=label,
        statement=words,
        sentence=sentence,
        missing=missing,
        verdict=_verdict(serving, unaudited),
        standing=_standing(serving, unaudited),
        chief=chief,
        conjectures=tuple(claim.id for claim in chief if claim.status is Status.CONJECTURE),
        plot=next((p for p in audit.plots if headline is not None and p.id == headline.plot), None),
    )


def _verdict(claims: Sequence[ClaimRecord], unaudited: Sequence[str]) -> Verdict | None:
    """The worst of the claims; no pass while a claim that carries the headline was not audited."""
    found = worst([claim.verdict for claim in claims])
    return None if found is not None and found.passes and unaudited else found


def worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict of a whole of which these are the parts: no better than any of them. None for no part."""
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)


def _standing(claims: Sequence[ClaimRecord], unaudited: Sequence[str]) -> str:
    """Never a pass by omission: what did not pass is named, or what carries the headline and did not run."""
    if not claims:
        return "none of its claims was audited"
    fallen = [claim.id for claim in claims if not claim.verdict.passes]
    if unaudited and not fallen:
        passed = ", ".join(claim.id for claim in claims)
        return f"audited in part: {passed} passed, {', '.join(unaudited)} did not run"
    count = len(claims)
    if not fallen:
        return f"all {count} of its claims stand" if count > 1 else "its claim stands"
    return f"{count - len(fallen)} of its {count} claims stand, not {', '.join(fallen)}"


def _filled(headline: Headline, audit: AuditRecord) -> tuple[str, str]:
    """The sentence with its numbers, and an empty text; or an empty text, and what was not measured."""
    found = {name: _read(quantity, audit) for name, quantity in headline.quantities.items()}
    numbers = {name: value for name, value in found.items() if value is not None}
    missing = {_place(headline.quantities[name]) for name in found.keys() - numbers.keys()}
    if missing:
        return "", f"not measured in this audit: {', '.join(sorted(missing))}"
    return headline.sentence.format(**numbers), ""


def _place(quantity: Quantity) -> str:
    return f"the figure {quantity.of}" if quantity.source == "plot" else f"the trials of {quantity.of}"


def _read(quantity: Quantity, audit: AuditRecord) -> float | None:
    if quantity.source == "plot":
        numbers = next((plot.numbers for plot in audit.plots if plot.id == quantity.of), {})
        return numbers.get(quantity.name)
    measured = next((claim.measured for claim in audit.claims if claim.id == quantity.of), None)
    named = (
        {} if measured is None else {"median": measured.median, "low": measured.low, "high": measured.high}
    )
    return named.get(quantity.name)
