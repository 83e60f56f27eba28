"""This paper keeps the rules of the house, and every claim and finding of it is complete."""

from __future__ import annotations

from pathlib import Path

from refute import Kind, Status
from refute.inputs.registry import Book, is_claim_file

ROOT = Path(__file__).resolve().parents[3]


def test_this_paper_keeps_the_rules(book: Book) -> None:
    """discover checks labels, slugs, uses, findings, siblings and docstrings; the rest is checked here."""
    assert len(book.claims) >= 10
    modules = {path.stem for path in (ROOT / "claims").glob("*/*.py") if is_claim_file(path)}
    assert {claim.module.rpartition(".")[2] for claim in book.claims} == modules
    for chapter in book.paper.chapters:
        assert (ROOT / "claims" / chapter / "__init__.py").is_file()


def test_every_claim_of_this_paper_is_complete(book: Book) -> None:
    for claim in book.claims:
        assert claim.text is not None and all(vars(claim.text).values()), claim.id
        assert claim.text.heading.startswith(f"{claim.id}. "), claim.id
        assert claim.title and claim.siblings, claim.id
        assert isinstance(claim.kind, Kind) and isinstance(claim.status, Status)
        assert set(claim.uses) <= {other.id for other in book.claims}
        for sibling in claim.siblings:
            assert sibling.statement and sibling.because, f"{claim.id}~{sibling.name}"


def test_every_finding_of_this_paper_is_served_or_carries_a_reason(book: Book) -> None:
    served = {claim.finding for claim in book.claims}
    assert served | set(book.unchecked) == set(book.paper.findings)
    assert not served & set(book.unchecked)
    assert all(book.unchecked.values())


def test_every_finding_of_this_paper_has_a_headline(book: Book) -> None:
    assert [headline.finding for headline in book.paper.headlines] == list(book.paper.findings)
