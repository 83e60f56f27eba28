"""No module imports what imports it: the modules of each folder of the house are a graph without circles."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

import networkx as nx
import pytest

from tests.refute.syntax import FILES, ROOMS, ROOT, parse


def name_of(path: str) -> str:
    """The dotted name of a module; a folder is its `__init__.py`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def used(tree: ast.AST, modules: Collection[str]) -> Iterator[str]:
    """The modules that are imported: of `from a import b` the module a.b, or a where b is a name in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (name if name in modules else str(node.module) for name in inner)


def circles(trees: Mapping[str, ast.AST]) -> list[list[str]]:
    """The groups of modules that import one another, for types or inside a function as much as anywhere."""
    arrows = nx.DiGraph()
    arrows.add_edges_from((name, other) for name, tree in trees.items() for other in used(tree, trees))
    return sorted(sorted(group) for group in nx.strongly_connected_components(arrows) if len(group) > 1)


def test_no_modules_of_the_house_import_one_another() -> None:
    trees = {name_of(str(path.relative_to(ROOT))): parse(path) for path in FILES}
    assert {name.partition(".")[0] for name in trees} == set(ROOMS)
    assert circles(trees) == []


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"a.b": "from a.c import d", "a.c": "import a.b"}, [["a.b", "a.c"]]),
        ({"a.b": "from a import c", "a.c": "def f():\n    from a.b import g"}, [["a.b", "a.c"]]),
        (
            {"a.b": "import a.c", "a.c": "if TYPE_CHECKING:\n    import a.d", "a.d": "import a.b"},
            [["a.b", "a.c", "a.d"]],
        ),
        ({"a.b": "from a.c import d", "a.c": "import a.d", "a.d": "import json"}, []),
        ({"a": "from a.b import c", "a.b": "from a import d", "a.d": ""}, []),
        ({"a": "from a.b import c", "a.b": "from a import e", "a.d": ""}, [["a", "a.b"]]),
    ],
)
def test_a_circle_is_noticed(sources: dict[str, str], found: list[list[str]]) -> None:
    assert circles({name: ast.parse(source) for name, source in sources.items()}) == found
