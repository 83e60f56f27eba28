"""refute: an instrument that audits theorems the way a referee would, by trying to refute them.

A claim states its quantifiers; the instrument answers each with its own tool: *for all data* by a search that
shrinks what it finds, *with probability* by independent trials and an anytime-valid test at a stated level,
*for all time* by a certificate that the claim brings. This package knows nothing of the paper under audit: a
paper brings `claims/` and `models/`.
"""

from refute.claim import (
    Claim,
    Compute,
    Cost,
    Findings,
    Kind,
    Sibling,
    Status,
    Step,
    Trials,
    Unmet,
)
from refute.finding import Finding, Outcome, Relation, at_least, at_most, equal
from refute.instance import Instance

__all__ = [
    "Claim",
    "Compute",
    "Cost",
    "Finding",
    "Findings",
    "Instance",
    "Kind",
    "Outcome",
    "Relation",
    "Sibling",
    "Status",
    "Step",
    "Trials",
    "Unmet",
    "at_least",
    "at_most",
    "equal",
]

__version__ = "0.1.0"
