"""Rivals of the benchmarks: their processes, and that no ratio is told before the results agree."""

from __future__ import annotations

import ast
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.speed import arguments, child, outside, outsiders
from benchmarks.speed.agreement import few, kernel_bound, product_bound
from benchmarks.speed.kernels import require_memory
from benchmarks.speed.memory import peak
from benchmarks.speed.sizes import LeftOutError, Plan, Size
from models.kernels.finite import tangent_kernel
from models.kernels.matrix_free import tangent_product

SIZE = Size(1, 3, 2, 64)
STAND_IN = """
import sys
sys.path.insert(0, {folder!r})
import numpy as np
import outside

def kernel(arrays):
    W, A, X = (arrays[name] for name in "WAX")
    Z, (d, n) = W @ X, X.shape
    F = ((Z > 0)[:, :, None] * A[:, None, :]).reshape(len(W), -1)
    ones, hidden = np.ones((d, d)), np.maximum(Z, 0)
    H = F.T @ F * np.kron(X.T @ X, ones) + np.kron(hidden.T @ hidden, np.eye(d))
    return lambda: print("noise") or (H / W.size * {factor}).astype(W.dtype), lambda found: found

outside.ROUTES = dict.fromkeys(outside.ROUTES, kernel)
outside.versions = lambda library: {{library: "0"}}
sys.argv = sys.argv[1:]
{last}
"""


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A program that may stand for the python of a rival: it runs the kernel above by the same protocol."""
    monkeypatch.setattr(child, "PAUSE", 0.0)
    monkeypatch.setattr(outsiders, "peak", lambda *_: 2.0)

    def make(factor: float = 1.0, last: str = "outside.main()") -> str:
        script = tmp_path / "stand_in.py"
        start = tmp_path / "python"
        folder = str(child.SCRIPT.parent)
        script.write_text(STAND_IN.format(folder=folder, factor=factor, last=last), encoding="utf-8")
        words = shlex.join([sys.executable, str(script)])
        start.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        start.chmod(0o755)
        return str(start)

    return make


def plan(python: str | None = None, full: bool = False) -> Plan:
    return Plan(1, 2, full, {}, python)


def test_the_script_of_a_rival_imports_nothing_of_ours() -> None:
    tree = ast.parse(child.SCRIPT.read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= {*sys.stdlib_module_names, "numpy"}


def test_a_rival_is_asked_and_answers(python: Callable[..., str]) -> None:
    network, X = SIZE.make()
    arrays = {"W": network.W[0].numpy(), "A": network.A[0].numpy(), "X": X.numpy(), "neurons": np.array(16)}
    single = {name: part.astype(np.float32) if part.ndim else part for name, part in arrays.items()}
    with child.child(python(), "jacobian", 1, single) as rival:
        assert rival.checked.shape == rival.timed.shape == (6, 6)
        assert [str(found.dtype) for found in (rival.checked, rival.timed)] == ["float64", "float32"]
        assert rival.seconds() > 0
        assert rival.mebibytes() >= 0
        process = rival.process
    assert process.poll() is not None
    exact = tangent_kernel(network, X, "joint")[0].numpy()
    assert np.abs(rival.timed - exact).max() <= kernel_bound(network, X.float(), "joint")


def test_what_a_rival_says_at_its_end_is_told(python: Callable[..., str]) -> None:
    with pytest.raises(LeftOutError, match=r"^jacobian ended: SystemExit: no such kernel$"):
        start(python(last="print('SystemExit: no such kernel', file=sys.stderr)"))
    with pytest.raises(LeftOutError, match=r"^jacobian answered 'hello', asked for ready$"):
        start(python(last="print('hello', flush=True)"))


def start(program: str) -> None:
    arrays = {"W": np.ones((2, 1)), "A": np.ones((2, 1)), "X": np.ones((1, 1)), "neurons": np.array(2)}
    with child.child(program, "jacobian", 1, arrays):
        pass


def test_a_ratio_is_told_when_the_results_agree(
    python: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outsiders, "GRAMS", (("G9", SIZE, 5.0, None), ("G8", SIZE, 60.0, 150.0)))
    rows = list(outsiders.gram_rows(plan(python()), "jacobian"))
    assert [found.goal for found in rows] == ["G9", "G9"]
    assert rows[0].rival == "neural-tangents, jacobian"
    assert rows[0].needed == 5.0 and "bound" in rows[0].note
    rows = list(outsiders.gram_rows(plan(python(), full=True), "jacobian"))
    assert [(found.goal, found.needed) for found in rows[2:]] == [("G8", 60.0), ("G8", 150.0)]


@pytest.mark.parametrize("factor", [1 + 1e-9, float("nan")])
def test_no_ratio_is_told_when_they_do_not(
    factor: float, python: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outsiders, "GRAMS", (("G9", SIZE, 5.0, None),))
    written = f"float({str(factor)!r})"
    with pytest.raises(LeftOutError, match="its result is not ours: they differ by"):
        list(outsiders.gram_rows(plan(python(written)), "jacobian"))


def test_without_a_rival_there_is_no_row() -> None:
    assert list(outsiders.gram_rows(plan(), "jacobian")) == []
    assert list(outsiders.product_rows(plan())) == []


def test_rounding_explains_float32_and_nothing_more() -> None:
    network, X = Size(1, 4, 3, 256).make()
    single = replace(network, W=network.W.float(), A=network.A.float())
    exact = tangent_kernel(replace(network, W=single.W.double()), X.float().double(), "joint")
    bound = kernel_bound(single, X.float(), "joint")
    apart = float((tangent_kernel(single, X.float(), "joint") - exact).abs().max())
    assert 0 < apart <= bound < float(exact.abs().max()) / 100
    v = np.ones(12, dtype=np.float32)
    V = torch.ones(3, 4, dtype=torch.float64)
    product = tangent_product(replace(network, W=single.W.double()), X.float().double(), "weak")(V)
    rounded = tangent_product(single, X.float(), "weak")(V.float())
    assert float((product - rounded).abs().max()) <= product_bound(single, X.float(), v)


def test_the_bound_allows_for_a_neuron_at_its_kink() -> None:
    network, X = Size(1, 2, 2, 64).make()
    W = network.W.clone()
    W[0, 0] = torch.tensor([-X[1, 0], X[0, 0]]) * (1 + 2.0**-52)
    bounds = [kernel_bound(replace(network, W=weights), X, "weak") for weights in (network.W, W)]
    assert bounds[0] < 1e-10 < 1 / (64 * 2) < bounds[1]


def test_the_comparison_in_float64_takes_the_first_neurons() -> None:
    network, X = Size(1, 2, 2, 5000, torch.float32).make()
    cut, samples = few(network, X)
    assert cut.m == 4096 and cut.W.dtype == samples.dtype == torch.float64
    weights = np.ones((5, 2), np.float32)
    arrays: outside.Arrays = {"W": weights, "A": weights, "X": weights[:2], "neurons": np.array(3)}
    assert outside.first_neurons(arrays)["W"].shape == (3, 2)


def test_growth_of_memory_is_seen() -> None:
    grown = outside.growth(lambda: np.ones(2**22).sum())
    assert 30 <= grown < 128


def test_what_does_not_fit_is_left_out() -> None:
    require_memory("this", SIZE)
    with pytest.raises(LeftOutError, match=r"^this needs \d+\.\d GiB of memory, \d+\.\d are free$"):
        require_memory("this", Size(1, 64, 1000, 2**30))


def test_a_route_whose_process_fails_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(LeftOutError, match=r"^memory of ours at B=1 .*: exit status 1$"):
        peak("ours", SIZE, 1)


def test_the_versions_of_a_rival_are_noted(python: Callable[..., str], tmp_path: Path) -> None:
    target = tmp_path / "b.json"
    asked = arguments.parse(["--neural-tangents", python(), "--json", str(target), "--rounds", "1"])
    assert asked.versions == {"neural-tangents": {"neural-tangents": "0"}}
    assert not target.exists()
