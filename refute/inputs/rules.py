"""What a paper must keep to be a paper: labels, contents, findings, siblings, and uses without a circle."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter

from refute.basics.errors import PaperError
from refute.statement.claim import Claim
from refute.statement.paper import Paper

_FRONT = "claims/paper.py"


def check_rules(paper: Paper, claims: list[Claim], front: str = "") -> None:
    """Raise PaperError for the first rule that the claims of a paper break, with its file.

    front: the text of claims/paper.py, so that its lines can be named.
    """
    _check_names(claims)
    _check_contents(paper, claims, front)
    for claim in claims:
        _check_claim(claim, paper, claims)
    _check_findings(paper, claims, front)
    _check_headlines(paper, claims)
    _check_circles(claims)


def _file_of(claim: Claim) -> str:
    """The file that holds a claim, from the folder of the paper."""
    return f"{claim.module.replace('.', '/')}.py"


def _entry(front: str, text: str) -> str:
    """The last line of claims/paper.py with a text in quotes, "claims/paper.py:12"; the file if none."""
    lines = [number for number, line in enumerate(front.splitlines(), 1) if f'"{text}"' in line]
    return f"{_FRONT}:{lines[-1]}" if lines else _FRONT


def _check_names(claims: list[Claim]) -> None:
    files: dict[str, str] = {}
    for claim in claims:
        for name in {claim.id.lower(), claim.slug.lower()}:
            if name in files:
                raise PaperError(
                    f"{_file_of(claim)} and {files[name]}: two claims are called {name}, as label or as slug "
                    "(what follows the label in the name of the file)"
                )
            files[name] = _file_of(claim)


def _check_claim(claim: Claim, paper: Paper, claims: list[Claim]) -> None:
    if claim.finding not in paper.findings:
        raise PaperError(
            f"{_file_of(claim)}: {claim.id} serves finding {claim.finding!r}, which claims/paper.py does not "
            f"list; there is: {', '.join(paper.findings)}"
        )
    for used in claim.uses:
        if used not in [other.id for other in claims]:
            raise PaperError(f"{_file_of(claim)}: {claim.id} uses {used}, which is no claim")
    names = [sibling.name for sibling in claim.siblings]
    if len(set(names)) < len(names):
        raise PaperError(f"{_file_of(claim)}: {claim.id} has two siblings of the same name")
    for sibling in claim.siblings:
        where = f"{_file_of(claim)}: sibling {sibling.name} of {claim.id}"
        try:
            variant = claim.as_sibling(sibling)
        except ValueError as error:
            raise PaperError(f"{where} is no claim: {error}") from None
        if not sibling.differs:
            raise PaperError(f"{where} differs from the claim in nothing; give it changes={{...}}")
        if variant.check is not None and sibling.falls == "":
            raise PaperError(f"{where} is judged by a check, so falls must name the part that fails")
        if sibling.where and sibling.where not in claim.classes:
            known = ", ".join(map(repr, claim.classes)) or "none"
            raise PaperError(
                f"{where} falls where {sibling.where!r}, which is no class of the claim; there is: {known}"
            )


def _check_contents(paper: Paper, claims: list[Claim], front: str) -> None:
    """Every claim is in the contents, and every entry has a claim or a reason, never both."""
    chapters = {entry.id: chapter for chapter, entries in paper.contents.items() for entry in entries}
    if twice := [label for label, count in Counter(e.id for e in paper.entries).items() if count > 1]:
        raise PaperError(f"{_entry(front, twice[0])}: the contents list {twice[0]} twice")
    for claim in claims:
        if claim.id not in chapters:
            raise PaperError(
                f"{_FRONT}: {claim.id} ({_file_of(claim)}) is not in the contents; add Entry({claim.id!r}) "
                f"to the chapter {claim.chapter!r}".replace("'", '"')
            )
        if chapters[claim.id] != claim.chapter:
            raise PaperError(
                f"{_entry(front, claim.id)}: {claim.id} is in claims/{claim.chapter}/; the contents have it "
                f"under {chapters[claim.id]}"
            )
    for entry in paper.entries:
        if (entry.id in [claim.id for claim in claims]) == bool(entry.reason):
            state = "gives a reason not to check" if entry.reason else "has neither a claim nor a reason for"
            raise PaperError(
                f"{_entry(front, entry.id)}: the paper {state} {entry.id}"
                + (", which is a claim" if entry.reason else "; write its claim, or drop the entry")
            )
        if bool(entry.reason) != bool(entry.finding):
            raise PaperError(
                f"{_entry(front, entry.id)}: {entry.id}: an entry gives a reason and the finding it would "
                "serve, or none of both"
            )


def _check_findings(paper: Paper, claims: list[Claim], front: str) -> None:
    named = {claim.finding for claim in claims} | {entry.finding for entry in paper.entries if entry.reason}
    for finding in paper.findings:
        if finding not in named:
            raise PaperError(
                f"{_entry(front, finding)}: finding {finding} is served by no claim and by no entry "
                "of the contents"
            )
    for entry in paper.entries:
        if entry.reason and entry.finding not in paper.findings:
            raise PaperError(
                f"{_entry(front, entry.id)}: {entry.id} would serve {entry.finding!r}, which is no finding "
                f"there; there is: {', '.join(paper.findings)}"
            )


def _check_headlines(paper: Paper, claims: list[Claim]) -> None:
    """A finding has one headline at most, and what it rests on are claims of the paper."""
    labels = {claim.id for claim in claims}
    for finding, count in Counter(headline.finding for headline in paper.headlines).items():
        if finding not in paper.findings:
            raise PaperError(f"there is a headline for {finding!r}, which claims/paper.py does not list")
        if count > 1:
            raise PaperError(f"finding {finding} has {count} headlines")
    for headline in paper.headlines:
        for label in headline.claims:
            if label not in labels:
                raise PaperError(f"the headline of {headline.finding} names {label}, which is no claim")


def _check_circles(claims: list[Claim]) -> None:
    try:
        TopologicalSorter({claim.id: claim.uses for claim in claims}).prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise PaperError(f"the uses of these claims run in a circle: {circle}") from None
