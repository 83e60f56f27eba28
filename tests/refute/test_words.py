"""The instrument knows nothing of the first paper: not a word of its subject is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUBJECT = (
    "auto-?encoders?|encoders?|decoders?|neurons?|kernels?|tangents?|NTK|epochs?|initiali[sz]ations?|training|"
    "trained|weak|joint|jointly|rademacher|lambda_0|gamma_0|kappa_0|relu|nguyen|hegde|1911[.]11983|docs/theory|"
    "handwritten|mnist|memori[sz]ation"
)
WORD = re.compile(rf"(?<![A-Za-z0-9])({SUBJECT})(?![A-Za-z0-9])", re.IGNORECASE)
FILES = sorted(
    path
    for path in (ROOT / "refute").rglob("*")
    if path.suffix in (".py", ".html", ".css", ".js", ".json", ".in")
)
ALLOWED = {"refute/report/notation_signs.py": {"relu"}, "refute/inputs": {"handwritten"}}
"""A function is called what formulas of any paper call it. Data sets that come with scikit-learn
are described, where they are read, as what they are."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_word_of_the_first_papers_subject_is_in_the_instrument(path: Path) -> None:
    words = {found[1].lower() for found in WORD.finditer(path.read_text(encoding="utf-8"))}
    places = (path, path.parent)
    allowed = [ALLOWED.get(place.relative_to(ROOT).as_posix(), set()) for place in places]
    assert words.difference(*allowed) == set()


@pytest.mark.parametrize(
    "text", ["The encoder's", "docs/theory/x.md", "joint_training", "(weak, joint)", "K_0, lambda_0"]
)
def test_a_word_of_it_is_noticed(text: str) -> None:
    assert WORD.search(text)


@pytest.mark.parametrize("text", ["constrained", "reluctant", "disjoint", "weaker", "tangential"])
def test_other_words_are_not(text: str) -> None:
    assert not WORD.search(text)
