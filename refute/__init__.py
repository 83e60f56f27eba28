"""refute: an instrument that audits theorems the way a referee would, by trying to refute them.

A claim states its quantifiers; the instrument answers each with its own tool: *for all data* by a search that
shrinks what it finds, *with probability* by independent trials and an anytime-valid test at a stated level,
*for all time* by a certificate that the claim brings. This package knows nothing of the paper under audit: a
paper brings `claims/` and `models/`.

What a paper needs is here and in `refute.numerics`; nothing else is public. Names are imported when they are
first asked for, so that a command pays for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from refute.basics.version import __version__

if TYPE_CHECKING:
    from refute.evidence.exponents import median_interval, slopes
    from refute.evidence.seeds import stream_key, trial_generators
    from refute.inputs.datasets import DATASETS
    from refute.inputs.tables import choose_rows, load_dataset
    from refute.numerics.exact import exact
    from refute.statement.certified import (
        ArrayField,
        Blamed,
        Certainty,
        Certified,
        Certifier,
        Condition,
        Line,
        Proof,
        State,
        ValueField,
    )
    from refute.statement.claim import Claim
    from refute.statement.claim_code import (
        NO_INSTANCE,
        OUT_OF_DIGITS,
        Class,
        Comparisons,
        Step,
        Trials,
        Unmet,
    )
    from refute.statement.comparing import at_least, at_most, equal, settled, settled_exactly
    from refute.statement.comparison import Comparison, Outcome, Relation
    from refute.statement.headline import Headline, Quantity
    from refute.statement.instance import Instance
    from refute.statement.kinds import Compute, Cost, Kind, Status
    from refute.statement.paper import DataFact, DataPage, DataReport, DataTable, Entry, Paper
    from refute.statement.plot import Axis, Mark, Plot, Series
    from refute.statement.sibling import Sibling
    from refute.statement.sweep import Cell, Sweep, Trial
    from refute.statement.table import Table

_NAMES = {
    "evidence.exponents": "median_interval slopes",
    "evidence.seeds": "stream_key trial_generators",
    "inputs.datasets": "DATASETS",
    "inputs.tables": "choose_rows load_dataset",
    "numerics.exact": "exact",
    "statement.certified": "ArrayField Blamed Certainty Certified Certifier Condition Line Proof State "
    "ValueField",
    "statement.claim": "Claim",
    "statement.claim_code": "NO_INSTANCE OUT_OF_DIGITS Class Comparisons Step Trials Unmet",
    "statement.comparing": "at_least at_most equal settled settled_exactly",
    "statement.comparison": "Comparison Outcome Relation",
    "statement.headline": "Headline Quantity",
    "statement.instance": "Instance",
    "statement.kinds": "Compute Cost Kind Status",
    "statement.paper": "DataFact DataPage DataReport DataTable Entry Paper",
    "statement.plot": "Axis Mark Plot Series",
    "statement.sibling": "Sibling",
    "statement.sweep": "Cell Sweep Trial",
    "statement.table": "Table",
}
_HOMES = {name: f"refute.{module}" for module, names in _NAMES.items() for name in names.split()}

__all__ = [
    "DATASETS",
    "NO_INSTANCE",
    "OUT_OF_DIGITS",
    "ArrayField",
    "Axis",
    "Blamed",
    "Cell",
    "Certainty",
    "Certified",
    "Certifier",
    "Claim",
    "Class",
    "Comparison",
    "Comparisons",
    "Compute",
    "Condition",
    "Cost",
    "DataFact",
    "DataPage",
    "DataReport",
    "DataTable",
    "Entry",
    "Headline",
    "Instance",
    "Kind",
    "Line",
    "Mark",
    "Outcome",
    "Paper",
    "Plot",
    "Proof",
    "Quantity",
    "Relation",
    "Series",
    "Sibling",
    "State",
    "Status",
    "Step",
    "Sweep",
    "Table",
    "Trial",
    "Trials",
    "Unmet",
    "ValueField",
    "__version__",
    "at_least",
    "at_most",
    "choose_rows",
    "equal",
    "exact",
    "load_dataset",
    "median_interval",
    "settled",
    "settled_exactly",
    "slopes",
    "stream_key",
    "trial_generators",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'refute' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
