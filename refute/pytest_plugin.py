"""The pytest front end: every claim, and every false sibling, is a test.

Collected from `claims/<chapter>/<id>_<slug>.py` below a folder that holds `claims/paper.py`. A claim passes
when its verdict is PROVED or SUPPORTED, a sibling when it is refuted by a witness that replays. `-k` matches
id, slug, chapter, kind and finding; a claim's cost is its marker (fast, medium, slow).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refute.audit.all_claims import with_blame
from refute.audit.judgement import judge
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.audit.witness import save_witnesses, witness_path
from refute.basics.errors import PaperError
from refute.inputs.registry import Book, discover, is_claim_file, load_claim
from refute.statement.claim import Claim, Sibling
from refute.statement.kinds import Compute, Cost


def pytest_configure(config: pytest.Config) -> None:
    """Register the cost markers, so that a paper needs no configuration of its own for them."""
    for cost in Cost:
        config.addinivalue_line("markers", f"{cost}: cost of a claim")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the modules of the chapters of a paper."""
    if not is_claim_file(file_path) or not (file_path.parent.parent / "paper.py").is_file():
        return None
    collected: pytest.Collector = ClaimFile.from_parent(parent, path=file_path)
    return collected


class ClaimFile(pytest.File):
    """One claim module."""

    def collect(self) -> Iterator[pytest.Item]:
        """The claim, then its siblings."""
        root = self.path.parent.parent.parent
        try:
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
        self.claim, self.sibling = claim, sibling
        self.add_marker(str(claim.cost))
        kind = str(claim.kind).replace(" ", "-")
        self.extra_keyword_matches.update((claim.id, claim.chapter, kind, claim.finding))

    def runtest(self) -> None:
        """Audit at the profile, seed, device and dtype of the session."""
        option = self.config.getoption
        seed, compute = int(option("--seed", default=0)), self._compute()
        target = self.claim if self.sibling is None else self.claim.as_sibling(self.sibling)
        result = audit_claim(target, PROFILES[option("--profile", default="quick")], seed, compute)
        if self.sibling is None:
            result = with_blame(result, self._book().claims, compute, seed)
            if not result.verdict.passes:
                raise ClaimError(self._message(result, seed, compute))
        elif result.verdict is not Verdict.REFUTED:
            raise ClaimError(
                f"false sibling {target.id} was not refuted ({result.verdict}: {result.because})\n"
                f"  it says: {self.sibling.statement}\n  it is false because: {self.sibling.because}"
            )
        else:
            assert result.counterexample is not None
            if judge(target, result.counterexample.instance, compute, seed).violation <= 0:
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

    def _book(self) -> Book:
        return discover(self.path.parent.parent.parent)

    def _compute(self) -> Compute:
        option = self.config.getoption
        device = self._book().paper.resolve_device(str(option("--device", default="auto")))
        return Compute(device, str(option("--dtype", default="float64")))

    def _message(self, result: Result, seed: int, compute: Compute) -> str:
        lines = [f"{self.claim.id} ({self.claim.title}) is {result.verdict}: {result.because}"]
        if result.counterexample is not None:
            folder = self.config.rootpath / ".refute" / "witnesses"
            save_witnesses([result], seed, compute, folder)
            lines.append(f"  instance: {result.counterexample.instance!r}")
            lines += [
                f"  {comparison.sentence()}" for comparison in result.counterexample.judgement.comparisons
            ]
            if result.blame is not None and result.blame.false is not None:
                lines.append(f"  instance of {result.blame.false}: {result.blame.instance!r}")
            lines.append(f"  replay: refute replay {witness_path(folder, self.claim.id)}")
        return "\n".join(lines)


class ClaimError(Exception):
    """A claim that did not stand, or a sibling that did."""
