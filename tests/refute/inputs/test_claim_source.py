"""The numbers of a Statement are the constants that the code uses, and claims reach for no raw ends."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from refute.basics.errors import PaperError
from refute.inputs.claim_source import check_constants, check_docstring, check_ends, check_quantities
from tests.refute.planted import planted

SOURCE = """
HEIGHT = 110
WIDTHS = (256, 512)
SHARE = 0.1
TINY = 2.0**-7
UNUSED = 12
def width(d):
    return HEIGHT * d + WIDTHS[0] + SHARE + TINY
CLAIM = make(constants={"110": HEIGHT, "256, 512": WIDTHS, "1/10": SHARE, "2^-7": TINY})
"""
STATEMENT = "For m >= 110 (d + 4) over 256, 512 lambda_10, C12, x^2, P[...] <= 1/10, 2^-7, n <= 9."
CONSTANTS: Mapping[str, Any] = {"110": 110, "256, 512": (256, 512), "1/10": 0.1, "2^-7": 2.0**-7}


def module_of(source: str, folder: Path, name: str = "planted_source") -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__["make"] = lambda **_: None
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def check(
    folder: Path,
    constants: Mapping[str, Any] = CONSTANTS,
    statement: str = STATEMENT,
    source: str = SOURCE,
) -> None:
    claim = replace(planted(), constants=constants)
    check_constants(claim, module_of(source, folder), statement, "claims/a/b1_c.py")


def test_numbers_that_agree_are_accepted(tmp_path: Path) -> None:
    check(tmp_path)


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        ({**CONSTANTS, "110": 220}, "the Statement says 110, and the code's constant is 220"),
        ({**CONSTANTS, "256, 512": (256, 1024)}, "the Statement says 256, 512, and the code's constant"),
        ({**CONSTANTS, "1/10": 0.2}, "the Statement says 1/10"),
        ({**CONSTANTS, "2^-7": 2.0**-8}, "the Statement says 2"),
        ({**CONSTANTS, "111": 111}, "constants names '111', which the Statement does not write"),
        ({k: v for k, v in CONSTANTS.items() if k != "110"}, "the Statement's 110 is none of the claim's"),
    ],
)
def test_numbers_that_differ_are_told(constants: Mapping[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(PaperError, match=message.replace("^", r"\^")):
        check(tmp_path, constants)


def test_a_number_of_the_statement_that_is_rewritten_is_told(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="constants names '110'"):
        check(tmp_path, statement=STATEMENT.replace("110", "1100"))


def test_a_constant_that_the_code_passes_by_is_told(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="HEIGHT stands for a number of the Statement"):
        check(tmp_path, source=SOURCE.replace("HEIGHT * d", "220 * d"))


def test_a_constant_from_another_module_is_looked_up_there(tmp_path: Path) -> None:
    used = "HEIGHT = 110\ndef width(d):\n    return HEIGHT * d\n"
    module_of(used, tmp_path, "planted_home")
    borrowed = 'from planted_home import HEIGHT\nCLAIM = make(constants={"110": HEIGHT})\n'
    check(tmp_path, {"110": 110}, "m >= 110", borrowed)
    module_of(used.replace("HEIGHT * d", "220 * d"), tmp_path, "planted_home")
    with pytest.raises(PaperError, match="HEIGHT"):
        check(tmp_path, {"110": 110}, "m >= 110", borrowed)


@pytest.mark.parametrize(("body", "complaint"), [("limit * 2", None), ("144 * 2", "check takes limit")])
def test_a_quantity_that_the_check_never_reads_is_told(
    body: str, complaint: str | None, tmp_path: Path
) -> None:
    source = f"def check(instance, compute, *, limit=144):\n    return {body}\n"
    module = module_of(source, tmp_path)
    claim = replace(planted(), check=module.__dict__["check"])
    if complaint is None:
        check_quantities(claim, module, "claims/a/b1_c.py")
    else:
        with pytest.raises(PaperError, match=f"claims/a/b1_c.py:1: {complaint} and never reads it"):
            check_quantities(claim, module, "claims/a/b1_c.py")


@pytest.mark.parametrize("end", ["lower", "upper"])
def test_an_end_of_an_enclosure_is_told_with_its_line(end: str, tmp_path: Path) -> None:
    source = f"NAME = 'K1'.lower()\ndef check(value):\n    return value.{end}\n"
    with pytest.raises(PaperError, match=rf"claims/a/b1_c.py:3: .* does not take its \.{end} end"):
        check_ends(module_of(source, tmp_path), "claims/a/b1_c.py")
    check_ends(module_of("NAME = 'K1'.lower()\n", tmp_path), "claims/a/b1_c.py")


@pytest.mark.parametrize("escape", ["\\bar x", "\\theta", "\\nu", "\\x08", "\\\\\\bar", "\\rho"])
def test_a_backslash_that_python_reads_is_named_with_its_line(tmp_path: Path, escape: str) -> None:
    docstring = f'"""A1. It is.\n\nSymbols. {escape}\n"""\n'
    with pytest.raises(PaperError, match=r'a\.py:3: .* is a control character; .* r"""'):
        check_docstring(module_of(docstring, tmp_path), "a.py")
    check_docstring(module_of("r" + docstring, tmp_path), "a.py")


@pytest.mark.parametrize("escape", ["\\\\bar", "\\\\\\\\theta", "bar"])
def test_a_backslash_that_stays_one_is_no_mistake(tmp_path: Path, escape: str) -> None:
    check_docstring(module_of(f'"""A1. It is.\n\nSymbols. {escape}\n"""\n', tmp_path), "a.py")
    check_docstring(module_of(f"X = '{escape}'\n", tmp_path), "a.py")
