"""Every broken rule of the house is one line that says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from refute.basics.errors import PaperError
from refute.inputs.registry import discover
from tests.refute.toy_files import N1, N2, N3, PAPER, change

BROKEN = [
    (
        PAPER,
        "PAPER = Paper(",
        "FRONT = Paper(",
        "claims/paper.py must define PAPER, a refute.Paper",
    ),
    (
        PAPER,
        "PAPER = Paper(",
        "PAPER = dict(",
        "claims/paper.py must define PAPER, a refute.Paper",
    ),
    (PAPER, "Nobody", 'Nobody" + 1 + "', "claims/paper cannot be imported: TypeError: "),
    (
        PAPER,
        "contents={",
        'contents={"more": (Entry("Q1", ""),), ',
        "claims/paper.py has a chapter 'more' in its contents, and there is no claims/more/",
    ),
    (
        PAPER,
        '"numbers": ',
        '"other": ',
        "claims/numbers/ holds claims, and claims/paper.py has no chapter 'numbers' in its contents",
    ),
    (PAPER, 'Entry("N2", "The largest of k"),', "", 'add Entry("N2") to the chapter "numbers"'),
    (
        PAPER,
        'Entry("N2"',
        'Entry("N1", "again"), Entry("N2"',
        "claims/paper.py:22: the contents list N1 twice",
    ),
    (
        PAPER,
        'Entry("N2"',
        'Entry("N9", "no"), Entry("N2"',
        "claims/paper.py:22: the paper has neither a claim nor a reason for N9; write its claim, or drop",
    ),
    (
        PAPER,
        '"The largest of k"',
        '"", reason="Hard.", finding="F2"',
        "the paper gives a reason not to check N2, which is a claim",
    ),
    (
        PAPER,
        'Entry("N2"',
        'Entry("N9", "", reason="Hard."), Entry("N2"',
        "N9: an entry gives a reason and the finding it would serve, or none",
    ),
    (
        PAPER,
        'Entry("N2"',
        'Entry("N9", "", reason="Hard.", finding="F9"), Entry("N2"',
        "N9 would serve 'F9', which is no finding there; there is: F1, F2",
    ),
    (
        N3,
        'falls="square of the sum"',
        'falls=""',
        "sibling no-mixed-term of N3 is judged by a check, so falls must name the part that fails",
    ),
    (
        N1,
        "check=three_halves,",
        'check=three_halves, where="x < y",',
        "sibling three-halves of N1 falls where 'x < y', which is no class of the claim; there is: 'x = y'",
    ),
    (N2, '            falls="",\n', "", "missing 1 required keyword-only argument: 'falls'"),
    (PAPER, '"F2"', '"F3"', "N2 serves finding 'F2', which claims/paper.py does not list; there is: F1, F3"),
    (
        PAPER,
        '"F2": "C',
        '"F0": "", "F2": "C',
        "finding F0 is served by no claim and by no entry of the contents",
    ),
    (N1, "CLAIM = Claim(", "FACT = Claim(", "n1_square_of_sum.py must define CLAIM, a refute.Claim"),
    (N1, 'id="N1"', 'id="N4"', "n1_square_of_sum.py holds claim N4, so its name must begin with n4_"),
    (
        N1,
        "import Fraction",
        "import Fractions",
        "claims/numbers/n1_square_of_sum cannot be imported: ImportE",
    ),
    (N1, "check=check,\n", "check=None,\n", "cannot be imported: ValueError: N1: a claim has exactly one of"),
    (N1, "check(instance: Instance, _", "check(instance: Instance _", "cannot be imported: SyntaxError: "),
    (N1, 'uses=("N3",)', 'uses=("N9",)', "N1 uses N9, which is no claim"),
    (N1, 'uses=("N3",)', 'uses=("N1",)', "the uses of these claims run in a circle: N1 -> N1"),
    (
        N1,
        "check=three_halves",
        "draw=three_halves",
        "sibling three-halves of N1 is no claim: N1~three-halves: ",
    ),
    (
        N1,
        "Statement.",
        "Theorem.",
        "n1_square_of_sum.py: the docstring has no paragraph that begins with 'Sta",
    ),
    (N1, "Assumptions. None.", "", "the docstring has no paragraph that begins with 'Assumptions.'"),
    (N1, "Symbols. x, y real.", "Symbols.", "the docstring has no paragraph that begins with 'Symbols.'"),
    (N1, "Refuted by.", "refuted by.", "the docstring has no paragraph that begins with 'Refuted by.'"),
    (N1, "A pass does not show.", "", "has no paragraph that begins with 'A pass does not show.'"),
    (N1, "Source.", "Whence.", "the docstring has no paragraph that begins with 'Source.'"),
    (PAPER, 'title="', 'title=1, source="', "keyword argument repeated"),
    (
        PAPER,
        "contents={",
        'contents={"one": (Entry("Q1")), ',
        "PAPER: the entries of chapter 'one' are no tuple",
    ),
    (
        PAPER,
        "contents={",
        'contents={"one": ("Q1",), ',
        "PAPER: chapter 'one' holds 'Q1' (str), which is no Entry",
    ),
    (
        N1,
        "check=three_halves,",
        "",
        "sibling three-halves of N1 differs from the claim in nothing; give it changes",
    ),
    (N3, 'id="N3"', 'id="N3", uses=("N1",)', "the uses of these claims run in a circle: N"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), BROKEN, ids=[case[3][-25:] for case in BROKEN])
def test_a_broken_rule_is_one_line(toy: Path, file: str, old: str, new: str, message: str) -> None:
    change(toy, file, old, new)
    with pytest.raises(PaperError) as found:
        discover(toy)
    assert message in str(found.value)
    assert "\n" not in str(found.value)
