"""How the search of a claim is spent: half on typical instances, half on classes, each by its strategy."""

from __future__ import annotations

from functools import partial

from refute.audit.judgement import Judgement
from refute.evidence.search import MORE, Stratum
from refute.evidence.seeds import search_seed
from refute.statement.claim import Claim
from refute.statement.instance import Instance


def strata_of(claim: Claim, total: int, master: int) -> tuple[Stratum[Judgement], ...]:
    """The strata of a search over about `total` instances, typical ones first.

    A sibling that must fall in one class is searched there first, and as hard as among typical instances.
    """
    typical, each = _shares(claim, total)
    parts = {
        name: Stratum(
            strategy,
            typical if _is_aim(claim, name) else each,
            search_seed(master, f"{claim.id}/{name}"),
            partial(_met_in, claim, name),
        )
        for name, strategy in claim.strata.items()
    }
    usual = Stratum(claim.instances, typical, search_seed(master, claim.id), _met)
    first = [stratum for name, stratum in parts.items() if _is_aim(claim, name)]
    others = [stratum for name, stratum in parts.items() if not _is_aim(claim, name)]
    return (*first, usual, *others)


def most_instances(claim: Claim, total: int) -> int:
    """How many instances a search may judge at most before it finds a violation."""
    typical, each = _shares(claim, total)
    return len(claim.first) + typical + len(claim.strata) * each + (1 + len(claim.strata)) * MORE


def _shares(claim: Claim, total: int) -> tuple[int, int]:
    """How many instances are typical, and how many each stratum gets: at least one, whatever the total."""
    if not claim.strata:
        return total, 0
    each = max(1, total // 2 // len(claim.strata))
    return max(total - each * len(claim.strata), (total + 1) // 2), each


def _is_aim(claim: Claim, name: str) -> bool:
    return claim.aim is not None and claim.aim.where == name


def _met(_: Instance, judgement: Judgement) -> bool:
    return judgement.unmet is None


def _met_in(claim: Claim, name: str, instance: Instance, judgement: Judgement) -> bool:
    return judgement.unmet is None and claim.belongs(instance, name)
