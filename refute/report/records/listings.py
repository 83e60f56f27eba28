"""The records of the shorter JSON files: siblings, the graph, slack, the list of claims, and data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from refute.report.records.audit import SiblingRecord
from refute.statement.comparison import Relation
from refute.statement.kinds import Kind, Status
from refute.statement.paper import DataTable
from refute.statement.plot import Plot


class SiblingsOfClaim(Struct, frozen=True, kw_only=True):
    """The false siblings of one claim."""

    id: str
    slug: str
    siblings: tuple[SiblingRecord, ...]


class SiblingsRecord(Struct, frozen=True, kw_only=True):
    """What `refute siblings` found, "refute-siblings/1"."""

    schema: Literal["refute-siblings/1"] = "refute-siblings/1"
    seed: int
    profile: str
    interrupted: bool
    claims: tuple[SiblingsOfClaim, ...]


class NodeRecord(Struct, frozen=True, kw_only=True):
    """A claim in the graph. verdict: that of an audit, or "not judged"."""

    id: str
    slug: str
    title: str
    chapter: str
    chapter_title: str
    kind: Kind
    status: Status
    finding: str
    verdict: str


class EdgeRecord(Struct, frozen=True, rename={"claim": "from", "used": "to"}):
    """A claim, under the key `from`, and one that it uses, under the key `to`."""

    claim: str
    used: str


class GraphRecord(Struct, frozen=True, kw_only=True):
    """Which claim builds on which, "refute-graph/1"; nodes in reading order."""

    schema: Literal["refute-graph/1"] = "refute-graph/1"
    nodes: tuple[NodeRecord, ...]
    edges: tuple[EdgeRecord, ...]


class SlackRow(Struct, frozen=True, kw_only=True):
    """How near to equality one bound came. sizes: the instance in a line."""

    id: str
    part: str
    relation: Relation
    slack: float
    measured: float
    bound: float
    equality_predicted: bool
    trials: bool
    sizes: str


class FactRecord(Struct, frozen=True, kw_only=True):
    """A line on the data. holds: null where it is not an assumption, or where it was not computed."""

    name: str
    value: str
    holds: bool | None


class DroppedRow(Struct, frozen=True, kw_only=True):
    """A row that was dropped, and the earlier one that it repeats."""

    row: int
    repeats: int


class StatementRecord(Struct, frozen=True, kw_only=True):
    """A claim of the paper that was applied to data: what it says, and of what."""

    id: str
    title: str
    status: Status
    statement: str
    assumptions: str


class DataPageRecord(Struct, frozen=True, kw_only=True):
    """What a page shows beside the facts."""

    tables: tuple[DataTable, ...]
    plots: tuple[Plot, ...]
    statements: tuple[StatementRecord, ...]


class DataRecord(Struct, frozen=True, kw_only=True):
    """What the theory says of data, "refute-data/1". The paper's own numbers stand beside these keys.

    paper: its title. source: the file, with the array in it, or the data set. samples: rows or columns.
    counts: how many were chosen, and how many there are. read_as: what a text file was taken for. page: null
    where no page was asked for, and where it could not be made.
    """

    schema: Literal["refute-data/1"] = "refute-data/1"
    paper: str
    source: str
    samples: str
    counts: tuple[int, int]
    read_as: tuple[str, ...]
    facts: tuple[FactRecord, ...]
    dropped: tuple[DroppedRow, ...]
    seed: int
    device: str
    environment: Mapping[str, str]
    page: DataPageRecord | None
    conclusion: str
