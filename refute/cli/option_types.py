"""What the values of options must be, and their defaults; argparse says which option a complaint is about."""

from __future__ import annotations

import argparse
from pathlib import Path

from refute.inputs.reading import DELIMITERS

LEDGER = Path(".refute") / "ledger.sqlite"
STORE = Path(".refute") / "widths.sqlite"


def evidence(text: str) -> Path | None:
    """A ledger, or None for the word none."""
    return None if text == "none" else Path(text)


def delimiter(text: str) -> str:
    """One sign that separates cells, or its name. Raises ArgumentTypeError."""
    sign = DELIMITERS.get(text, text)
    if len(sign) != 1 or sign.isalnum() or not (sign.isprintable() or sign == "\t") or sign in "+-.\"'":
        raise argparse.ArgumentTypeError(f"{text!r} is not {', '.join(DELIMITERS)} or another single sign")
    return sign


def positive(text: str) -> int:
    """A whole number from 1 on. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def seed(text: str) -> int:
    """A whole number from 0 on. Raises ArgumentTypeError."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer") from None
    if value < 0:
        raise argparse.ArgumentTypeError("a seed is not negative")
    return value
