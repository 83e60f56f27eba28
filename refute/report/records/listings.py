"""The records of the shorter JSON files: siblings, the graph, slack, the list of claims, and data."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from refute.report.records.audit import SiblingRecord
from refute.statement.comparison import Relation
from refute.statement.kinds import Kind, Status


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


class DataRecord(Struct, frozen=True, kw_only=True):
    """What the theory says of data, "refute-data/1". The paper's own numbers stand beside these keys.

    source: the file, with the array in it, or the data set. samples: rows or columns. read_as: what a text
    file was taken for.
    """

    schema: Literal["refute-data/1"] = "refute-data/1"
    source: str
    samples: str
    read_as: tuple[str, ...]
    facts: tuple[FactRecord, ...]
    dropped: tuple[DroppedRow, ...]
    conclusion: str
