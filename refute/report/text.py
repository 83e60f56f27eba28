"""The sentences and figures that the terminal table and the page share, so that both report the same."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from refute.audit.verdict import Verdict
from refute.ledger.queries import Known
from refute.report.records.audit import (
    AgreementRecord,
    AgreementRow,
    AuditRecord,
    ClaimRecord,
    ControlRecord,
    SiblingRecord,
)
from refute.report.records.listings import SiblingsOfClaim
from refute.statement.kinds import Kind

_THIN = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True)
class Legend:
    """How a verdict is shown besides its name: a sign, so that colour is never needed, and what it means."""

    sign: str
    meaning: str


LEGEND: Mapping[Verdict, Legend] = {
    Verdict.PROVED: Legend(
        "■",
        "A pass. Derived symbolically, every step closed by computer algebra (or decided in ball arithmetic "
        "on the whole stated domain), and contradicted by no instance.",
    ),
    Verdict.SUPPORTED: Legend(
        "✓",
        "A pass, not a proof. The search found no counterexample; the number of instances, the level and the "
        "power say how hard it looked.",
    ),
    Verdict.REFUTED: Legend(
        "✗",
        "False as stated. A counterexample was found, shrunk and confirmed; anyone can replay it.",
    ),
    Verdict.UNDECIDED: Legend(
        "?",
        "Not a pass. The evidence ran out before a decision, or a comparison stayed inside its rounding.",
    ),
    Verdict.OUT_OF_REACH: Legend(
        "∅",
        "Not a pass. Too few instances met the premise to say anything; the reach is their share.",
    ),
    Verdict.ERROR: Legend(
        "!", "Not a pass. The code of the claim failed; nothing is known of the statement."
    ),
}


def verdict_name(verdict: str) -> str:
    """The verdict as people read it."""
    return verdict.replace("_", " ")


def number(value: float | None, digits: int = 4) -> str:
    """A number to some significant digits, a dash for none."""
    if value is None:
        return "–"
    mantissa, mark, exponent = f"{value + 0.0:.{digits}g}".partition("e")  # + 0.0: minus zero is zero
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def share(value: float) -> str:
    """A share in percent, rounded down: only all is 100 %, and only none is 0 %."""
    tenths = math.floor(1000 * value)
    return "< 0.1 %" if tenths == 0 < value else f"{tenths / 10:g} %"


def count(value: int) -> str:
    """A whole number, its thousands set apart."""
    return f"{value:,}".replace(",", _THIN)


def measured(claim: ClaimRecord) -> str:
    """What the trials of a claim measured: "exponent -0.5 [-0.53, -0.47]"; empty if they measured nothing."""
    found = claim.measured
    if found is None:
        return ""
    ends = (number(end, 3) if end is not None else "unbounded" for end in (found.low, found.high))
    name = "exponent" if claim.kind is Kind.EXPONENT else "measured"
    return f"{name} {number(found.median, 3)} [{', '.join(ends)}]"


def duration(seconds: float) -> str:
    """A time in seconds, or in minutes and seconds from 100 s on."""
    if seconds < 100:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def tally(claims: Sequence[ClaimRecord]) -> dict[Verdict, int]:
    """How many claims have each verdict, in the order of the legend, without those that none has."""
    counts = Counter(claim.verdict for claim in claims)
    return {verdict: counts[verdict] for verdict in LEGEND if counts[verdict]}


def headline(claims: Sequence[ClaimRecord]) -> str:
    """The outcome of an audit in a sentence that never counts an open verdict as a pass."""
    refuted = [claim.id for claim in claims if claim.verdict is Verdict.REFUTED]
    passed = sum(claim.verdict.passes for claim in claims)
    if not claims:
        return "No claim was audited."
    if any(claim.shows for claim in claims):
        return _shown_headline(claims)
    if refuted:
        return f"{len(refuted)} of {len(claims)} claims refuted: {', '.join(refuted)}."
    if passed == len(claims):
        return f"Nothing was refuted: {f'all {passed} claims stand' if passed > 1 else 'the claim stands'}."
    return f"Nothing was refuted, but {len(claims) - passed} of {len(claims)} claims did not pass."


def shown(claim: ClaimRecord) -> str:
    """What a precision shows that decides nothing: "float32 shows REFUTED"; empty in float64."""
    return "" if claim.shows is None else f"float32 shows {verdict_name(claim.shows)}"


def _shown_headline(claims: Sequence[ClaimRecord]) -> str:
    labels: dict[Verdict, list[str]] = {}
    for claim in claims:
        labels.setdefault(claim.shows or claim.verdict, []).append(claim.id)
    counts = [f"{len(labels[one])} {verdict_name(one)}" for one in LEGEND if one in labels]
    against = f" ({', '.join(labels[Verdict.REFUTED])})" if Verdict.REFUTED in labels else ""
    return f"float32 decides nothing, and nothing was refuted. float32 shows {', '.join(counts)}{against}."


def cut_short(audit: AuditRecord) -> str:
    """That the audit was interrupted, in a sentence; empty if it ran to its end."""
    if not audit.interrupted:
        return ""
    return "The audit was interrupted: the claims it did not finish are missing here."


def evidence_sentence(known: Known) -> str:
    """How many audits and machines the evidence in a ledger is from, in a sentence."""
    since = min((claim.since for claim in known.claims if claim.since), default="")[:10]
    audits = f"{count(known.runs)} audit{'s'[: known.runs != 1]}"
    machines = f"{count(known.machines)} machine{'s'[: known.machines != 1]}"
    return f"{known.file} holds {audits} from {machines}{f', since {since}' if since else ''}."


def tally_sentence(claims: Sequence[ClaimRecord]) -> str:
    """The verdicts in numbers: "2 PROVED, 1 OUT OF REACH."."""
    counts = ", ".join(f"{n} {verdict_name(verdict)}" for verdict, n in tally(claims).items())
    return f"{counts}{', as float32 decides nothing' if any(claim.shows for claim in claims) else ''}."


def error_budget(audit: AuditRecord) -> str:
    """What the audit's own statistics can get wrong, in a sentence."""
    budget = audit.budget
    if any(claim.shows for claim in audit.claims):
        return "float32 decides nothing, so no verdict depends on chance."
    if not budget.instances:
        return "No statement was tested with trials, so no verdict depends on chance."
    levels = {claim.alpha for claim in audit.claims if claim.alpha is not None}
    each = "each at level" if len(levels) < 2 else "each at a level of at most"
    return (
        f"Trials were judged on {count(budget.instances)} instance{'s'[: budget.instances != 1]}, {each} "
        f"{number(budget.level_per_instance)}: the chance that any true statement was refuted is at most "
        f"{number(budget.bound, 2)}."
    )


