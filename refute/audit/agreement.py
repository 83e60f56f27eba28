"""The agreement matrix: instances judged again in another precision, on other threads, on another device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from refute.audit.disagreement import Judged, explain, matched
from refute.audit.environment import threads_of
from refute.audit.judgement import Judgement, confirm, judge
from refute.audit.result import Result
from refute.audit.verdict import Verdict, decide
from refute.audit.watched_compute import FIELDS, WatchedCompute
from refute.basics.errors import one_line
from refute.statement.comparison import Outcome
from refute.statement.instance import Instance
from refute.statement.kinds import Compute
from refute.statement.paper import Paper


@dataclass(frozen=True)
class Variation:
    """One way to compute: device, dtype and threads (0 if the paper cannot set them).

    absent: why it cannot run here; empty if it can. seconds: what it took.
    """

    name: str
    device: str
    dtype: str
    threads: int
    absent: str = ""
    seconds: float = 0.0


_DECIDING = Variation("float64 on cpu", "cpu", "float64", 0)


@dataclass(frozen=True)
class Agreement:
    """One claim under one variation, compared with the reference on the same instances.

    slack_change: the largest change of the smallest slack of a part of the statement, itself a share of the
    numbers compared; None if nothing was measured. identical: every number is the same to the last bit.
    changed: comparisons whose outcome changed. lost: instances that no longer meet the premise. explained:
    the verdicts agree, or rounding or premise say why not; `explanation` has the numbers. applicable: the
    code of the claim read what is varied, or came to other numbers all the same; otherwise nothing was put to
    the test, and `identical` is False.
    """

    id: str
    variation: str
    reference: Verdict
    verdict: Verdict
    slack_change: float | None
    identical: bool
    changed: int
    lost: int
    explained: bool = True
    explanation: str = ""
    applicable: bool = True

    @classmethod
    def failed(cls, label: str, variation: str, reference: Verdict, why: str) -> Agreement:
        """Of a claim that could not be judged under a variation: an ERROR, and unexplained."""
        return cls(label, variation, reference, Verdict.ERROR, None, False, 0, 0, False, why)


@dataclass
class Matrix:
    """All comparisons so far; `interrupted` if Ctrl-C cut them short."""

    reference: Variation
    variations: list[Variation]
    rows: list[Agreement] = field(default_factory=list)
    interrupted: bool = False

    @property
    def unexplained(self) -> bool:
        """Some disagreement has no explanation."""
        return not all(row.explained for row in self.rows)


def planned(paper: Paper, compute: Compute) -> Matrix:
    """The reference and its variations: float32, other threads, and the other kind of device."""
    threads = threads_of(paper)
    here = Variation(f"{compute.dtype} on {compute.device}", compute.device, compute.dtype, threads)
    other = 2 if threads == 1 else 1
    named = f"{other} thread{'s' if other > 1 else ''}"
    unknown = "OMP_NUM_THREADS is no number" if paper.set_threads else "the paper cannot set its threads"
    device = "cpu" if compute.device == "cuda" else "cuda"
    absent = ""
    try:
        device = paper.resolve_device(device)
    except ValueError as error:
        absent = str(error)
    return Matrix(
        here,
        [
            replace(here, name="float32", dtype="float32"),
            replace(here, name=named, threads=other, absent="" if threads else unknown),
            replace(here, name=device, device=device, absent=absent),
        ],
    )


def complete(matrix: Matrix, rows: Sequence[tuple[Agreement, float]], order: Sequence[str]) -> Matrix:
    """The matrix with these rows and the seconds each took, by variation and then by claim, in `order`."""
    places = {variation.name: place for place, variation in enumerate(matrix.variations)}
    spent = dict.fromkeys(places, 0.0)
    for row, seconds in rows:
        spent[row.variation] += seconds
    found = sorted((row for row, _ in rows), key=lambda row: (places[row.variation], order.index(row.id)))
    variations = [replace(one, seconds=spent[one.name]) for one in matrix.variations]
    return replace(matrix, variations=variations, rows=found)


def compare_on(
    paper: Paper | None,
    result: Result,
    variation: Variation,
    master: int,
    level: float,
    reference: Variation = _DECIDING,
) -> Agreement:
    """`compare` on the threads of the variation, which are set back afterwards."""
    try:
        _set_threads(paper, variation.threads)
        return compare(result, variation, master, level, reference)
    finally:
        _set_threads(paper, reference.threads)


def compare(
    result: Result, variation: Variation, master: int, level: float, reference: Variation = _DECIDING
) -> Agreement:
    """One claim under one variation; what its code raises there is the verdict ERROR, and unexplained."""
    compute = WatchedCompute(variation.device, variation.dtype)
    row = Agreement.failed(result.claim.id, variation.name, result.verdict, "")
    try:
        judged = [(i, judge(result.claim, i, compute, master, level)) for i, _ in result.judged]
        verdict, because = _verdict(result, judged, compute, master)
    except Exception as error:
        return replace(row, explanation=one_line(error))
    pairs = list(matched(result.judged, judged))
    same = all(_numbers(a) == _numbers(b) for (_, a), (_, b) in zip(result.judged, judged, strict=True))
    applicable = not same or _applies(variation, reference, compute)
    row = replace(
        row,
        verdict=verdict,
        explained=True,
        slack_change=_slack_change(result.judged, judged),
        identical=same and applicable,
        changed=sum(a.outcome is not b.outcome for a, b in pairs),
        lost=sum(not a.unmet and bool(b.unmet) for (_, a), (_, b) in zip(result.judged, judged, strict=True)),
        applicable=applicable,
    )
    if verdict is result.verdict:
        return row
    explained, why = explain(result.judged, judged, pairs, variation.name)
    return replace(row, explained=explained, explanation=f"{because.rstrip('.')}. {why}")


def _applies(variation: Variation, reference: Variation, compute: WatchedCompute) -> bool:
    """Whether a claim read what is varied. Threads are set for the process: every claim may feel them."""
    varied = {name for name in FIELDS if getattr(variation, name) != getattr(reference, name)}
    return not varied or bool(varied & compute.read)


def _verdict(result: Result, judged: Judged, compute: Compute, master: int) -> tuple[Verdict, str]:
    """The verdict from given judgements, as an audit reaches it."""
    instance, worst = max(judged, key=lambda pair: pair[1].violation, default=(Instance(), Judgement()))
    if worst.violation > 0:
        second = confirm(result.claim, instance, compute, master)
        failing = next(f.sentence() for f in worst.comparisons if f.outcome is Outcome.VIOLATED)
        return (Verdict.REFUTED if second.violation > 0 else Verdict.UNDECIDED), failing
    return decide(result.claim, judged, result.proof, result.lemmas)


def _numbers(judgement: Judgement) -> list[tuple[float, float, float]]:
    return [(f.measured, f.bound, f.rounding) for f in judgement.comparisons]


def _worst(judged: Judged) -> Mapping[str, float]:
    worst: dict[str, float] = {}
    for _, judgement in judged:
        for comparison in judgement.comparisons:
            worst[comparison.label] = min(comparison.slack, worst.get(comparison.label, comparison.slack))
    return worst


def _slack_change(before: Judged, after: Judged) -> float | None:
    first = _worst(before)
    second = _worst(after)
    return max((abs(first[label] - second[label]) for label in first.keys() & second.keys()), default=None)


def _set_threads(paper: Paper | None, threads: int) -> None:
    if paper is not None and paper.set_threads is not None and threads > 0:
        paper.set_threads(threads)
