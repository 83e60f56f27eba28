"""What to audit and how, and at which level the trials of each instance are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from refute.audit.profiles import Profile
from refute.audit.strata import most_instances
from refute.basics.errors import InputError
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.kinds import Compute, Cost

# For the order in which claims are begun, and nothing else: a wrong guess costs time and changes no number.
_SECONDS = {Cost.SLOW: 4.0, Cost.MEDIUM: 2.0, Cost.FAST: 1.0}
"""Seconds that a claim of each cost takes, of which there is no earlier audit."""


@dataclass(frozen=True)
class Terms:
    """What all pieces of an audit have in common."""

    profile: Profile
    seed: int
    compute: Compute


@dataclass(frozen=True)
class Request:
    """What to audit and how: claims in order, profile, seed, device and dtype, with or without siblings.

    book: all claims of the paper, for the blame of one that is refuted. levels: of the trials of one
    instance, by claim, where a ledger reserved one. with_plots: whether the paper's plots are measured.
    known: seconds that a claim took in an earlier audit, by label.
    """

    claims: Sequence[Claim]
    profile: Profile
    seed: int
    compute: Compute
    with_siblings: bool = False
    book: Sequence[Claim] = ()
    levels: Mapping[str, float] = field(default_factory=dict)
    with_plots: bool = False
    known: Mapping[str, float] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        """What all pieces of this audit have in common."""
        return Terms(self.profile, self.seed, self.compute)

    def weight_of(self, claim: Claim) -> float:
        """Seconds that a claim should take: those of an earlier audit, else what its cost implies."""
        return self.known.get(claim.id, _SECONDS[claim.cost])

    def level_of(self, claim: Claim) -> float:
        """The level of the trials of one instance: what the ledger reserved, otherwise the default."""
        return self.levels.get(claim.id, FALSE_ALARM_LEVEL)

    @property
    def planned(self) -> float:
        """The most that levels times instances can add up to over the claims with trials.

        Instances that shrinking judges come after a first refutation and are not counted.
        """
        return sum(
            self.level_of(claim) * most_instances(claim, self.profile.instances[claim.cost])
            for claim in self.claims
            if claim.draw is not None
        )


def check_budget(request: Request) -> None:
    """Raise InputError if the levels of all instances that the profile allows could exceed its budget."""
    if request.planned > request.profile.budget:
        raise InputError(
            f"profile {request.profile.name}: the trials of these claims could raise a false alarm with "
            f"probability {request.planned:.2g}, above its budget of {request.profile.budget:g}; "
            "audit fewer claims at a time or lower their cost"
        )
