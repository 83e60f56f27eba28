"""refute: an instrument that audits theorems the way a referee would, by trying to refute them.

A claim states its quantifiers; the instrument answers each with its own tool: *for all data* by a search that
shrinks what it finds, *with probability* by independent trials and an anytime-valid test at a stated level,
*for all time* by a certificate that the claim brings. This package knows nothing of the paper under audit: a
paper brings `claims/` and `models/`.
"""

from refute.statement.claim import Claim, Findings, Sibling, Step, Trials, Unmet
from refute.statement.comparison import Finding, Outcome, Relation, at_least, at_most, equal
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Cost, Kind, Status

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
