"""Discovers the paper in a folder: `claims/paper.py`, and one claim a module in `claims/<chapter>/`."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from refute.basics.errors import PaperError, one_line, place_of
from refute.basics.interrupts import leaving_on_ctrl_c
from refute.inputs.claim_source import (
    check_constants,
    check_docstring,
    check_ends,
    check_quantities,
)
from refute.inputs.paper_modules import check_home, enter
from refute.inputs.rules import check_rules
from refute.inputs.sibling_texts import PARAGRAPH, with_texts
from refute.statement.claim import Claim, Text
from refute.statement.paper import Paper

_PARTS = {
    "statement": "Statement",
    "assumptions": "Assumptions",
    "symbols": "Symbols",
    "refuted_by": "Refuted by",
    "not_shown": "A pass does not show",
    "source": "Source",
}


@dataclass(frozen=True)
class Book:
    """A paper with its claims in reading order and the titles of its chapters."""

    paper: Paper
    claims: tuple[Claim, ...]
    chapter_titles: dict[str, str]

    @property
    def unchecked(self) -> dict[str, str]:
        """For every finding that no claim serves, why the statements that would serve it are not checked."""
        served = {claim.finding for claim in self.claims}
        reasons: dict[str, str] = {}
        for entry in self.paper.entries:
            if entry.reason and entry.finding not in served:
                reasons[entry.finding] = " ".join(filter(None, [reasons.get(entry.finding), entry.reason]))
        return reasons

    def find(self, names: Iterable[str]) -> tuple[Claim, ...]:
        """The claims of these labels, slugs or chapters (case ignored), in order; all if none is named.

        Raises PaperError for a name that is none, with the nearest ones.
        """
        wanted = [name.lower() for name in names]
        known: dict[str, set[str]] = {}
        for claim in self.claims:
            known.setdefault(claim.chapter.lower(), set()).add(claim.id)
        known |= {name.lower(): {claim.id} for claim in self.claims for name in (claim.id, claim.slug)}
        for name in wanted:
            if name not in known:
                near = get_close_matches(name, known, n=3)
                hint = f"; nearest: {', '.join(near)}" if near else ""
                raise PaperError(f"no claim is called {name!r}{hint} (`refute list` shows all)")
        chosen = {label for name in wanted for label in known[name]}
        return tuple(claim for claim in self.claims if not wanted or claim.id in chosen)


def is_claim_file(path: Path) -> bool:
    """Whether a file of a paper is a claim: `s1_square_of_a_sum.py` is, `plots.py` beside it is not.

    Folders of `claims/` without such a file hold what the chapters share.
    """
    is_named = re.fullmatch(r"[a-z]+[0-9]+_\w+\.py", path.name) is not None
    return is_named and path.parent.parent.name == "claims"


def load_paper(root: Path) -> Paper:
    """Import the front matter of the paper in `root`, and no claim. Raises PaperError."""
    if not (root / "claims" / "paper.py").is_file():
        raise PaperError(
            f"{root} has no claims/paper.py; run refute in the folder that holds claims/, "
            "or begin a paper with `refute new`"
        )
    paper = getattr(_module(root, "claims.paper"), "PAPER", None)
    if not isinstance(paper, Paper):
        raise PaperError("claims/paper.py must define PAPER, a refute.Paper")
    return paper


def discover(root: Path) -> Book:
    """Import the paper found in `root`. Raises PaperError if there is none or if it breaks a rule."""
    paper = load_paper(root)
    _check_folders(paper, root)
    titles = {chapter: _title(root, chapter) for chapter in paper.chapters}
    claims = [load_claim(root, path) for chapter in paper.chapters for path in _paths(root, chapter)]
    check_rules(paper, claims, (root / "claims" / "paper.py").read_text(encoding="utf-8"))
    order = [entry.id for entry in paper.entries]
    return Book(paper, tuple(sorted(claims, key=lambda claim: order.index(claim.id))), titles)


def load_claim(root: Path, path: Path) -> Claim:
    """Import one claim module and fill in what the file says: title, slug, chapter, module and docstring.

    Raises PaperError if the module cannot be imported or breaks a rule.
    """
    chapter = path.parent.name
    stem = path.stem
    where = f"claims/{chapter}/{path.name}"
    module = _module(root, f"claims.{chapter}.{stem}")
    claim = getattr(module, "CLAIM", None)
    if not isinstance(claim, Claim):
        raise PaperError(f"{where} must define CLAIM, a refute.Claim")
    prefix = claim.id.lower() + "_"
    if not stem.startswith(prefix):
        raise PaperError(f"{where} holds claim {claim.id}, so its name must begin with {prefix}")
    check_docstring(module, where)
    docstring = inspect.getdoc(module) or ""
    if not docstring:
        raise PaperError(
            f"{where}: has no docstring, which is the claim in words; `refute new claim` shows one"
        )
    text = read_text(docstring, where)
    if not text.heading.startswith(f"{claim.id}. "):
        raise PaperError(f"{where}: the docstring begins with the label and the title, '{claim.id}. Title.'")
    if claim.title:
        raise PaperError(f"{where}: CLAIM repeats the title, which is the first line of the docstring")
    check_constants(claim, module, text.statement, where)
    check_ends(module, where)
    check_quantities(claim, module, where)
    claim = with_texts(claim, _paragraphs(docstring).get(PARAGRAPH, ""), where)
    title = text.heading.removeprefix(f"{claim.id}. ").removesuffix(".")
    slug = stem.removeprefix(prefix).replace("_", "-")
    return replace(claim, title=title, slug=slug, chapter=chapter, module=module.__name__, text=text)


def read_text(docstring: str, where: str) -> Text:
    """Split a docstring into its named paragraphs. Raises PaperError if one is missing or empty."""
    heading = docstring.partition("\n")[0]
    found = _paragraphs(docstring)
    for mark in _PARTS.values():
        if not found.get(mark):
            raise PaperError(
                f"{where}: the docstring has no paragraph that begins with '{mark}.' and says more"
            )
    return Text(heading=heading.strip(), **{name: found[mark] for name, mark in _PARTS.items()})


def _paragraphs(docstring: str) -> dict[str, str]:
    """What stands under each of the known marks, below the first line."""
    body = docstring.partition("\n")[2]
    marks = "|".join(re.escape(mark) for mark in (*_PARTS.values(), PARAGRAPH))
    pieces = re.split(rf"(?m)^({marks})\. *", body)
    return {mark: text.strip() for mark, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def _module(root: Path, name: str) -> ModuleType:
    """Import a module of the paper in `root`, and of no other. Raises PaperError if that fails."""
    where = name.replace(".", "/")
    enter(root)
    try:
        with leaving_on_ctrl_c():
            module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise PaperError(f"{where} cannot be imported: {one_line(error)} ({place_of(error)})") from error
    check_home(root, where)
    return module


def _title(root: Path, chapter: str) -> str:
    described = inspect.getdoc(_module(root, f"claims.{chapter}")) or chapter
    return described.splitlines()[0].rstrip(".")


def _paths(root: Path, chapter: str) -> list[Path]:
    def order(path: Path) -> tuple[str, int]:
        label = path.stem.split("_")[0]
        digits = "".join(c for c in label if c.isdigit())
        return label.rstrip("0123456789"), int(digits or 0)

    folder = root / "claims" / chapter
    return sorted(filter(is_claim_file, folder.glob("*.py")), key=order)


def _check_folders(paper: Paper, root: Path) -> None:
    folders = {path.parent.name for path in (root / "claims").glob("*/*.py") if is_claim_file(path)}
    for orphan in sorted(folders - set(paper.chapters)):
        raise PaperError(
            f"claims/{orphan}/ holds claims, and claims/paper.py has no chapter {orphan!r} in its contents "
            "with an entry for one"
        )
    for chapter in paper.chapters:
        if not (root / "claims" / chapter / "__init__.py").is_file():
            raise PaperError(
                f"claims/paper.py has a chapter {chapter!r} in its contents, and there is no "
                f"claims/{chapter}/__init__.py, whose docstring is its title"
            )
        if not _paths(root, chapter):
            raise PaperError(
                f"claims/{chapter}/ holds no claim, a file named like s1_square_of_a_sum.py, and is a "
                "chapter in claims/paper.py"
            )
