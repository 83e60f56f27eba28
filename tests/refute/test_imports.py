"""Who may import whom, where chance may come from, and where no tolerance is written: read off the syntax."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import refute
from refute import numerics

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("claims", "models", "refute")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
GENERATORS = {"Generator", "Philox", "PCG64", "PCG64DXSM", "SFC64", "MT19937", "SeedSequence", "BitGenerator"}
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like"}
TORCH_DRAWS |= {"randn_like", "randint_like", "poisson"}
TORCH_SEEDS = {"manual_seed", "seed", "set_rng_state"}
TOLERANCES = {"atol", "rtol", "abs_tol", "rel_tol", "tol", "tolerance", "abs", "rel", "eps"}


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names of all modules imported anywhere, `from a import b` as both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


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


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def global_randomness(tree: ast.AST) -> list[str]:
    """Uses of generators that are not passed in: the global state of numpy and of torch."""
    seeded = {id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call) and _is_seeded(call)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            head, _, last = name.rpartition(".")
            if head in ("np.random", "numpy.random") and last not in GENERATORS and id(node) not in seeded:
                found.append(name)
            if last in TORCH_SEEDS and below(head, "torch"):
                found.append(name)
        if isinstance(node, ast.Call):
            head, _, last = dotted(node.func).rpartition(".")
            if head == "torch" and last in TORCH_DRAWS:
                found.append(f"{head}.{last}" if not _has_generator(node) else "")
    return sorted(filter(None, found))


def _is_seeded(call: ast.Call) -> bool:
    """default_rng is a generator of its own when it is given a seed, and a dice cup when it is not."""
    return dotted(call.func).endswith("random.default_rng") and bool(call.args or call.keywords)


def _has_generator(call: ast.Call) -> bool:
    return any(keyword.arg == "generator" for keyword in call.keywords)


def literal_tolerances(tree: ast.AST) -> list[str]:
    """Keyword arguments with the name of a tolerance and a number for a value.

    Those of an Instance are quantified over and decide nothing.
    """
    return [
        f"{keyword.arg}={ast.unparse(keyword.value)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "Instance"
        for keyword in node.keywords
        if keyword.arg in TOLERANCES and _is_number(keyword.value)
    ]


def _is_number(node: ast.expr) -> bool:
    parts = list(ast.walk(node))
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, float) for part in parts
    ) and not any(isinstance(part, (ast.Name, ast.Attribute, ast.Call)) for part in parts)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


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


@pytest.mark.parametrize("path", FILES, ids=label)
def test_chance_comes_from_generators_that_are_passed_in(path: Path) -> None:
    assert global_randomness(parse(path)) == []


@pytest.mark.parametrize("path", FILES, ids=label)
def test_no_tolerance_is_a_literal(path: Path) -> None:
    assert literal_tolerances(parse(path)) == []


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


@pytest.mark.parametrize(
    "source",
    [
        "np.random.seed(0)",
        "x = np.random.rand(3)",
        "numpy.random.default_rng()",
        "draw = np.random.normal",
        "f(np.random.default_rng)",
        "torch.manual_seed(0)",
        "torch.cuda.manual_seed(0)",
        "torch.randn(3)",
        "torch.rand(3, dtype=torch.float64)",
    ],
)
def test_global_randomness_is_noticed(source: str) -> None:
    assert global_randomness(ast.parse(source))


def test_generators_that_are_passed_in_are_not_global() -> None:
    source = "def f(g: np.random.Generator):\n    g.normal(3)\n    torch.randn(3, generator=h)\n"
    source += "    np.random.default_rng([1, 2])\n"
    assert global_randomness(ast.parse(source + "np.random.Generator(np.random.Philox(key=k))")) == []


@pytest.mark.parametrize(
    "source", ["f(atol=1e-9)", "f(x, rtol=-1e-3)", "f(tolerance=2 * 1e-3)", "approx(1, rel=1e-6)"]
)
def test_a_literal_tolerance_is_noticed(source: str) -> None:
    assert literal_tolerances(ast.parse(source))


def test_a_derived_tolerance_is_not_literal() -> None:
    assert literal_tolerances(ast.parse("f(atol=4.0 * gamma(n), order=1e-3)")) == []


def test_a_number_that_is_quantified_over_is_no_tolerance() -> None:
    assert literal_tolerances(ast.parse("Instance(eps=0.5)")) == []
    assert literal_tolerances(ast.parse("Instance(X=f(eps=0.5))")) == ["eps=0.5"]
