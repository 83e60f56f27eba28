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
    "models/certificate/attempts": (
        "models/certificate/attempts",
        "models/certificate/certified_run",
    ),
    "models/certificate/certificate": (
        "models/certificate/contraction",
        "models/certificate/certificate",
        "claims/convergence/c1",
    ),
    "models/certificate/contraction": (
        "models/certificate/allowances",
        "models/certificate/contraction_sizes",
        "models/certificate/contraction",
        "models/certificate/certificate",
        "claims/convergence/c1",
    ),
    "models/certificate/fixed_budget": (
        "models/certificate/fixed_budget",
        "claims/preliminaries/explicit_width",
    ),
    "models/certificate/points": (
        "models/certificate/contraction_sizes",
        "models/certificate/contraction",
        "models/certificate/certificate",
        "claims/convergence/c1",
    ),
    "models/kernels/finite": (
        "models/kernels/finite",
        "models/kernels/limit",
    ),
    "models/kernels/limit": (
        "models/kernels/limit",
        "models/kernels/limit_in_balls",
    ),
    "models/kernels/limit_in_balls": (
        "models/kernels/limit_in_balls",
        "claims/kernels/k1",
        "claims/kernels/k3",
        "claims/kernels/k6",
    ),
    "models/kernels/limit_predictor": (
        "models/kernels/limit_predictor",
        "claims/memorization/m1",
        "claims/memorization/predictor",
    ),
    "models/kernels/matrix_free": (
        "models/kernels/matrix_free",
        "models/certificate/allowances",
        "models/defaults",
    ),
    "models/kernels/tracking": (
        "models/kernels/tracking",
        "models/certificate/allowances",
    ),
    "models/native/build": (
        "models/defaults",
        "models/training/compiled_loop",
    ),
    "models/native/gram": (
        "models/native/kernels",
        "models/native/certificate",
        "models/native/product",
        "models/kernels/finite",
    ),
    "models/native/setup": (
        "models/training/compiled_loop",
        "models/training/descent",
    ),
    "models/networks/argument_checks": (
        "models/networks/autoencoder",
        "models/networks/initialization",
        "models/kernels/limit",
        "models/kernels/limit_predictor",
        "models/training/descent",
    ),
    "models/networks/autoencoder": (
        "models/networks/autoencoder",
        "models/training/gradients",
        "models/training/descent",
    ),
    "models/networks/initialization": (
        "models/networks/initialization",
        "models/certificate/certified_run",
    ),
    "models/networks/regime": (
        "models/kernels/limit",
        "models/training/descent",
    ),
    "models/training/compiled_loop": (
        "models/training/compiled_loop",
        "models/training/descent",
    ),
    "models/training/descent": (
        "models/training/descent",
        "models/training/gradients",
    ),
    "models/training/rounding": (
        "models/training/rounding",
        "models/certificate/certified_run",
    ),
    "models/training/torch_loop": (
        "models/training/torch_loop",
        "models/training/descent",
        "models/training/compiled_loop",
        "models/training/gradients",
    ),
    "refute/__init__": ("house",),
    "refute/audit/agreement": (
        "refute/audit/result",
        "refute/audit/agreement",
    ),
    "refute/audit/all_claims": (
        "refute/audit/all_claims",
        "refute/ledger/ledger_rows",
        "refute/cli/main",
    ),
    "refute/audit/blame": (
        "refute/audit/blame_json",
        "refute/audit/blame",
    ),
    "refute/audit/disagreement": ("refute/audit/agreement",),
    "refute/audit/judgement": (
        "refute/audit/result",
        "refute/audit/judgement",
        "refute/audit/verdict",
        "refute/audit/one_claim",
    ),
    "refute/audit/one_claim": (
        "refute/audit/one_claim",
        "refute/audit/all_claims",
        "refute/audit/agreement",
    ),
    "refute/audit/profiles": (
        "refute/audit/one_claim",
        "refute/ledger/ledger",
        "refute/cli/options",
    ),
    "refute/audit/request": (
        "refute/audit/all_claims",
        "refute/ledger/ledger",
    ),
    "refute/audit/result": (
        "refute/audit/result",
        "refute/audit/verdict",
        "refute/audit/one_claim",
        "refute/audit/agreement",
    ),
    "refute/audit/verdict": (
        "refute/audit/result",
        "refute/audit/verdict",
        "refute/audit/one_claim",
    ),
    "refute/audit/witness": (
        "refute/audit/result",
        "refute/audit/witness",
    ),
    "refute/basics/errors": (
        "refute/cli/options",
        "refute/cli/main",
    ),
    "refute/basics/files": (
        "refute/cli/main",
        "refute/audit/witness",
        "refute/report/page",
    ),
    "refute/basics/version": ("refute/cli/options",),
    "refute/cli/__main__": ("refute/cli/main",),
    "refute/cli/audit_commands": (
        "refute/cli/options",
        "refute/cli/audit_commands",
        "refute/cli/main",
        "refute/inputs/tables",
    ),
    "refute/cli/ledger_command": (
        "refute/cli/options",
        "refute/ledger/ledger_rows",
        "refute/ledger/ledger",
    ),
    "refute/cli/list_command": (
        "refute/inputs/contents",
        "refute/cli/main",
    ),
    "refute/cli/main": (
        "refute/cli/options",
        "refute/cli/audit_commands",
        "refute/cli/main",
    ),
    "refute/cli/options": (
        "refute/cli/options",
        "refute/cli/main",
    ),
    "refute/cli/printing": ("refute/cli/options",),
    "refute/cli/progress": (
        "refute/cli/progress",
        "refute/cli/main",
    ),
    "refute/cli/read_commands": (
        "refute/cli/options",
        "refute/report/graph",
        "refute/cli/main",
    ),
    "refute/cli/widths_command": (
        "refute/sweep/parts",
        "refute/cli/widths_command",
    ),
    "refute/evidence/search": (
        "refute/evidence/search",
        "refute/audit/one_claim",
    ),
    "refute/evidence/seeds": (
        "refute/evidence/seeds",
        "refute/audit/judgement",
    ),
    "refute/evidence/sequential": (
        "refute/evidence/exceedances",
        "refute/evidence/sequential",
        "refute/evidence/sequential_plan",
        "refute/evidence/planted_truth",
    ),
    "refute/inputs/registry": (
        "refute/inputs/registry",
        "refute/inputs/registry_path",
    ),
    "refute/inputs/rules": ("refute/inputs/registry",),
    "refute/inputs/tables": (
        "refute/inputs/tables",
        "refute/inputs/table_rows",
    ),
    "refute/ledger/append_only_file": ("refute/ledger/ledger",),
    "refute/ledger/ledger": (
        "refute/ledger/ledger",
        "refute/ledger/ledger_rows",
    ),
    "refute/ledger/queries": (
        "refute/ledger/ledger",
        "refute/ledger/ledger_rows",
    ),
    "refute/ledger/recorder": (
        "refute/ledger/ledger",
        "refute/ledger/ledger_rows",
    ),
    "refute/numerics/ball_spectrum": (
        "refute/numerics/spectrum",
        "refute/numerics/spectrum_truth",
    ),
    "refute/numerics/boxes": (
        "refute/numerics/boxes",
        "refute/numerics/boxes_limits",
    ),
    "refute/numerics/enclosure": (
        "models/certificate/allowances",
        "refute/numerics/spectrum",
        "refute/numerics/balls",
        "refute/statement/comparison",
    ),
    "refute/numerics/spectrum": (
        "refute/numerics/spectrum",
        "refute/numerics/spectrum_parts",
        "refute/numerics/spectrum_truth",
    ),
    "refute/pytest_plugin": ("refute/plugin",),
    "refute/report/graph": (
        "refute/audit/result",
        "refute/report/graph",
    ),
    "refute/report/survey_json": (
        "refute/report/survey_text",
        "refute/cli/widths_command",
    ),
    "refute/report/survey_page": ("refute/cli/widths_command",),
    "refute/report/survey_plots": (
        "refute/report/survey_drawings",
        "refute/report/survey_plots",
    ),
    "refute/report/survey_text": (
        "refute/report/survey_text",
        "refute/cli/widths_command",
    ),
    "refute/statement/claim": (
        "refute/statement/claim",
        "refute/audit/judgement",
        "refute/audit/one_claim",
    ),
    "refute/statement/kinds": (
        "refute/statement/assertions",
        "refute/audit/one_claim",
    ),
    "refute/statement/paper": (
        "refute/audit/environment",
        "refute/audit/agreement",
    ),
    "refute/statement/sweep": ("refute/sweep/batches",),
    "refute/statement/table": (
        "refute/inputs/tables",
        "refute/inputs/table_rows",
    ),
    "refute/sweep/batches": (
        "refute/sweep/batches",
        "refute/sweep/bracket_edges",
    ),
    "refute/sweep/bracket": (
        "refute/sweep/bracket_edges",
        "refute/sweep/bracket",
    ),
    "refute/sweep/executors": (
        "refute/sweep/worker",
        "refute/cli/widths_command",
        "refute/sweep/executors",
    ),
    "refute/sweep/logistic": (
        "refute/sweep/logistic",
        "refute/sweep/power_laws",
        "refute/sweep/exponents_of_surveys",
    ),
    "refute/sweep/power_laws": (
        "refute/sweep/power_laws",
        "refute/sweep/exponents_of_surveys",
    ),
    "refute/sweep/scheduler": (
        "refute/sweep/survey",
        "refute/sweep/scheduler",
    ),
    "refute/sweep/store": (
        "refute/sweep/survey",
        "refute/sweep/scheduler",
    ),
    "refute/sweep/worker": (
        "refute/sweep/worker",
        "refute/cli/widths_command",
    ),
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
