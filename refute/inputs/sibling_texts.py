"""What the siblings of a claim say, read from its docstring: the paragraph "Siblings.", one entry a sibling.

    Siblings.
        four-for-two: f(x_N) - f* <= L R^2 / (4N + 4), because the Huber function attains 4N + 2.
        twice-the-step: steps of length 2/L lead to the same bound, because on L x^2 / 2 they go from x to -x
        and back.

A sibling whose `statement` and `because` are fields of CLAIM has no entry there.
"""

from __future__ import annotations

import re
from dataclasses import replace

from refute.basics.errors import PaperError
from refute.statement.claim import Claim
from refute.statement.sibling import Sibling

PARAGRAPH = "Siblings"
_ENTRY = re.compile(r"(?m)^ *([a-z0-9]+(?:-[a-z0-9]+)*): +")
_REASON = ", because "


def with_texts(claim: Claim, paragraph: str, where: str) -> Claim:
    """The claim, each of its siblings with the false statement and the reason that the paragraph gives it.

    paragraph: what stands under "Siblings.", empty where there is none. Raises PaperError if an entry names
    no sibling or lacks one of the two, or if a sibling has its text twice or nowhere.
    """
    told = _entries(paragraph, where)
    names = {sibling.name for sibling in claim.siblings}
    for name in told:
        if name not in names:
            raise PaperError(f"{where}: the paragraph {PARAGRAPH} names {name}, which is no sibling of CLAIM")
    return replace(
        claim, siblings=tuple(_with_text(one, told.get(one.name), where) for one in claim.siblings)
    )


def _entries(paragraph: str, where: str) -> dict[str, tuple[str, str]]:
    """Statement and reason by the name of the sibling."""
    before, *pieces = _ENTRY.split(paragraph)
    if before.strip():
        said = before.split()[0]
        raise PaperError(
            f"{where}: the paragraph {PARAGRAPH} begins with the name of one, and not with {said!r}"
        )
    found: dict[str, tuple[str, str]] = {}
    for name, text in zip(pieces[::2], pieces[1::2], strict=True):
        statement, _, reason = " ".join(text.split()).removesuffix(".").partition(_REASON)
        if not statement or not reason:
            raise PaperError(
                f"{where}: sibling {name} reads '{name}: a false statement, because of a reason.'"
            )
        if name in found:
            raise PaperError(f"{where}: the paragraph {PARAGRAPH} names {name} twice")
        found[name] = statement, reason
    return found


def _with_text(sibling: Sibling, told: tuple[str, str] | None, where: str) -> Sibling:
    if told is not None:
        if sibling.statement or sibling.because:
            raise PaperError(f"{where}: sibling {sibling.name} has its text in the docstring and in CLAIM")
        statement, because = told
        return replace(sibling, statement=statement, because=because)
    if not sibling.statement or not sibling.because:
        raise PaperError(
            f"{where}: nothing says what sibling {sibling.name} states and why it is false; its docstring "
            f"may, in the paragraph {PARAGRAPH}: '{sibling.name}: a false statement, because of a reason.'"
        )
    return sibling
