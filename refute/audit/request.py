"""What to audit and how, and at which level the trials of each instance are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from refute.audit.profiles import Profile
from refute.audit.strata import most_instances
from refute.basics.errors import InputError
from refute.evidence.sequential import FALSE_ALARM_LEVEL
from refute.statement.claim import Claim
from refute.statement.kinds import Compute


@dataclass(frozen=True)
class Request:
    """What to audit and how: claims in order, profile, seed, device and dtype, with or without siblings.

    book: all claims of the paper, for the blame of one that is refuted. levels: of the trials of one
    instance, by claim, where a ledger reserved one.
    """

    claims: Sequence[Claim]
    profile: Profile
    seed: int
    compute: Compute
    with_siblings: bool = False
    book: Sequence[Claim] = ()
    levels: Mapping[str, float] = field(default_factory=dict)

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
