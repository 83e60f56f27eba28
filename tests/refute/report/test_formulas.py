import ast
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.inputs.registry import is_claim_file
from refute.report.formulas import html, mathml, pieces
from refute.report.page_filters import formulas, prose

ROOT = Path(__file__).resolve().parents[3]
CLAIM_FILES = sorted(filter(is_claim_file, (ROOT / "claims").glob("*/*.py")))


def marked(text: str, *, display: bool = False) -> str:
    """The text with every formula between braces of its own."""
    return "".join(f"⟦{piece}⟧" if formula else piece for formula, piece in pieces(text, display=display))


FOUND = [
    "For every ⟦X⟧ with A1, ⟦n <= 16⟧ and ⟦delta >= 2^-11⟧, every ⟦(W, A)⟧, step ⟦eta⟧ and budget ⟦C⟧:",
    "A data matrix on which more than a tenth of the runs, at level ⟦1e-6⟧, fail.",
    "every ⟦A⟧ with ⟦U = X⟧; ⟦A (d, m)⟧; the kernels ⟦H_-⟧, ⟦P⟧ and ⟦Q⟧",
    "A Gaussian decoder is hardly ever longer than ⟦sqrt m + sqrt d⟧.",
    "Beyond ⟦2 / lambda_max(H)⟧ a minimum is left, and ⟦rho = <x, y>⟧ a number of ⟦[-1, 1]⟧.",
    "the law ⟦(lambda_0 > 0)⟧ of C2, K5 and T8 (used through ⟦lambda_0 > 0⟧), the least-squares slope",
    "(a) and (b) for data with ⟦(n-1) rho*^p <= 1⟧ at ⟦p = 2^15⟧, 16 times as large, 1/10 of it",
    "the slope of ⟦log D⟧ in ⟦log m⟧ lies in ⟦[-3/4, -1/4]⟧, in log-log; ⟦x in R^d⟧",
    "⟦S_r = {i : (r, i) in S}⟧; ⟦sum_{i in S_r} ||x_i||^2⟧, the sum of ⟦c_k⟧ is ⟦pi/2⟧",
    "the inequalities of `claims/width.py` have a solution ⟦m_weak⟧; the span of its data is binomial",
    "⟦w_r . x ~ N(0, 1)⟧ because ⟦||x|| = 1⟧, the limit's and the theorem's ⟦J'⟧",
    "⟦P[<w, x> > 0 and <w, y> > 0]⟧ and ⟦J⟧",
    "the first term is ⟦c_k⟧ ⟦>=⟧ the same with nothing",
]


@pytest.mark.parametrize("expected", FOUND)
def test_formulas_are_told_from_words(expected: str) -> None:
    assert marked(expected.replace("⟦", "").replace("⟧", "")) == expected


def test_a_line_of_formulas_may_hold_a_lone_a() -> None:
    assert marked("a = 1", display=True) == "⟦a = 1⟧"
    assert marked("P[both active] E a_p a_q", display=True) == "⟦P[both active] E a_p a_q⟧"


@pytest.mark.parametrize("path", CLAIM_FILES, ids=lambda path: path.stem.partition("_")[0])
def test_no_word_of_a_docstring_is_lost_and_no_sign_of_mathematics_is_left_as_text(path: Path) -> None:
    text = prose(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    count = 0
    for line in text.splitlines():
        found = list(pieces(line, display=line.startswith("    ")))
        assert "".join(piece for _, piece in found) == line
        count += sum(formula for formula, _ in found)
        left = " ".join(piece for formula, piece in found if not formula)
        left = re.sub(r"`[^`]*`|\S*\.(?:md|py)\S*|arXiv:\S+", "", left)
        assert not re.search(r"[_^=<>|~]|\b(?:lambda|eta|nu|rho|theta|kappa|gamma|sqrt)\b", left), left
        for formula, piece in found:
            if formula:
                assert "<merror" not in mathml(piece)
    assert count > 5


def test_a_formula_is_mathematics_that_is_read_and_copied_as_it_was_written() -> None:
    shown = mathml("||x||_F^2 <= 1")
    assert shown.startswith('<math alttext="||x||_F^2 &lt;= 1"><semantics>')
    assert "<msubsup>" in shown
    assert '<annotation encoding="application/x-tex">{\\lVert x\\rVert }_{F}^{2} \\le 1</annotation>' in shown
    assert "http" not in shown


def test_a_minus_that_is_a_sign_has_no_space_of_an_operator() -> None:
    """MathML guesses it from the place alone; after a bracket, a comma or a relation it has to be told."""
    sign = '<mo form="prefix">−</mo>'
    for formula in ("[-1, 2]", "(x, -y)", "a <= -1", "a = -b", "a < -b"):
        assert mathml(formula).count(sign) == 1, formula
    for formula in ("x - y", "(1 - eta) - 2", "a[i] - 1", "||x|| - 1"):
        assert sign not in mathml(formula), formula


def test_punctuation_is_not_parted_from_its_formula_and_texts_are_escaped() -> None:
    assert re.search(r'<span class="tied"><math.*</math>,</span> then', html("for x_i, then"))
    assert html("<b>&") == "&lt;b&gt;&amp;"
    assert "<script" not in html("x_i <script>alert(1)</script> y_i")


def test_lines_that_stand_by_themselves_are_set_apart() -> None:
    shown = formulas("For every X\n    x_i <= 1,\n        y_i = 2.\nThen so.")
    assert re.findall(r'<span class="(display|text-line)"(?: style="--depth:(\d)")?>', shown) == [
        ("text-line", ""),
        ("display", "1"),
        ("display", "2"),
        ("text-line", ""),
    ]


@given(st.text(alphabet="xAa12 ()[]{}<>|_^+-=,.'\n:; in and of the", max_size=60), st.booleans())
def test_any_text_comes_back_whole(text: str, display: bool) -> None:
    assert "".join(piece for _, piece in pieces(text, display=display)) == text
    html(text, display=display)


def test_a_long_line_of_letters_takes_no_longer_than_its_length() -> None:
    assert "".join(piece for _, piece in pieces("<x " * 600)) == "<x " * 600


def test_a_long_formula_may_end_a_line_before_a_sign_outside_of_brackets() -> None:
    text = "P[x <= y + z] = (a + b) c + |d - e|, <x, y> P[<w, x> > 0 and y > 0] <= 1"
    shown = html(text, display=True)
    parts = [unescape(part) for part in re.findall(r'alttext="([^"]*)"', shown)]
    assert parts == ["P[x <= y + z]", "= (a + b) c", "+ |d - e|", "<x, y> P[<w, x> > 0 and y > 0]", "<= 1"]
    assert re.findall(r'alttext="([^"]*)"', html("x_i <= y + z")) == ["x_i &lt;= y + z"]
