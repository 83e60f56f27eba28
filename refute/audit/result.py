"""What an audit of one claim found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from refute.audit.blame import Blame
from refute.audit.judgement import Judgement
from refute.audit.verdict import Verdict
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim, Sibling, Step
from refute.statement.comparison import Comparison
from refute.statement.instance import Instance


@dataclass(frozen=True)
class Part:
    """The comparison of one part of a statement that came closest to failing, with its instance."""

    comparison: Comparison
    instance: Instance


@dataclass(frozen=True)
class Counterexample:
    """A violated instance, shrunk, and the second look at it (on fresh trials where there are trials)."""

    instance: Instance
    judgement: Judgement
    second: Judgement

    @property
    def confirmed(self) -> bool:
        """The second look found a violation too."""
        return self.second.violation > 0

    @property
    def summary(self) -> str:
        """The failing comparisons in words; for trials, both estimates."""
        failing = [f.sentence() for f in self.judgement.aimed if f.outcome.value == "violated"]
        if self.judgement.decision is not None:
            failing += [f"on a fresh stream: {f.detail}" for f in self.second.comparisons]
        return "; ".join(failing)


@dataclass(frozen=True)
class Result:
    """All that an audit of one claim found. level: of its trials."""

    claim: Claim
    verdict: Verdict
    because: str
    judged: tuple[tuple[Instance, Judgement], ...] = ()
    proof: tuple[Step, ...] = ()
    lemmas: tuple[Step, ...] = ()
    counterexample: Counterexample | None = None
    blame: Blame | None = None
    classes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    level: float = FALSE_ALARM_LEVEL
    siblings: tuple[tuple[Sibling, Result], ...] = field(default=())

    @property
    def met(self) -> tuple[Judgement, ...]:
        """The judgements of the instances that met the premise."""
        return tuple(j for _, j in self.judged if j.unmet is None)

    @property
    def premise_reach(self) -> float:
        """The share of judged instances that met the premise."""
        return len(self.met) / len(self.judged) if self.judged else 0.0

    @property
    def trials(self) -> int:
        """Initializations drawn by the sequential tests."""
        return sum(j.decision.trials for j in self.met if j.decision)

    @property
    def parts(self) -> tuple[Part, ...]:
        """For every part of the statement the comparison with the smallest slack, in order of appearance."""
        worst: dict[str, Part] = {}
        for instance, judgement in self.judged:
            for comparison in judgement.comparisons:
                if (
                    comparison.label not in worst
                    or comparison.slack < worst[comparison.label].comparison.slack
                ):
                    worst[comparison.label] = Part(comparison, instance)
        return tuple(worst.values())

    @property
    def worst_slack(self) -> float | None:
        """The smallest slack over parts and instances; None if nothing was measured."""
        return min((part.comparison.slack for part in self.parts), default=None)
