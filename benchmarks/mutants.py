"""What a mutant is: a module with one node of its syntax tree changed; and which tests it is shown to.

A comparison, operator, constant, condition, return value or statement. Docstrings, annotations, decorators
and the text of errors are left alone: no test should see them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

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
TESTS = {
    "models/autoencoder": "models/autoencoder models/gradients models/descent",
    "models/budget": "models/budget claims/sufficient_width",
    "models/certificate": "models/contraction models/certificate claims/c1",
    "models/checks": "models/autoencoder models/initial models/kernels models/predictor models/descent",
    "models/contraction": "models/allowances models/contraction_sizes models/contraction "
    "models/certificate claims/c1",
    "models/descent": "models/descent models/gradients",
    "models/initial": "models/initial models/journey",
    "models/kernel_balls": "models/kernel_balls claims/k1 claims/k3 claims/k6",
    "models/kernels": "models/kernels models/gram",
    "models/matrix_free": "models/matrix_free models/allowances models/defaults",
    "models/native/build": "models/defaults models/native",
    "models/native/loop": "models/native models/descent",
    "models/native/setup": "models/native models/descent",
    "models/outlook": "models/outlook models/journey",
    "models/point": "models/contraction_sizes models/contraction models/certificate claims/c1",
    "models/predictor": "models/predictor claims/m1 claims/trained_predictor",
    "models/run_rounding": "models/run_rounding models/journey",
    "models/torch_loop": "models/torch_loop models/descent models/native models/gradients",
    "models/tracking": "models/tracking models/allowances",
    "refute/agreement": "refute/results refute/agreement",
    "refute/audit": "refute/audit refute/ledger_rows refute/cli",
    "refute/blame": "refute/blame_json refute/blame",
    "refute/bookkeeping": "refute/ledger refute/ledger_rows",
    "refute/claim": "refute/claim refute/judgement refute/runner",
    "refute/cli": "refute/cli_options refute/commands refute/cli",
    "refute/commands": "refute/cli_options refute/commands refute/cli refute/data",
    "refute/data": "refute/data refute/data_rows",
    "refute/evidence/search": "refute/search refute/runner",
    "refute/evidence/seeds": "refute/seeds refute/judgement",
    "refute/evidence/sequential": "refute/exceedances refute/sequential refute/sequential_plan "
    "refute/planted_truth",
    "refute/graph": "refute/results refute/graph",
    "refute/judgement": "refute/results refute/judgement refute/verdict refute/runner",
    "refute/known": "refute/ledger refute/ledger_rows",
    "refute/ledger": "refute/ledger refute/ledger_rows",
    "refute/ledger_command": "refute/cli_options refute/ledger_rows refute/ledger",
    "refute/ledger_file": "refute/ledger",
    "refute/numerics/ball_spectrum": "refute/spectrum refute/spectrum_truth",
    "refute/numerics/boxes": "refute/boxes refute/boxes_limits",
    "refute/numerics/enclosure": "models/allowances refute/spectrum refute/balls refute/finding",
    "refute/numerics/spectrum": "refute/spectrum refute/spectrum_parts refute/spectrum_truth",
    "refute/overview": "refute/cli_options refute/graph refute/cli",
    "refute/paper": "refute/environment refute/agreement",
    "refute/progress": "refute/progress refute/cli",
    "refute/pytest_plugin": "refute/plugin",
    "refute/registry": "refute/registry refute/registry_path",
    "refute/result": "refute/results refute/verdict refute/runner refute/agreement",
    "refute/runner": "refute/runner refute/audit refute/agreement",
    "refute/sweep/bracket": "refute/sweep_edges refute/sweep_bracket",
    "refute/sweep/command": "refute/sweep_parts refute/sweep_command",
    "refute/sweep/crew": "refute/sweep_workers refute/sweep_command refute/sweep_crews",
    "refute/sweep/evidence": "refute/sweep_words refute/sweep_command",
    "refute/sweep/exponents_fit": "refute/sweep_fits refute/sweep_exponents",
    "refute/sweep/logistic": "refute/sweep_logistic refute/sweep_fits refute/sweep_exponents",
    "refute/sweep/page": "refute/sweep_command",
    "refute/sweep/pictures": "refute/sweep_drawings refute/sweep_pictures",
    "refute/sweep/records": "refute/sweep_records refute/sweep_edges",
    "refute/sweep/scheduler": "refute/sweep_survey refute/sweep_scheduler",
    "refute/sweep/store": "refute/sweep_survey refute/sweep_scheduler",
    "refute/sweep/words": "refute/sweep_words refute/sweep_command",
    "refute/sweep/worker": "refute/sweep_workers refute/sweep_command",
    "refute/verdict": "refute/results refute/verdict refute/runner",
    "refute/witness": "refute/results refute/witness",
}
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
        self.old, self.new = old, new

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
