import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.report.notation import NotationError, latex

WRITTEN = {
    "||E(k)||_F^2 <= (1 - eta nu)^k e^2": r"{\lVert E(k)\rVert }_{F}^{2} \le {(1 - \eta \,\nu )}^{k}\,e^{2}",
    "S = {(r, i): |z_ri| <= R_r}": r"S = \{(r , i) : \lvert z_{r i}\rvert \le R_{r}\}",
    "3/4 d / lambda_max(K + G)": r"3 / 4\,d / \lambda _{\max }(K + G)",
    "m^-1/2": r"m^{-1/2}",
    "m^-0.45 + x^0.5": r"m^{-0.45} + x^{0.5}",
    "c^2/4": r"c^{2} / 4",
    "6^-k": r"6^{-k}",
    "e^(-t^2/2)": r"e^{ - t^{2} / 2}",
    "1e-6": r"10^{-6}",
    "2.5e+07": r"2.5 \cdot 10^{7}",
    "2.5e-3": r"2.5 \cdot 10^{-3}",
    "E H_W(0) = (1/d) K (x) I_d": r"E\,H_{W}(0) = (1 / d)\,K \otimes I_{d}",
    "u(x) (x) y": r"u(x) \otimes y",
    "D o (A^T E)": r"D \circ (A^{\top }\,E)",
    "|w_r . x|": r"\lvert w_{r} \cdot x\rvert ",
    "<x, y> P[<w, x> > 0]": r"\langle x , y\rangle \,P[\langle w , x\rangle > 0]",
    "a < b > c": r"a < b > c",
    "1[W+^T X > 0]": r"\mathbf{1}[W^{+ \top }\,X > 0]",
    "1 1^T": r"1\,1^{\top }",
    "rho*^(2k+2)": r"\rho _{*}^{2k + 2}",
    "J' - f'": r"J^{\prime } - f^{\prime }",
    "sum over i, j of Q(theta_ij)": r"\sum _{i , j}\,Q(\theta _{i j})",
    "sup over ||x|| = 1 of ||u(x)||": r"\sup _{\lVert x\rVert = 1}\,\lVert u(x)\rVert ",
    "sum_{i in S_r} x_i": r"\sum _{i\,\in \,S_{r}}\,x_{i}",
    "sqrt(1 + y) + sqrt m": r"\sqrt{1 + y} + \sqrt{m}",
    "dL/dw_r": r"\mathrm{d} L / \mathrm{d} w_{r}",
    "dr_N/dphi": r"\mathrm{d} r_{N} / \mathrm{d} \phi ",
    "m_weak(X, p)": r"m_{\text{weak}}(X , p)",
    "g1 + e_{-y}": r"g_{1} + e_{ - y}",
    "(0, pi]": r"(0 , \pi ]",
    "Unif{-1, 1}^d": r"\operatorname{Unif}{\{ - 1 , 1\}}^{d}",
    "x -> -x": r"x \to - x",
    "i t -+ pi/2": r"i\,t \mp \pi / 2",
    "(2k)! / (k!)^2": r"(2k)! / {(k!)}^{2}",
}


def spaced(text: str) -> str:
    """Spaces mean nothing to LaTeX here, except behind a name."""
    return re.sub(r"(?<![A-Za-z]) | (?![A-Za-z])", "", text)


@pytest.mark.parametrize(("plain", "expected"), WRITTEN.items())
def test_the_notation_says_what_it_says(plain: str, expected: str) -> None:
    assert spaced(latex(plain)) == spaced(expected)


@pytest.mark.parametrize(
    "text",
    ["(x", "x)", "||x|", "<x, y", "x^", "x_", "[(x]", "sqrt", "x__i", "é", "x_1_2", "(" * 40 + ")" * 40],
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(NotationError):
        latex(text)


@given(st.text(alphabet="xEn12 ()[]{}<>|_^+-*/=,.'!~kappa", max_size=40))
def test_any_text_is_read_or_refused_and_what_is_read_is_balanced(text: str) -> None:
    try:
        found = latex(text)
    except NotationError:
        return
    bare = found.replace("\\{", "").replace("\\}", "")
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    for name in ("lVert", "lvert", "langle"):
        assert found.count(f"\\{name}") == found.count(f"\\{name.replace('l', 'r', 1)}")
    # no letter and no digit of the formula is lost or made up
    letters = re.sub(r"\\[A-Za-z]+|[^A-Za-z0-9]", "", found)
    assert len(letters) <= len(re.sub(r"[^A-Za-z0-9]", "", text)) + found.count("10^") * 2
