"""The pytest front end: every claim, and every false sibling, is a test.

Collected from `claims/<chapter>/<id>_<slug>.py` below a folder that holds `claims/paper.py`. A claim passes
when its verdict is PROVED or SUPPORTED, a sibling when it is refuted by a witness that replays. `-k` matches
id, slug, chapter, kind and finding; a claim's cost is its marker (fast, medium, slow). The options are those
of `refute run`: `--profile`, `--seed`, `--device`, `--dtype`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from refute.audit.profiles import DEFAULT, PROFILES
from refute.basics.errors import PaperError
from refute.statement.kinds import DTYPES, Compute, Cost

# Every session of pytest on a machine with this package imports this file: the rest is imported when used.
if TYPE_CHECKING:
    from refute.audit.result import Result
    from refute.inputs.registry import Book
    from refute.statement.claim import Claim
    from refute.statement.sibling import Sibling

_BOOKS = pytest.StashKey[dict[Path, "Book"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options that `refute run` has too."""
    group = parser.getgroup("refute", "refute: how claims are tested")
    group.addoption("--profile", choices=tuple(PROFILES), default=DEFAULT, help=f"effort (default {DEFAULT})")
    group.addoption("--seed", type=_seed, default=0, metavar="INT", help="root of all generators (default 0)")
    group.addoption("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: cuda if present")
    group.addoption("--dtype", choices=DTYPES, default=DTYPES[0], help="float32 shows, never decides")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise pytest.UsageError(f"--seed must be a whole number, 0 or more, and not {text!r}")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the cost markers, so that a paper needs no configuration of its own for them."""
    config.stash[_BOOKS] = {}
    for cost in Cost:
        config.addinivalue_line("markers", f"{cost}: cost of a claim")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the modules of the chapters of a paper."""
    if file_path.suffix != ".py" or not (file_path.parent.parent / "paper.py").is_file():
        return None
    from refute.inputs.registry import is_claim_file

    if not is_claim_file(file_path):
        return None
    collected: pytest.Collector = ClaimFile.from_parent(parent, path=file_path)
    return collected


def book_of(config: pytest.Config, root: Path) -> Book:
    """The paper in `root`, discovered once a session. Raises PaperError."""
    from refute.inputs.registry import discover

    books = config.stash[_BOOKS]
    if root not in books:
        books[root] = discover(root)
    return books[root]


class ClaimFile(pytest.File):
    """One claim module."""

    def collect(self) -> Iterator[pytest.Item]:
        """The claim, then its siblings."""
        from refute.inputs.paper_modules import paper_at_work
        from refute.inputs.registry import load_claim

        root = self.path.parent.parent.parent
        try:
            with paper_at_work(root):
                claim = load_claim(root, self.path)
        except PaperError as error:
            raise self.CollectError(str(error)) from None
        yield ClaimItem.from_parent(self, name=f"{claim.id}-{claim.slug}", claim=claim, sibling=None)
        for sibling in claim.siblings:
            name = f"{claim.id}-{claim.slug}~{sibling.name}"
            yield ClaimItem.from_parent(self, name=name, claim=claim, sibling=sibling)


class ClaimItem(pytest.Item):
    """A claim that must stand, or a sibling of it that must fall."""

    def __init__(self, *, claim: Claim, sibling: Sibling | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.claim = claim
        self.sibling = sibling
        self.add_marker(str((sibling and sibling.cost) or claim.cost))
        kind = str(claim.kind).replace(" ", "-")
        self.extra_keyword_matches.update((claim.id, claim.chapter, kind, claim.finding))

    def runtest(self) -> None:
        """Audit at the profile, seed, device and dtype of the session. Raises ClaimError."""
        from refute.inputs.paper_modules import paper_at_work

        with paper_at_work(self.path.parent.parent.parent):
            compute = self._compute()
            if self.sibling is None:
                self._stands(compute)
            else:
                self._falls(self.sibling, compute)

    def _stands(self, compute: Compute) -> None:
        from refute.audit.all_claims import with_blame

        book = self._book()
        result = with_blame(self._audited(self.claim, compute), book.claims, compute, self._seed)
        if not result.verdict.passes:
            raise ClaimError(self._message(result, compute))

    def _falls(self, sibling: Sibling, compute: Compute) -> None:
        from refute.audit.judgement import judge

        target = self.claim.as_sibling(sibling)
        result = self._audited(target, compute)
        if result.counterexample is None or not result.counterexample.confirmed:
            raise ClaimError(
                f"false sibling {target.id} was not refuted ({result.verdict}: {result.because})\n"
                f"  it says: {sibling.statement}\n  it is false because: {sibling.because}"
            )
        if judge(target, result.counterexample.instance, compute, self._seed).violation <= 0:
            raise ClaimError(f"the witness against {target.id} does not replay")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A claim that fell, or a paper with a mistake, in words; anything else as pytest shows it."""
        if isinstance(excinfo.value, (ClaimError, PaperError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the claim is."""
        says = self.claim.title if self.sibling is None else self.sibling.statement
        return self.path, 0, f"{self.name}: {says}"

    @property
    def _seed(self) -> int:
        seed: int = self.config.getoption("--seed")
        return seed

    def _audited(self, target: Claim, compute: Compute) -> Result:
        from refute.audit.one_claim import audit_claim

        return audit_claim(target, PROFILES[self.config.getoption("--profile")], self._seed, compute)

    def _book(self) -> Book:
        return book_of(self.config, self.path.parent.parent.parent)

    def _compute(self) -> Compute:
        device = str(self.config.getoption("--device"))
        try:
            device = self._book().paper.resolve_device(device)
        except ValueError as error:
            raise ClaimError(f"--device {device}: {error}") from None
        return Compute(device, str(self.config.getoption("--dtype")))

    def _message(self, result: Result, compute: Compute) -> str:
        from refute.audit.witness import save_witnesses, witness_path

        lines = [f"{self.claim.id} ({self.claim.title}) is {result.verdict}: {result.because}"]
        if result.counterexample is not None:
            folder = self.config.rootpath / ".refute" / "witnesses"
            save_witnesses([result], self._seed, compute, folder)
            lines.append(f"  instance: {result.counterexample.instance!r}")
            lines += [f"  {found.sentence()}" for found in result.counterexample.judgement.comparisons]
            if result.blame is not None and result.blame.false is not None:
                lines.append(f"  instance of {result.blame.false}: {result.blame.instance!r}")
            lines.append(f"  replay: refute replay {witness_path(folder, self.claim.id)}")
        return "\n".join(lines)


class ClaimError(Exception):
    """A claim that did not stand, or a sibling that did."""
