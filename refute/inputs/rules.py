"""What a paper must keep to be a paper: labels, contents, findings, siblings, and uses without a circle."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter

from refute.basics.errors import PaperError
from refute.statement.claim import Claim
from refute.statement.paper import Paper


def check_rules(paper: Paper, claims: list[Claim]) -> None:
    """Raise PaperError for the first rule that the claims of a paper break."""
    _check_names(claims)
    _check_contents(paper, claims)
    for claim in claims:
        _check_claim(claim, paper, claims)
    _check_findings(paper, claims)
    _check_headlines(paper, claims)
    _check_circles(claims)


def _check_names(claims: list[Claim]) -> None:
    names = [name.lower() for claim in claims for name in (claim.id, claim.slug)]
    for name, count in Counter(names).items():
        if count > 1:
            raise PaperError(f"two claims are called {name}, as label or as slug")


def _check_claim(claim: Claim, paper: Paper, claims: list[Claim]) -> None:
    if claim.finding not in paper.findings:
        raise PaperError(f"{claim.id} serves finding {claim.finding!r}, which claims/paper.py does not list")
    for used in claim.uses:
        if used not in [other.id for other in claims]:
            raise PaperError(f"{claim.id} uses {used}, which is no claim")
    names = [sibling.name for sibling in claim.siblings]
    if len(set(names)) < len(names):
        raise PaperError(f"{claim.id} has two siblings of the same name")
    for sibling in claim.siblings:
        where = f"sibling {sibling.name} of {claim.id}"
        try:
            variant = claim.as_sibling(sibling)
        except ValueError as error:
            raise PaperError(f"{where} is no claim: {error}") from None
        if variant.check is not None and sibling.falls == "":
            raise PaperError(f"{where} is judged by a check, so falls must name the part that fails")
        if sibling.where and sibling.where not in claim.classes:
            raise PaperError(f"{where} falls where {sibling.where!r}, which is no class of the claim")


def _check_contents(paper: Paper, claims: list[Claim]) -> None:
    """Every claim is in the contents, and every entry has a claim or a reason, never both."""
    chapters = {entry.id: chapter for chapter, entries in paper.contents.items() for entry in entries}
    if twice := [label for label, count in Counter(e.id for e in paper.entries).items() if count > 1]:
        raise PaperError(f"the contents of the paper list {twice[0]} twice")
    for claim in claims:
        if claim.id not in chapters:
            raise PaperError(f"{claim.id} is not in the contents of the paper")
        if chapters[claim.id] != claim.chapter:
            raise PaperError(
                f"{claim.id} is in claims/{claim.chapter}/; the contents have it under {chapters[claim.id]}"
            )
    for entry in paper.entries:
        if (entry.id in [claim.id for claim in claims]) == bool(entry.reason):
            state = "gives a reason not to check" if entry.reason else "has neither a claim nor a reason for"
            raise PaperError(f"the paper {state} {entry.id}" + (", which is a claim" * bool(entry.reason)))
        if bool(entry.reason) != bool(entry.finding):
            raise PaperError(f"{entry.id}: an entry gives a reason and the finding it would serve, or none")


def _check_findings(paper: Paper, claims: list[Claim]) -> None:
    named = {claim.finding for claim in claims} | {entry.finding for entry in paper.entries if entry.reason}
    for finding in paper.findings:
        if finding not in named:
            raise PaperError(f"finding {finding} is served by no claim and by no entry of the contents")
    for entry in paper.entries:
        if entry.reason and entry.finding not in paper.findings:
            raise PaperError(f"{entry.id} would serve {entry.finding!r}, which claims/paper.py does not list")


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
