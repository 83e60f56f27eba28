"""The files of the toy paper, and how a test changes one of them."""

from __future__ import annotations

from pathlib import Path

N1, N2, N3 = (
    f"claims/numbers/{name}.py" for name in ("n1_square_of_sum", "n2_largest_uniform", "n3_binomial")
)
PAPER = "claims/paper.py"


def change(root: Path, file: str, old: str, new: str) -> None:
    """Replace every occurrence of a text that must be there."""
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
