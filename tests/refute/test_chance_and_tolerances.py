"""Where chance may come from, and where no tolerance is written: read off the syntax."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.refute.syntax import FILES, below, dotted, label, parse

GENERATORS = {"Generator", "Philox", "PCG64", "PCG64DXSM", "SFC64", "MT19937", "SeedSequence", "BitGenerator"}
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like"}
TORCH_DRAWS |= {"randn_like", "randint_like", "poisson"}
TORCH_SEEDS = {"manual_seed", "seed", "set_rng_state"}
TOLERANCES = {"atol", "rtol", "abs_tol", "rel_tol", "tol", "tolerance", "abs", "rel", "eps"}


def global_randomness(tree: ast.AST) -> list[str]:
    """Uses of generators that are not passed in: the global state of numpy and of torch."""
    seeded = {id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call) and _is_seeded(call)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            head, _, last = name.rpartition(".")
            # Reading where the global generator is draws nothing.
            drawn = last not in {*GENERATORS, "get_state"} and id(node) not in seeded
            if head in ("np.random", "numpy.random") and drawn:
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


@pytest.mark.parametrize("path", FILES, ids=label)
def test_chance_comes_from_generators_that_are_passed_in(path: Path) -> None:
    assert global_randomness(parse(path)) == []


@pytest.mark.parametrize("path", FILES, ids=label)
def test_no_tolerance_is_a_literal(path: Path) -> None:
    assert literal_tolerances(parse(path)) == []


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
