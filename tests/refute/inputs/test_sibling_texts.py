"""The paragraph "Siblings." of a docstring: who says what, once, and why it is false."""

from __future__ import annotations

from pathlib import Path

import pytest

from refute.basics.errors import PaperError
from refute.inputs.registry import load_claim
from refute.inputs.sibling_texts import with_texts
from refute.statement.claim import Claim
from refute.statement.sibling import Sibling
from tests.refute.planted import planted

ONE = Sibling("one", falls="x")
SPOKEN = Sibling("spoken", "x <= -1", "x is not negative", falls="x")


def claim(*siblings: Sibling) -> Claim:
    return planted(siblings=siblings)


def test_the_paragraph_fills_in_what_siblings_say() -> None:
    paragraph = (
        "one: x <= 5, for\n    all x, because 6,\n  because of course, is larger.\nmore-2: a: b, because c."
    )
    found = with_texts(claim(ONE, Sibling("more-2", falls="x"), SPOKEN), paragraph, "here")
    assert [(sibling.statement, sibling.because) for sibling in found.siblings] == [
        ("x <= 5, for all x", "6, because of course, is larger"),
        ("a: b", "c"),
        ("x <= -1", "x is not negative"),
    ]


def test_siblings_that_speak_for_themselves_need_no_paragraph() -> None:
    assert with_texts(claim(SPOKEN), "", "here").siblings == (SPOKEN,)


@pytest.mark.parametrize(
    ("siblings", "paragraph", "complaint"),
    [
        ((ONE,), "", "here: nothing says what sibling one states and why it is false"),
        ((Sibling("one", "x <= 5", falls="x"),), "", "nothing says what sibling one states"),
        ((ONE,), "two: a, because b.", "the paragraph Siblings names two, which is no sibling of CLAIM"),
        ((SPOKEN,), "spoken: a, because b.", "sibling spoken has its text in the docstring and in CLAIM"),
        ((ONE,), "one: a.", "sibling one reads 'one: a false statement, because of a reason.'"),
        ((ONE,), "one: , because b.", "sibling one reads"),
        ((ONE,), "one: a, because b.\none: c, because d.", "the paragraph Siblings names one twice"),
        ((ONE,), "A sibling.", "begins with the name of one, and not with 'A'"),
    ],
)
def test_a_text_that_is_missing_or_said_twice_is_refused(
    siblings: tuple[Sibling, ...], paragraph: str, complaint: str
) -> None:
    with pytest.raises(PaperError, match=complaint):
        with_texts(claim(*siblings), paragraph, "here")


def test_a_claim_file_is_read_with_its_paragraph(toy: Path) -> None:
    path = toy / "claims" / "numbers" / "n1_square_of_sum.py"
    statement = "(x + y)^2 <= 1.5 x^2 + 1.5 y^2"
    because = "at x = y = 1 the left-hand side is 4 and the right-hand side 3"
    text = path.read_text("utf-8")
    for field, value in (("statement", statement), ("because", because)):
        line = f'            {field}="{value}",\n'
        assert line in text
        text = text.replace(line, "")
    end = text.index('"""', text.index("Source. "))
    spoken = f"\nSiblings.\n    three-halves: {statement}, because\n    {because}.\n"
    path.write_text(text[:end] + spoken + text[end:], "utf-8")
    found = load_claim(toy, path)
    (sibling,) = found.siblings
    assert (sibling.statement, sibling.because) == (statement, because)
    assert found.text is not None and "three-halves" not in found.text.source
