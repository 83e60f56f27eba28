"""Formulas in running text: found by what they are made of, shown as MathML, read and copied as written.

A docstring marks no formula. A word belongs to one if all of it is notation (refute/report/notation.py), so
that `lambda_min(K) <= 1/2` does and `least-squares` does not; a run of such words is a formula if it can be
read as one and is more than a number. "A" where a sentence begins and "a" are articles, unless a formula
needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape

from markupsafe import Markup

from refute.report.notation import NotationError, latex
from refute.report.notation_signs import FUNCTIONS, NAMES

_LABEL = re.compile(r"[A-Z]{1,2}\d+[a-z]?")
_ITEM = re.compile(r"\([a-e]\)[.,;:]?")
_OVER = re.compile(r"\b(?:sum|sup|max|min|inf) over [^.;]{1,40}? of(?= \S)")
_ALPHA = re.compile(r"[A-Za-z]+\d*")
_COMPOUND = re.compile(r"[A-Za-z]{2,}-[A-Za-z]|[A-Za-z]-[A-Za-z]{2,}")
_SCRIPT = re.compile(r"[A-Za-z]*_(?:\{[^{}]*\}|[A-Za-z0-9]+)|[A-Za-z]+(?=\^)")
_DIFFERENTIAL = re.compile(r"d[A-Za-z](?:_[A-Za-z0-9]+)?/d(?:[a-z]{2,}|[A-Za-z])")
_SIGN = r"in|and|or|of|over|[=<>/~+-]|<=|>=|!=|->"
_NO_END = re.compile(rf"(?:^|\s)(?:{_SIGN}|{'|'.join(FUNCTIONS)})$")
_NO_START = re.compile(rf"(?:{_SIGN})(?:\s|$)")
_NUMBERS = re.compile(r"[\d.,/\s()%]+")
_LONE = ("=", "<=", ">=", "!=", "->", "~")
_JOINING = {"and", "or"}
_WIDE = 24  # characters; a formula that is no wider stays on one line
_LONGEST = 400  # characters of a formula in running text; longer ones are shown as they were written
_KEPT = "\N{NO-BREAK SPACE}"
"""Between the words of "sum over i of", which are one word of a formula."""

_TIED = re.compile(r"[,.;:)]")
"""What may not begin a line behind a formula."""

Run = tuple[str, str, str, int]
"""What is before a formula in its first word, it, what is behind it in its last word, and the next word."""


def html(text: str, *, display: bool = False) -> Markup:
    """One line of text with its formulas as MathML and everything else escaped.

    display: the line is one of formulas, so that a lone "a" is a letter.
    """
    shown = Markup("")
    whole = pieces(text, display=display)
    found = [(formula and part != " ", part) for formula, piece in whole for part in _parts(formula, piece)]
    for at, (formula, piece) in enumerate(found):
        behind = found[at + 1][1] if at + 1 < len(found) else ""
        before = found[at - 1] if at else (False, "")
        if formula and _TIED.match(behind):
            shown += Markup('<span class="tied">{}{}</span>').format(mathml(piece), behind[0])
        elif formula:
            shown += mathml(piece)
        else:
            shown += piece[1:] if before[0] and _TIED.match(piece) else piece
    return shown


def _parts(formula: bool, piece: str) -> list[str]:
    """A long formula in parts between which a line may end: before its signs, outside of all brackets."""
    if not formula or len(piece) <= _WIDE:
        return [piece]
    parts = [""]
    for word in re.split(r"(?= (?:[=<>~+-]|<=|>=) )", piece):
        if parts[-1] and _readable(parts[-1]):
            parts += [" ", word.removeprefix(" ")]
        else:
            parts[-1] += word
    if not _readable(parts[-1]):
        return [piece]
    return parts


# MathML takes a minus for a sign where it comes first, and elsewhere for one between two terms.
_UNARY = re.compile(r"(<mo[^>]*>(?:[(\[,=≤≥≈∈]|&lt;|&gt;)</mo>)<mo>−</mo>")


@cache
def mathml(formula: str) -> Markup:
    """A formula of the notation as a <math> element, whose alternative text is the formula as written."""
    from latex2mathml.converter import convert  # slow to import, and only pages need it

    written = latex(formula)
    body = re.sub(r"^<math[^>]*>|</math>$", "", convert(written))
    body = re.sub(r"&#x([0-9A-F]{5});", lambda match: escape(chr(int(match[1], 16))), body)
    body = _UNARY.sub(r'\1<mo form="prefix">−</mo>', body)
    return Markup(
        f'<math alttext="{escape(formula)}"><semantics>{body}'
        f'<annotation encoding="application/x-tex">{escape(" ".join(written.split()))}</annotation>'
        "</semantics></math>"
    )


def pieces(text: str, *, display: bool = False) -> Iterator[tuple[bool, str]]:
    """The text in pieces, each with whether it is a formula; together they are the text."""
    words = re.findall(r"[^ \n]+|[ \n]+", _OVER.sub(lambda match: match[0].replace(" ", _KEPT), text))
    prose: list[str] = []
    at = 0
    while at < len(words):
        run = None if words[at].isspace() else _run(words, at, "", display=display)
        if run is None and words[at] in _LONE:
            run = "", words[at], "", at + 1
        if run is None and words[at].startswith("(") and not _ITEM.match(words[at]):
            run = _run(words, at, "(", display=display)
        if run is None:
            prose.append(words[at])
            at += 1
            continue
        before, formula, after, at = run
        if before or prose:
            yield False, "".join([*prose, before]).replace(_KEPT, " ")
        yield True, formula.replace(_KEPT, " ")
        prose = [after] if after else []
    if prose:
        yield False, "".join(prose).replace(_KEPT, " ")


def _run(words: Sequence[str], at: int, before: str, *, display: bool) -> Run | None:
    """The longest formula that begins in this word, behind a bracket of the prose if there is one."""
    best: Run | None = None
    text = words[at][len(before) :]
    end = at + 1
    while True:
        core, after = _punctuation(text)
        if not _mathable(words, at, end, core, display=display):
            return best
        whole = _readable(core.replace(_KEPT, " "))
        if whole and _is_formula(core, display=display):
            best = (before, core, after, end)
        if (after and whole) or end + 1 >= len(words) or len(text) > _LONGEST:
            return best
        text += words[end] + words[end + 1]
        end += 2


@cache
def _readable(formula: str) -> bool:
    try:
        latex(formula)
    except NotationError:
        return False
    return True


def _punctuation(text: str) -> tuple[str, str]:
    """The text without the punctuation of the sentence at its end, and that punctuation."""
    end = len(text)
    while end and (
        (text[end - 1] in ".,;:?" and not text[:end].endswith(("...", " ."))) or _closes_prose(text[:end])
    ):
        end -= 1
    return text[:end], text[end:]


def _closes_prose(text: str) -> bool:
    return text[-1:] in (")", "]") and _depth(text) < 0


def _depth(text: str) -> int:
    """How many round, square and curly brackets are open at the end."""
    return sum(text.count(sign) for sign in "([{") - sum(text.count(sign) for sign in ")]}")


def _mathable(words: Sequence[str], at: int, end: int, text: str, *, display: bool) -> bool:
    """Whether nothing in the text is prose."""
    last = text.rpartition(" ")[2]
    if not text or _ITEM.fullmatch(last) or _COMPOUND.search(text) or "`" in text or '"' in text:
        return False
    bare = _SCRIPT.sub("", _DIFFERENTIAL.sub("", text))
    for match in _ALPHA.finditer(bare):
        letters = match[0].rstrip("0123456789")
        if _LABEL.fullmatch(match[0]):
            return False
        known = len(letters) == 1 or letters in NAMES
        joined = (display or letters in _JOINING) and _depth(bare[: match.start()]) > 0
        if not (known or joined or (letters in ("over", "of") and _KEPT in text)):
            return False
    return display or not _article(words, at, end, text)


def _article(words: Sequence[str], at: int, end: int, text: str) -> bool:
    """Whether the last word is an article: "a" without an operator before it, "A" where a sentence begins."""
    rest, _, last = text.rpartition(" ")
    if last == "a":
        behind = words[end + 1] if end + 1 < len(words) else ""
        bound = re.search(r"(?:^|\s)(?:[=+/<>-]|<=|>=|\(x\))$", rest) or behind in _LONE
        return _depth(rest) == 0 and not bound
    if last != "A" or rest:
        return False
    behind = words[end + 1] if end + 1 < len(words) else ""
    begins = at < 2 or words[at - 2][-1] in ".;:"
    return begins and bool(re.match(r"[A-Za-z]{2,}", behind)) and re.split(r"\W", behind)[0] not in NAMES


def _is_formula(text: str, *, display: bool) -> bool:
    """Whether the text is more than a number and no sign at its ends lacks its other side."""
    if _NO_END.search(text) or (_NO_START.match(text) and not display):
        return False
    text = re.sub(r"\{[^{}]*\}", "{}", text)
    if re.search(r"\bin\b", text) and not re.search(r"\bin (?:\[|\{|R\b)", text):
        return False
    return not _NUMBERS.fullmatch(text)
