"""Verified smallest eigenvalues at the limit of float64: what float64 says, and what balls say.

Run from the repository root: .venv/bin/python benchmarks/smallest_eigenvalues.py
Prints the table of docs/numerics.md. The same matrices are compared with algebra, with eigenvalues at eighty
digits and with elimination in fractions in tests/refute/numerics/test_spectrum_truth.py.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from flint import arb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.kernels import limit_in_balls as kernel_balls
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import Matrix, entry_rounding
from refute.numerics.ball_spectrum import smallest_eigenvalue_in_balls
from refute.numerics.enclosure import Enclosure
from refute.numerics.spectrum import smallest_eigenvalue

Row = tuple[str, Enclosure, Callable[[], Matrix]]


def kernels(name: str, X: np.ndarray) -> Iterator[Row]:
    """Both kernels of the directions of X (d, n)."""
    columns = torch.tensor(X / np.linalg.norm(X, axis=0))
    error = X.shape[1] * entry_rounding(len(X))
    for letter, floats, balls in (
        ("K", encoder_kernel, kernel_balls.encoder_kernel),
        ("G", decoder_kernel, kernel_balls.decoder_kernel),
    ):
        coarse = smallest_eigenvalue(floats(columns).numpy(), error)
        yield f"{letter}, {name}", coarse, lambda balls=balls: balls(X)  # type: ignore[misc]


def rows() -> Iterator[Row]:
    """Singular, nearly singular and ill-scaled matrices."""
    V = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    yield from kernels("3 antipodal pairs in the plane", np.hstack([V, -V]))
    for n in (2, 3, 8, 16):
        turns = np.arange(n) * 1e-6
        yield from kernels(f"{n} points at spacing 1e-6", np.array([np.cos(turns), np.sin(turns)]))
    H = np.array([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    scale = 2.0 ** np.array([-20, 20, 20, -20])
    M = scale[:, None] * ((H * np.array([1.0, 2, 3, 4])) @ H / 4) * scale
    yield (
        "D M D, M of spectrum 1, 2, 3, 4, D from 2^-20 to 2^20",
        smallest_eigenvalue(M),
        lambda: [[arb(float(x)) for x in row] for row in M],
    )


def main() -> None:
    """Print one row per matrix."""
    print("| matrix | float64 | balls | ms |")
    print("| --- | --- | --- | --- |")
    for name, coarse, build in rows():
        begun = time.perf_counter()
        fine = smallest_eigenvalue_in_balls(build, coarse)
        took = 1000 * (time.perf_counter() - begun)
        spans = [f"[{e.lower:.8g}, {e.upper:.8g}]" for e in (coarse, fine)]
        print(f"| {name} | {spans[0]} | {spans[1]} | {took:.1f} |")


if __name__ == "__main__":
    main()
