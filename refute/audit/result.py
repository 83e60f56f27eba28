"""What an audit of one claim found."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from refute.audit.blame import Blame
from refute.audit.judgement import Judgement
from refute.audit.plans import plan_of
from refute.audit.verdict import Verdict
from refute.basics.errors import one_line, place_of, place_of_function
from refute.evidence.sequential import FALSE_ALARM_LEVEL, Design, design
from refute.statement.claim import Claim
from refute.statement.claim_code import Step
from refute.statement.comparison import Comparison
from refute.statement.instance import Instance
from refute.statement.sibling import Sibling


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


# Longer ones are told by their shapes; --traceback has them whole.
_READABLE = 300
"""Characters of an instance that a line of an error holds."""


@dataclass(frozen=True)
class Failure:
    """Code of a claim that raised: a sentence with the error, its place and the instance; and all of it."""

    sentence: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException, instance: Instance | None, claim: Claim | None = None) -> Failure:
        """What is told of an error that was raised on an instance, or on none.

        claim: whose check or draw is named where no line of the paper raised it.
        """
        code = place_of_function(claim and (claim.check or claim.draw))
        whole = "" if instance is None else f" on {instance!r}"
        short = whole if len(whole) <= _READABLE or instance is None else f" on {instance.describe()}"
        lines = "".join(traceback.format_exception(error))
        return cls(
            f"{one_line(error)} ({place_of(error, code)}){short}", f"{lines}{whole.strip()}\n".lstrip()
        )


@dataclass(frozen=True)
class Result:
    """All that an audit of one claim found.

    level: of its trials. classes: how many instances of each class met the premise. failure: what an ERROR is
    of. shows: the verdict that a precision would have led to that decides nothing.
    """

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
    failure: Failure | None = None
    shows: Verdict | None = None

    def showing_only(self, dtype: str) -> Result:
        """What is left of a result in a precision that decides nothing: what it shows, and UNDECIDED.

        In float64 the result itself, and so is an ERROR, which says nothing of the statement. There is no
        counterexample: nobody could replay it as a refutation.
        """
        if dtype == "float64" or self.verdict is Verdict.ERROR:
            return self
        name = self.verdict.replace("_", " ")
        said = f"{dtype} decides nothing. It shows {name}: {self.because}"
        return replace(self, verdict=Verdict.UNDECIDED, because=said, shows=self.verdict, counterexample=None)

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
        """How many the sequential tests drew."""
        return sum(j.decision.trials for j in self.met if j.decision)

    @property
    def plans(self) -> tuple[Design, ...]:
        """The sequential tests of its trials: one, or one for every failure probability that was tested.

        None of a claim that is checked, and none of an ERROR.
        """
        if self.verdict is Verdict.ERROR or self.claim.failure_probability is None:
            return ()
        one = plan_of(self.claim, self.level)
        tested = {j.comparisons[0].bound for j in self.met if j.decision}
        return tuple(design(delta, self.level) for delta in sorted(tested)) if one is None else (one,)

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
