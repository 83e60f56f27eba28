"""What a mutant is: a module with one node of its syntax tree changed; and which tests it is shown to.

A comparison, operator, constant, condition, return value or statement. Docstrings, annotations, decorators
and the text of errors are left alone: no test should see them.
"""

from __future__ import annotations

import ast
import copy
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
TESTS: Mapping[str, Sequence[str]] = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text())
"""By module the tests that see its mutants, where these are not those of its mirrored file."""
"""Modules (without .py) whose tests are not in the one file of the same name."""
HIDDEN = {"annotation", "returns", "decorator_list", "type_params"}


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes whose behaviour a test can see, in source order."""
    for field, value in ast.iter_fields(tree):
        if field in HIDDEN or isinstance(tree, (ast.Raise, ast.JoinedStr)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from nodes(child)


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """(description, replacement) for each change of one node."""
    if isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in SWAPS:
        op = SWAPS[type(node.op)]
        yield f"{type(node.op).__name__} -> {op.__name__}", revised(node, op=op())
    if isinstance(node, ast.Compare):
        for i, old in enumerate(node.ops):
            ops = list(node.ops)
            ops[i] = SWAPS[type(old)]()  # type: ignore[call-overload]
            yield f"{type(old).__name__} -> {type(ops[i]).__name__}", revised(node, ops=ops)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} -> {not node.value}", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield f"{node.value} -> {node.value + 1}", ast.Constant(node.value + 1)
    if isinstance(node, ast.UnaryOp):
        yield f"{type(node.op).__name__} dropped", node.operand
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield "condition negated", revised(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Return) and node.value is not None:
        yield "return None", ast.Return(ast.Constant(None))
    call = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    if call or isinstance(node, (ast.Raise, ast.AugAssign)):
        yield "statement dropped", ast.Pass()


def revised(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with some fields changed."""
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


class Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """Exchange the node, wherever it is."""
        return self.new if node is self.old else super().generic_visit(node)


def mutants(source: str) -> list[tuple[int, str, int]]:
    """(line, description, index of the node) of every mutant of a source, in order."""
    found = enumerate(nodes(ast.parse(source)))
    return [(getattr(n, "lineno", 0), text, i) for i, n in found for text, _ in changes(n)]


def mutated(source: str, number: int) -> str:
    """The source with mutant ``number`` of ``mutants`` in it, without comments."""
    tree = ast.parse(source)
    old, new = [(n, new) for n in nodes(tree) for _, new in changes(n)][number]
    Replace(old, new).visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))
