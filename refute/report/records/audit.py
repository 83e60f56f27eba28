"""The record of an audit, "refute-audit/1": what the file, the page, the tables and the ledger are made of.

Fields with a default may be missing in what is read: audits of earlier versions do not have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from refute.audit.verdict import Verdict
from refute.basics.json_numbers import Amount, Count, Share
from refute.statement.claim import Text
from refute.statement.claim_code import Step
from refute.statement.comparison import ComparisonRecord
from refute.statement.headline import Headline
from refute.statement.instance import Instance
from refute.statement.kinds import Cost, Kind, Status
from refute.statement.paper import Entry
from refute.statement.plot import Plot


class WitnessRecord(Struct, frozen=True, kw_only=True):
    """A counterexample. file: relative to the report; path: as it was written."""

    file: str
    path: str = ""
    instance: Instance
    findings: tuple[ComparisonRecord, ...]
    summary: str
    confirmed: bool


class SiblingRecord(Struct, frozen=True, kw_only=True):
    """A false sibling: what it says, how it must fall, and what became of it."""

    name: str
    statement: str
    because: str
    falls: str = ""
    where: str = ""
    verdict: Verdict
    reason: str = ""
    instances: Count
    trials: Count
    seconds: Amount
    worst_slack: float | None
    witness: WitnessRecord | None


class PartRecord(ComparisonRecord, frozen=True, kw_only=True):
    """The comparison of one part of a statement that came closest to failing, with its instance.

    judged: on how many instances the part was. margins: how near these came (`refute.report.spread`).
    """

    instance: Instance
    judged: Count = 0
    margins: tuple[float, ...] = ()


class MeasuredRecord(Struct, frozen=True, kw_only=True):
    """What trials measured; low or high None: too few trials for an interval."""

    median: float
    low: float | None
    high: float | None
    level: Share
    trials: Count
    instance: Instance


class BlameRecord(Struct, frozen=True, kw_only=True):
    """Which used claim is false where a claim is refuted, or which ones hold."""

    false: str | None
    path: tuple[str, ...]
    instance: Instance | None
    findings: tuple[ComparisonRecord, ...]
    held: tuple[str, ...]
    skipped: Mapping[str, str]
    sentence: str


class ClaimRecord(Struct, frozen=True, kw_only=True):
    """All that an audit says of one claim."""

    id: str
    slug: str
    title: str
    chapter: str
    kind: Kind
    status: Status
    finding: str
    uses: tuple[str, ...]
    cost: Cost
    verdict: Verdict
    shows: Verdict | None = None
    because: str
    instances: Count
    premise_reach: Share
    unmet: Mapping[str, Count]
    trials: Count
    alpha: Share | None
    power: Share | None
    alternative: float | None = None
    failure_probability: Share | None
    undecided: Count
    ties: Count
    worst_slack: float | None
    parts: tuple[PartRecord, ...]
    measured: MeasuredRecord | None = None
    classes: Mapping[str, Count]
    remarks: Mapping[str, Count] = {}
    proof: tuple[Step, ...]
    lemmas: tuple[Step, ...]
    steps: Count
    horizon: Count
    seconds: Amount
    blame: BlameRecord | None = None
    witness: WitnessRecord | None
    chapter_title: str
    text: Text
    siblings: tuple[SiblingRecord, ...]


class VariationRecord(Struct, frozen=True, kw_only=True):
    """One way to compute. absent: why it could not run; empty if it did."""

    name: str
    device: str
    dtype: str
    threads: Count
    absent: str
    seconds: Amount


class AgreementRow(Struct, frozen=True, kw_only=True):
    """One claim under one variation, compared with the reference."""

    id: str
    variation: str
    reference: Verdict
    verdict: Verdict
    slack_change: Amount | None
    identical: bool
    changed: Count
    lost: Count
    explained: bool
    explanation: str
    agrees: bool
    applicable: bool = True


class AgreementRecord(Struct, frozen=True, kw_only=True):
    """The agreement matrix, rows by variation and then by claim."""

    reference: VariationRecord
    variations: tuple[VariationRecord, ...]
    rows: tuple[AgreementRow, ...]


class BudgetRecord(Struct, frozen=True, kw_only=True):
    """What the statistics of the audit can get wrong; `planned` may not exceed `limit`."""

    level_per_instance: Share
    instances: Count
    bound: Amount
    planned: Amount | UnsetType = UNSET
    limit: Amount | UnsetType = UNSET


class ControlRecord(Struct, frozen=True, kw_only=True):
    """A planted statement of known truth that went through the same pipeline. wrong: empty if all is well."""

    name: str
    statement: str
    expected: Verdict
    verdict: Verdict
    wrong: str


class AuditRecord(Struct, frozen=True, kw_only=True):
    """A whole audit. agreement: None where it was not asked for. plots: empty without a report."""

    schema: Literal["refute-audit/1"] = "refute-audit/1"
    title: str
    source: str
    findings: Mapping[str, str] = {}
    unchecked: Mapping[str, str] = {}
    omitted: tuple[Entry, ...] = ()
    headlines: tuple[Headline, ...] = ()
    environment: Mapping[str, str]
    seed: int
    profile: str
    device: str
    dtype: str
    started: str
    seconds: Amount
    interrupted: bool = False
    budget: BudgetRecord
    controls: tuple[ControlRecord, ...] = ()
    claims: tuple[ClaimRecord, ...]
    agreement: AgreementRecord | None = None
    plots: tuple[Plot, ...]
