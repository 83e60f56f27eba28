"""The house has rules, and every broken rule is one line that says which."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from refute.basics.errors import PaperError
from refute.inputs.registry import discover, load_claim, read_text
from tests.refute.toy_files import N1, N3, PAPER, change


def test_the_toy_paper_is_read_in_order(toy: Path) -> None:
    book = discover(toy)
    assert [(claim.id, claim.slug, claim.chapter) for claim in book.claims] == [
        ("N1", "square-of-sum", "numbers"),
        ("N2", "largest-uniform", "numbers"),
        ("N3", "binomial", "numbers"),
    ]
    assert book.chapter_titles == {"numbers": "Numbers, small ones"}
    assert book.paper.title == "Toy numbers"
    first = book.claims[0]
    assert first.module == "claims.numbers.n1_square_of_sum"
    assert first.text is not None
    assert first.text.heading == "N1. The square of a sum is at most twice the sum of the squares."
    assert first.text.symbols == "x, y real."
    assert first.text.not_shown == "Anything about numbers that the search did not visit."


def test_claims_are_read_in_the_order_of_the_contents(toy: Path) -> None:
    add_claim(toy, "n10_binomial_again", "N10")
    change(toy, PAPER, 'Entry("N1"', 'Entry("N10"), Entry("N1"')
    assert [claim.id for claim in discover(toy).claims] == ["N10", "N1", "N2", "N3"]


def test_an_entry_without_a_claim_says_why(toy: Path) -> None:
    entry = 'Entry("N9", "Primes are odd", reason="Two is not.", finding="F3"),'
    change(toy, PAPER, 'Entry("N2"', f'{entry} Entry("N2"')
    change(toy, PAPER, '"F2": "C', '"F3": "Primes.", "F2": "C')
    book = discover(toy)
    assert book.unchecked == {"F3": "Two is not."}
    assert [claim.id for claim in book.claims] == ["N1", "N2", "N3"]


def test_a_chapter_of_which_nothing_is_checked_needs_no_folder(toy: Path) -> None:
    entry = 'Entry("Q1", "Later", reason="It is to come.", finding="F2")'
    change(toy, PAPER, "contents={", f'contents={{"later": ({entry},), ')
    book = discover(toy)
    assert book.paper.chapters == ("numbers",)
    assert book.unchecked == {}


def test_claims_are_found_by_label_and_slug_in_reading_order(toy: Path) -> None:
    book = discover(toy)
    assert [claim.id for claim in book.find(())] == ["N1", "N2", "N3"]
    assert [claim.id for claim in book.find(("binomial", "n1"))] == ["N1", "N3"]
    assert [claim.id for claim in book.find(("N2", "LARGEST-uniform"))] == ["N2"]
    assert [claim.id for claim in book.find(("Numbers",))] == ["N1", "N2", "N3"]
    with pytest.raises(PaperError, match="no claim is called 'binomal'; nearest: binomial"):
        book.find(("N1", "binomal"))


def add_claim(toy: Path, name: str, label: str) -> None:
    shutil.copy(toy / N3, toy / f"claims/numbers/{name}.py")
    change(toy, f"claims/numbers/{name}.py", 'id="N3"', f'id="{label}"')
    change(toy, f"claims/numbers/{name}.py", "N3. The", f"{label}. The")


def test_an_import_error_says_where(toy: Path) -> None:
    change(toy, N1, "import Fraction", "import Fractions")
    with pytest.raises(PaperError, match=r"cannot import name 'Fractions' .*n1_square_of_sum\.py:\d+\)$"):
        discover(toy)


def test_the_title_is_the_first_line_of_the_docstring(toy: Path) -> None:
    assert discover(toy).claims[2].title == "The binomial formula"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("N3. The", "The", "the docstring begins with the label and the title, 'N3. Title.'"),
        ('id="N3",', 'id="N3",\n    title="The binomial formula",', "CLAIM repeats the title"),
    ],
)
def test_a_title_is_written_once(toy: Path, old: str, new: str, message: str) -> None:
    change(toy, N3, old, new)
    with pytest.raises(PaperError, match=f"n3_binomial.py: {message}"):
        load_claim(toy, toy / N3)


def test_a_chapter_may_hold_helpers_and_a_folder_nothing_but_helpers(toy: Path) -> None:
    before = discover(toy)
    (toy / "claims" / "preliminaries").mkdir()
    for path in ("preliminaries/__init__.py", "preliminaries/data.py", "numbers/plots.py", "numbers/n4.py"):
        (toy / "claims" / path).write_text(
            "raise AssertionError('no claim is imported from here')\n", encoding="utf-8"
        )
    assert [claim.id for claim in discover(toy).claims] == [claim.id for claim in before.claims]


def test_no_claim_is_overlooked(toy: Path) -> None:
    (toy / "claims" / "forgotten").mkdir()
    shutil.copy(toy / N3, toy / "claims/forgotten/n9_binomial.py")
    with pytest.raises(
        PaperError, match=r"claims/forgotten/ holds claims, and claims/paper.py has no chapter"
    ):
        discover(toy)


def test_a_chapter_without_a_claim_is_refused(toy: Path) -> None:
    change(toy, PAPER, "contents={", 'contents={"empty": (Entry("Q1", ""),), ')
    (toy / "claims/empty").mkdir()
    (toy / "claims/empty/__init__.py").write_text('"""Nothing."""\n', encoding="utf-8")
    with pytest.raises(PaperError, match="claims/empty/ holds no claim"):
        discover(toy)


@pytest.mark.parametrize(
    ("name", "label", "message"),
    [
        ("n3_again", "N3", "two claims are called n3, as label or as slug"),
        ("n4_binomial", "N4", "two claims are called binomial, as label or as slug"),
        ("n4_n1", "N4", "two claims are called n1, as label or as slug"),
    ],
)
def test_two_claims_of_one_name_are_refused(toy: Path, name: str, label: str, message: str) -> None:
    add_claim(toy, name, label)
    with pytest.raises(PaperError, match=message):
        discover(toy)


def test_two_siblings_of_one_name_are_refused(toy: Path) -> None:
    change(
        toy, N3, "    siblings=(\n", "    siblings=(\n        Sibling('no-mixed-term', 'x', 'y', falls=''),\n"
    )
    with pytest.raises(PaperError, match="N3 has two siblings of the same name"):
        discover(toy)


def test_a_folder_without_a_paper_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match=r"has no claims/paper\.py; run refute in the folder that holds"):
        discover(tmp_path)


def test_the_paragraphs_of_a_docstring_may_be_long_and_in_any_order() -> None:
    names = ("Source", "Statement", "Assumptions", "Symbols", "Refuted by", "A pass does not show")
    body = "\n\n".join(f"{name}. First line.\nSource of it. Statement {name}.\n\nMore." for name in names)
    text = read_text(f"K1. A title.\n\n{body}\n", "here")
    assert text.heading == "K1. A title."
    assert text.refuted_by == "First line.\nSource of it. Statement Refuted by.\n\nMore."


def test_a_claim_can_be_loaded_by_itself(toy: Path) -> None:
    claim = load_claim(toy, toy / N3)
    assert (claim.id, claim.slug, claim.chapter) == ("N3", "binomial", "numbers")


@pytest.mark.parametrize(
    ("headlines", "message"),
    [
        (
            'Headline("F9", ("N1",), "It stands.")',
            "there is a headline for 'F9', which claims/paper.py does not",
        ),
        ('Headline("F1", ("N1",), "a"), Headline("F1", ("N1",), "b")', "finding F1 has 2 headlines"),
        ('Headline("F1", ("N9",), "It stands.")', "the headline of F1 names N9, which is no claim"),
    ],
)
def test_a_headline_rests_on_what_the_paper_has(toy: Path, headlines: str, message: str) -> None:
    change(toy, PAPER, "import Entry, Paper", "import Entry, Paper\nfrom refute import Headline")
    change(toy, PAPER, "contents={", f"headlines=({headlines},), contents={{")
    with pytest.raises(PaperError, match=message):
        discover(toy)
