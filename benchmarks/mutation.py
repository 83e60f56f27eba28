"""Mutation score of models/ and refute/: one small change at a time, and whether the mirrored tests notice.

A mutant is a module with one comparison, operator, constant, condition, return value or statement changed.
Docstrings, annotations, decorators and the text of errors are left alone, and refute/report (templates) too.
A seeded sample, spread over the files in proportion to their mutants, is run in copies of the tree under
/tmp/mutation; the tree itself is never touched. Each mutant sees only the tests of its module. A mutant is
killed when they fail, cannot be collected, or outlast the limit. Unchanged sources are run first: they pass.

    python benchmarks/mutation.py ROOM [SAMPLE [IDENTIFIER ...]]

ROOM is models or refute; identifiers (as printed, path:number) run only those. docs/mutation.md has the
table.
"""

from __future__ import annotations

import ast
import copy
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import current_process, get_context
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = Path("/tmp/mutation")
SEED = 0
SECONDS = 40.0
WORKERS = 2
TESTS = {
    "models/checks": "models/autoencoder models/initial models/kernels models/predictor models/descent",
    "models/contraction": "models/descent models/certificate",
    "models/descent": "models/descent models/gradients",
    "models/kernels": "models/kernels models/gram",
    "refute/bookkeeping": "refute/ledger",
    "refute/commands": "refute/cli refute/data",
    "refute/data": "refute/data refute/data_rows",
    "refute/known": "refute/ledger",
    "refute/ledger_command": "refute/ledger",
    "refute/ledger_file": "refute/ledger",
    "refute/paper": "refute/environment refute/agreement",
    "refute/progress": "refute/cli",
    "refute/pytest_plugin": "refute/plugin",
    "refute/evidence/sequential": "refute/sequential refute/planted_truth",
    "refute/numerics/ball_spectrum": "refute/spectrum refute/spectrum_truth",
    "refute/numerics/enclosure": "refute/spectrum refute/balls refute/finding",
    "refute/numerics/spectrum": "refute/spectrum refute/spectrum_truth",
}
"""Modules (without .py) whose tests are not in the one file of the same name."""
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
UNNEEDED = (".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "audit-report")
HIDDEN = {"annotation", "returns", "decorator_list", "type_params"}
Mutant = tuple[Path, int]


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
    """The source with mutant ``number`` of ``mutants`` in it; -1 is the source itself, without comments."""
    tree = ast.parse(source)
    if number >= 0:
        old, new = [(n, new) for n in nodes(tree) for _, new in changes(n)][number]
        Replace(old, new).visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


def modules(room: str) -> list[Path]:
    """Modules of a room that have mutants, relative to the root."""
    paths = (p.relative_to(ROOT) for p in sorted((ROOT / room).rglob("*.py")))
    return [p for p in paths if "report" not in p.parts and mutants((ROOT / p).read_text())]


def sample(room: str, size: int) -> list[Mutant]:
    """Mutants drawn without replacement; each file gets its share, rounded by largest remainder."""
    paths = modules(room)
    counts = np.array([len(mutants((ROOT / p).read_text())) for p in paths])
    shares = size * counts / counts.sum()
    taken = np.floor(shares).astype(int)
    taken[np.argsort(taken - shares, kind="stable")[: size - taken.sum()]] += 1
    generator = np.random.default_rng(SEED)
    drawn = [sorted(generator.choice(n, t, replace=False)) for n, t in zip(counts, taken, strict=True)]
    return [(path, int(i)) for path, numbers in zip(paths, drawn, strict=True) for i in numbers]


def tests_of(path: Path) -> list[str]:
    """The test files that a module's mutants are shown to."""
    name = path.with_suffix("").as_posix()
    files = TESTS.get(name, f"{path.parts[0]}/{path.stem}").split()
    found = [f"tests/{room}/test_{stem}.py" for room, _, stem in (f.partition("/") for f in files)]
    return [f for f in found if (ROOT / f).exists()]


def in_child(tree: Path, tests: list[str]) -> None:
    """Run pytest in this forked process and end it; libraries were imported before, ours were not."""
    os.setsid()
    log = os.open(tree / "log.txt", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(tree)
    os.environ["PYTHONPATH"] = str(tree)
    sys.path[:] = [str(tree), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    import pytest

    status = 1
    try:
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-n", "0", *tests])
    finally:
        os._exit(status)


def outcome(tree: Path, tests: list[str]) -> str:
    """Passed, killed or timeout: what the tests in a copy of the tree say."""
    pid = os.fork()
    if pid == 0:
        in_child(tree, tests)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return "passed" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "timeout"


def own_copy() -> Path:
    """The copy of the tree that belongs to this worker, made on first use."""
    tree = SCRATCH / f"{os.getppid()}-{current_process().name}"
    if not tree.exists():
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*UNNEEDED))
    return tree


def run(mutant: Mutant) -> str:
    """Write a mutant into this worker's copy, ask its tests, and put the original back."""
    path, number = mutant
    source = (ROOT / path).read_text()
    tree = own_copy()
    try:
        (tree / path).write_text(mutated(source, number))
        said = outcome(tree, tests_of(path))
    finally:
        (tree / path).write_text(source)
    line, text, _ = mutants(source)[number] if number >= 0 else (0, "unchanged", 0)
    print(f"{said} {path}:{number} line {line}: {text}", flush=True)
    return said


def main() -> None:
    """Run a sample of a room, or the mutants named, and print the score."""
    room, size = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    named = [(Path(p), int(i)) for p, _, i in (a.rpartition(":") for a in sys.argv[3:])]
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    import flint, jinja2, matplotlib.figure, rich.console, rich.table, scipy.stats, sympy, torch  # noqa: E401, F401, I001

    chosen = named or sample(room, size)
    originals = [] if named else [(path, -1) for path in sorted({path for path, _ in chosen})]
    with get_context("fork").Pool(WORKERS) as pool:
        said = pool.map(run, originals, 1)
        if set(said) - {"passed"}:
            sys.exit("some tests fail without a mutant, see above")
        counts = Counter(pool.map(run, chosen, 1))
    print(f"{room}, seed {SEED}: {dict(counts)} of {len(chosen)}")
    for tree in SCRATCH.glob(f"{os.getpid()}-*"):
        shutil.rmtree(tree)


if __name__ == "__main__":
    main()
