"""What is read in the source of a claim: that its numbers are those of its Statement, and no raw ends.

A claim names the numbers of its Statement in `constants`: each as the Statement writes it, and the constant
of the module that holds it. So a constant that is changed, a number that is rewritten, and a constant that
the code passes by with a number of its own are mistakes in the paper, told before anything runs. Whole
numbers below ten are as often structure as constants (a square, an index), and need not be named.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import ModuleType
from typing import Any

from refute.basics.errors import PaperError
from refute.statement.claim import Claim

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.^])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:/\d+(?![\d(A-Za-z]))?(?:\^-?\d+(?![\dA-Za-z]))?"
)
"""A number that stands alone: 110, 0.9, 1/10, 1e-6, 2^-7; not the digits of a label or of x_0."""
_SIGNED = re.compile(f"-?{_NUMBER.pattern}")
_CONTROL = re.compile(r"(?<!\\)(?:\\\\)*(\\(?:[abfnrtv]|x[01][0-9a-f]|[0-3]?[0-7]{1,2})[A-Za-z]*)")
"""A backslash that is not escaped itself, with a letter that makes it a control character: \\bar, \\theta."""
_STRUCTURE = 10
"""Whole numbers below this one need not be named."""


def check_constants(claim: Claim, module: ModuleType, statement: str, where: str) -> None:
    """Raise PaperError unless the Statement's numbers and the code's constants are the same.

    where: the file, for the message.
    """
    stated = {text: _value(text) for text in _NUMBER.findall(statement)}
    named: set[str] = set()
    for key, value in claim.constants.items():
        texts = _SIGNED.findall(key)
        if not texts or any(text.removeprefix("-") not in stated for text in texts):
            raise PaperError(f"{where}: constants names {key!r}, which the Statement does not write")
        values = _sequence(value)
        if len(values) != len(texts) or not all(map(_same, texts, values)):
            raise PaperError(f"{where}: the Statement says {key}, and the code's constant is {value!r}")
        named.update(text.removeprefix("-") for text in texts)
    missing = [text for text, value in stated.items() if text not in named and not _is_structure(value)]
    if missing:
        raise PaperError(f"{where}: the Statement's {missing[0]} is none of the claim's constants")
    for name in _unused(module):
        raise PaperError(
            f"{where}: {name} stands for a number of the Statement, and the code does not use it"
        )


def check_docstring(module: ModuleType, where: str) -> None:
    r"""Raise PaperError, with the line, where a backslash of the docstring became a control character.

    In an ordinary string \bar begins with a backspace, \theta with a tab and \nu with a line break.
    """
    source = inspect.getsource(module)
    first = next(iter(_parsed(source).body), None)
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return
    written = ast.get_source_segment(source, first.value) or ""
    if "r" in written[: written.find(written[-1])].lower():
        return
    for count, line in enumerate(written.splitlines()):
        if found := _CONTROL.search(line):
            raise PaperError(
                f"{where}:{first.lineno + count}: {found[1]} is a control character; "
                'begin the docstring with r""" so that its backslashes stay'
            )


def check_quantities(claim: Claim, module: ModuleType, where: str) -> None:
    """Raise PaperError where the check or the draw takes a quantity that siblings change, and never reads it.

    Then its number stands in the code a second time. One that only the escalation can tell is deleted there.
    """
    tree = _parsed(inspect.getsource(module))
    names = {getattr(function, "__name__", "") for function in (claim.check, claim.draw) if function}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            read = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            for argument in node.args.kwonlyargs:
                if argument.arg not in read:
                    raise PaperError(
                        f"{where}:{node.lineno}: {node.name} takes {argument.arg} and never reads it"
                    )


def check_ends(module: ModuleType, where: str) -> None:
    """Raise PaperError, with the line, where a claim reaches for an end of an enclosure.

    Which of the two ends is the cautious one depends on the inequality, and the wrong one passes everything.
    """
    tree = _parsed(inspect.getsource(module))
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("lower", "upper") and id(node) not in called:
            raise PaperError(
                f"{where}:{node.lineno}: a claim compares an enclosure as it is, or asks whether it is "
                f"certainly_above or certainly_below, and does not take its .{node.attr} end"
            )


def _value(text: str) -> Fraction:
    sign = -1 if text.startswith("-") else 1
    base, _, power = text.removeprefix("-").partition("^")
    return sign * Fraction(base) ** int(power or 1)


def _is_structure(value: Fraction) -> bool:
    return value.denominator == 1 and abs(value) < _STRUCTURE


def _sequence(value: Any) -> Sequence[Any]:
    return tuple(value) if isinstance(value, Iterable) else (value,)


def _same(text: str, number: Any) -> bool:
    """Whether a number is what is written, by its value or as its author wrote it: 0.1 stands for 1/10."""
    written = _value(text)
    return Fraction(number) == written or (isinstance(number, float) and Fraction(repr(number)) == written)


def _unused(module: ModuleType) -> Iterable[str]:
    """The names among the values of `constants` that neither their module nor their home reads otherwise."""
    tree = _parsed(inspect.getsource(module))
    for constants in _constants_of(tree):
        inside = set(ast.walk(constants))
        for value in constants.values:
            for name in (node.id for node in ast.walk(value) if isinstance(node, ast.Name)):
                home, known = _home(module, tree, name)
                if _reads(tree).get(name, set()) | _reads(home).get(known, set()) <= inside:
                    yield name


def _constants_of(tree: ast.Module) -> Iterable[ast.Dict]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "constants" and isinstance(node.value, ast.Dict):
            yield node.value


def _home(module: ModuleType, tree: ast.Module, name: str) -> tuple[ast.Module, str]:
    """The source in which a name is defined, one import away, and what it is called there."""
    for node in tree.body:
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if (alias.asname or alias.name) == name and isinstance(node, ast.ImportFrom) and node.module:
                return _parsed(inspect.getsource(sys.modules[node.module])), alias.name
    return tree, name


# Every claim is parsed for four rules, and its home for each of its constants.
@lru_cache(maxsize=8)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


@lru_cache(maxsize=8)
def _reads(tree: ast.Module) -> Mapping[str, set[ast.AST]]:
    """The places at which a source reads each name."""
    found: dict[str, set[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, set()).add(node)
    return found