def controls_conclusion(controls: Sequence[ControlRecord]) -> str:
    """Whether the planted statements came out as they must, in a sentence that names those that did not."""
    wrong = [control for control in controls if control.wrong]
    if not controls:
        return "No control was run."
    if not wrong:
        return f"All {len(controls)} controls, planted statements of known truth, came out as they must."
    said = "; ".join(f"{control.name}: {control.wrong}" for control in wrong)
    return (
        f"{len(wrong)} of {len(controls)} controls did not come out as they must, so trust no verdict: {said}"
    )


def must_fall(sibling: SiblingRecord) -> str:
    """By what a false sibling must fall, and where; empty if it may fall by anything, anywhere."""
    falls = f" by “{sibling.falls}”" if sibling.falls else ""
    where = f" where “{sibling.where}”" if sibling.where else ""
    return f"Counts as refuted only if it falls{falls}{where}." if falls or where else ""


def siblings_conclusion(claims: Sequence[ClaimRecord] | Sequence[SiblingsOfClaim]) -> str:
    """Whether the instrument refuted every false sibling, in a sentence that names those it did not."""
    siblings = [(claim.id, sibling) for claim in claims for sibling in claim.siblings]
    alive = [f"{label}~{s.name}" for label, s in siblings if s.verdict is not Verdict.REFUTED]
    if not siblings:
        return "No false sibling was tried."
    if alive:
        were = "was" if len(alive) == 1 else "were"
        return f"{len(alive)} of {len(siblings)} false siblings {were} not refuted: {', '.join(alive)}."
    if len(siblings) == 1:
        return "The false sibling was refuted, as it must be."
    return f"All {len(siblings)} false siblings were refuted, as they must be."


def agreement_conclusion(agreement: AgreementRecord) -> str:
    """How many verdicts agree with the reference, what is unexplained, what does not apply or run.

    Where a claim never reads what is varied, its verdict is no agreement and is counted apart.
    """
    rows = [row for row in agreement.rows if row.applicable]
    idle = len(agreement.rows) - len(rows)
    apart = [row for row in rows if not row.agrees]
    open_rows = [f"{row.id} in {row.variation}" for row in apart if not row.explained]
    sentence = f"Agreement: {len(rows) - len(apart)} of {len(rows)} verdicts are those of the reference"
    if apart:
        explained = len(apart) - len(open_rows)
        sentence += f", {explained} disagreement{' is' if explained == 1 else 's are'} explained"
    if open_rows:
        are = "is" if len(open_rows) == 1 else "are"
        sentence += f", {len(open_rows)} {are} UNEXPLAINED: {', '.join(open_rows)}"
    if idle:
        are = "is" if idle == 1 else "are"
        sentence += f"; {idle} more {are} not applicable, as the claim never reads what was varied"
    absent = [f"{v.name} ({v.absent})" for v in agreement.variations if v.absent]
    missing = f" Not run: {'; '.join(absent)}." if absent else ""
    return f"{sentence}.{missing}"


def agreement_rows(agreement: AgreementRecord) -> list[tuple[str, Verdict, dict[str, AgreementRow]]]:
    """For each claim its label, its verdict in the reference, and its row under each variation."""
    found: dict[str, tuple[str, Verdict, dict[str, AgreementRow]]] = {}
    for row in agreement.rows:
        found.setdefault(row.id, (row.id, row.reference, {}))[2][row.variation] = row
    return list(found.values())


def agreement_change(row: AgreementRow) -> str:
    """How far a claim's numbers moved under a variation."""
    if not row.applicable:
        return "not applicable"
    if row.identical:
        return "identical"
    lost = f", {count(row.lost)} instances lost" if row.lost else ""
    return f"slack moved {number(row.slack_change, 2)}{lost}"
