"""Who may import whom: read off the syntax."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import refute
from refute import numerics
from tests.refute.syntax import FILES, ROOMS, below, imported, label, parse

ROOT = Path(__file__).resolve().parents[2]


def forbidden_imports(room: str, tree: ast.AST) -> list[str]:
    """What a room imports although the house forbids it."""
    names = set(imported(tree))
    bad = {name for name in names if below(name, "tests", "conftest", "random", "benchmarks")}
    if room == "refute":
        bad |= {name for name in names if below(name, "claims", "models", "torch")}
    if room == "models":
        bad |= {name for name in names if below(name, "claims")}
        bad |= {name for name in names if below(name, "refute") and not below(name, "refute.numerics")}
    if room == "claims":
        bad |= {name for name in names if below(name, "refute") and not is_public(name)}
    return sorted(bad)


FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "refute": (
        ("basics", "numerics"),
        ("statement",),
        ("evidence",),
        ("inputs",),
        ("audit",),
        ("ledger", "pytest_plugin", "__init__"),
        ("sweep",),
        ("report",),
        ("cli",),
    ),
    "claims": (
        ("preliminaries", "contents"),
        ("kernels", "initialization", "perturbation", "convergence", "tied", "memorization"),
        ("width",),
        ("appendix",),
        ("paper",),
    ),
    "models": (("networks", "native"), ("kernels", "training"), ("certificate",)),
}
"""The rooms of each top folder from the ground up: a room may use those on the floors below its own."""


def floors(top: str) -> dict[str, int]:
    return {room: level for level, rooms in enumerate(FLOORS[top]) for room in rooms}


def room_of(top: str, name: str) -> str:
    """The room of a module of a top folder, by its dotted name."""
    inner = name.removeprefix(top).removeprefix(".").partition(".")[0]
    return inner if inner in floors(top) else ""


def arrows_up(top: str, room: str, tree: ast.AST) -> list[str]:
    """The rooms that a module of a room imports although they are not below it."""
    used = {room_of(top, name) for name in imported(tree) if below(name, top)} - {room, ""}
    level = floors(top)
    return sorted(other for other in used if level[other] >= level[room])


def is_public(name: str) -> bool:
    """Whether a name of the instrument is for papers: what `refute` and `refute.numerics` export."""
    home, _, last = name.rpartition(".")
    return name in ("refute", "refute.numerics") or (
        last in {"refute": refute, "refute.numerics": numerics}[home].__all__
        if home in ("refute", "refute.numerics")
        else False
    )


def test_the_rooms_are_there() -> None:
    for room in ROOMS:
        assert sum(path.is_relative_to(ROOT / room) for path in FILES) >= 5


@pytest.mark.parametrize("path", FILES, ids=label)
def test_imports_point_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert forbidden_imports(room, parse(path)) == []


@pytest.mark.parametrize("path", FILES, ids=label)
def test_no_arrow_between_rooms_runs_back_up(path: Path) -> None:
    top, inner, *_ = path.relative_to(ROOT).parts
    room = inner.removesuffix(".py")
    if (top, room) in (("claims", "__init__"), ("models", "__init__")):
        assert not [name for name in imported(parse(path)) if below(name, top)]
        return
    assert arrows_up(top, room, parse(path)) == []


def test_every_room_has_its_floor_and_no_level_too_many() -> None:
    for top in ROOMS:
        inside = {
            path.relative_to(ROOT / top).parts[0].removesuffix(".py")
            for path in FILES
            if path.is_relative_to(ROOT / top)
        }
        assert inside - {"__init__"} == floors(top).keys() - {"__init__"}
        assert len(inside) <= 12


@pytest.mark.parametrize("path", [path for path in FILES if path.name == "__init__.py"], ids=label)
def test_every_folder_says_its_one_job_in_one_sentence(path: Path) -> None:
    first, *_ = (ast.get_docstring(parse(path)) or "").split("\n\n")
    assert first.rstrip().endswith(".")


@pytest.mark.parametrize(
    ("top", "room", "source", "up"),
    [
        ("refute", "statement", "from refute.audit.verdict import Verdict", ["audit"]),
        ("refute", "audit", "def f():\n    import refute.report.page", ["report"]),
        ("refute", "inputs", "from refute.audit import environment", ["audit"]),
        ("models", "networks", "from models.kernels.limit import angles", ["kernels"]),
        ("models", "kernels", "from models.training.descent import descend", ["training"]),
        ("claims", "kernels", "from claims.appendix.plots import plots", ["appendix"]),
        ("refute", "audit", "from refute.statement.claim import Claim", []),
        ("models", "certificate", "from models.kernels.limit import angles", []),
    ],
)
def test_an_arrow_that_runs_back_up_is_noticed(top: str, room: str, source: str, up: list[str]) -> None:
    assert arrows_up(top, room, ast.parse(source)) == up


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("refute", "import torch"),
        ("refute", "import torch.nn as nn"),
        ("refute", "def f():\n    from claims import arrays"),
        ("refute", "from models.kernels.finite import encoder_kernel"),
        ("models", "from claims.preliminaries.arrays import tensor"),
        ("models", "from refute import Instance"),
        ("models", "import refute.statement.instance"),
        ("claims", "from tests.refute import planted"),
        ("claims", "import random"),
        ("claims", "from refute.statement.claim import Claim"),
        ("claims", "from refute.numerics.rounding import gamma"),
        ("claims", "from refute import statement"),
        ("models", "from random import random"),
    ],
)
def test_a_forbidden_import_is_noticed(room: str, source: str) -> None:
    assert forbidden_imports(room, ast.parse(source))


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("models", "from refute.numerics.rounding import gamma"),
        ("models", "import torch"),
        ("claims", "from refute.numerics import gamma"),
        ("claims", "from refute import Claim\nfrom models.kernels.finite import encoder_kernel"),
        ("refute", "from refute.statement.claim import Claim"),
    ],
)
def test_an_allowed_import_is_not(room: str, source: str) -> None:
    assert forbidden_imports(room, ast.parse(source)) == []
