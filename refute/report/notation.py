r"""The plain notation of docstrings as LaTeX: `||E(k)||_F^2 <= (1 - eta nu)^k` for people and for browsers.

It is ordinary mathematics in ASCII, and nothing in it is reordered: a slash stays a slash and a factor keeps
its place. What has a meaning beyond its characters:

    x_ij  x_{k+1}  x^2  x^-1/2  x^(k/2)  x^T    a script: a word, a number, a sign with a fraction, a group
    ||x||  |x|  <x, y>                          bars pair up; < and > are brackets where no space is inside
    <= >= != -> +- -+ ~ ...  1[..]              signs, and an indicator
    (x)  o  .                                   products, where spaces surround them
    W+  rho*  x'                                directly behind a letter: a next step, a star, a prime
    sqrt(..)  sqrt m  sum over .. of ..         and Greek letters and functions by their names
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from refute.report.notation_signs import BRACKETS, CLOSED_BY, LIMITS, NAMES, RELATIONS, SIGNS

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\d.]\d))|(?P<word>[A-Za-z]+)"
    r"|(?P<sign>\|\||<=|>=|!=|->|\+-|-\+|\.\.\.?|[-|<>=+/,;:!*.~'()\[\]{}_^])"
)
_OVER = re.compile(rf"\b({'|'.join(LIMITS)}) over (.+?) of (?=\S)")
_SIGNED = re.compile(r"-(?:\d+(?:\.\d+|/\d+)?|[A-Za-z])")
_PRODUCT = re.compile(r"(?<=\s)(\(x\)|o|\.)(?=\s)")
_DEEPEST = 24


class NotationError(ValueError):
    """The text is no formula of the notation."""


def latex(formula: str) -> str:
    """The LaTeX of one formula. Raises NotationError for unknown signs and brackets without their pair."""
    return _Reader(_OVER.sub(r"\1_{\2} ", formula)).all()


class _Reader:
    """One pass over a formula; the position only moves forward."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def all(self) -> str:
        found = self.sequence("")
        if self.at < len(self.text):
            raise NotationError(f"nothing opens what {self.text[self.at :]!r} closes")
        return found

    def sequence(self, closing: str) -> str:
        """Everything up to the bracket that closes, which is not taken."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotationError("too many brackets are open")
        parts: list[str] = []
        gap = False
        operand = False
        while self.at < len(self.text):
            token, kind = self.peek()
            if kind == "space":
                self.at += len(token)
                gap = True
                continue
            if self.closes(token, closing):
                break
            if _PRODUCT.match(self.text, self.at):
                parts.append(self.product())
                gap = operand = False
                continue
            if token in RELATIONS and not self.opens_angle(token):
                self.at += len(token)
                parts.append(f" {SIGNS[token]} ")
                gap = operand = False
                continue
            if operand and gap:
                parts.append("\\,")
            parts.append(self.operand())
            gap = False
            operand = True
        else:
            if closing:
                raise NotationError(f"{closing!r} is missing")
        self.depth -= 1
        return "".join(parts)

    def peek(self) -> tuple[str, str]:
        match = _TOKEN.match(self.text, self.at)
        if self.at >= len(self.text):
            raise NotationError("it ends too early")
        if match is None:
            raise NotationError(f"{self.text[self.at]!r} is no sign of the notation")
        return match[0], str(match.lastgroup)

    def closes(self, token: str, closing: str) -> bool:
        if token in (")", "]") and closing in (")", "]"):  # intervals may be open at one end
            return True
        if token in (")", "]", "}") and token != closing:
            raise NotationError(f"nothing opens {token!r}")
        if token == ">":  # a relation has a space before it
            return closing == ">" and not self.text[self.at - 1].isspace()
        return token == closing

    def opens_angle(self, token: str) -> bool:
        """A relation has a space behind it, a bracket has not."""
        behind = self.text[self.at + 1 : self.at + 2]
        return token == "<" and bool(behind.strip())

    def product(self) -> str:
        sign = self.peek()[0]
        self.at += 3 if sign == "(" else 1
        return {"(": " \\otimes ", "o": " \\circ ", ".": " \\cdot "}[sign]

    def operand(self) -> str:
        """One letter, number, name or bracket, with its scripts."""
        base = self.base()
        marks = list(self.marks())
        below = "*" if "*" in marks else ""
        above = "".join(mark for mark in marks if mark != "*")
        while self.at < len(self.text) and self.text[self.at] in "_^":
            script = self.text[self.at]
            self.at += 1
            inside = self.script(script)
            if script == "_" and not below:
                below = inside
            elif script == "^":
                above = f"{above}{' ' if above else ''}{inside}"
            else:
                raise NotationError("two subscripts at one letter")
        if base[-1:] in ")]}" or base.endswith(("\\rVert ", "\\rvert ", "\\rangle ")):
            base = f"{{{base}}}" if below or above else base  # the scripts are those of the whole
        lower = f"_{{{below}}}" if below else ""
        return f"{base}{lower}{f'^{{{above}}}' if above else ''}"

    def base(self) -> str:
        token, kind = self.peek()
        self.at += len(token)
        if kind == "number":
            return self.number(token)
        if kind == "word":
            return self.word(token)
        if token in CLOSED_BY:
            inside = self.sequence(CLOSED_BY[token])
            closing = self.peek()[0]
            self.at += len(closing)
            left, right = BRACKETS[token]
            return f"{left}{inside}{closing if closing in ')]' else right}"
        if token in SIGNS:
            return SIGNS[token]
        raise NotationError(f"{token!r} stands where a letter is expected")

    def number(self, token: str) -> str:
        mantissa, mark, exponent = token.partition("e")
        if mark:
            power = f"10^{{{int(exponent)}}}"
            return power if mantissa == "1" else f"{mantissa} \\cdot {power}"
        return "\\mathbf{1}" if token == "1" and self.text[self.at : self.at + 1] == "[" else token

    def word(self, token: str) -> str:
        if token == "sqrt":
            return f"\\sqrt{{{self.radicand()}}}"
        if token in NAMES:
            return f"{NAMES[token]} "
        before = self.text[: self.at - len(token)][-1:]
        differential = re.fullmatch(r"d([A-Za-z]+)", token)
        if differential and (before == "/" or re.match(r"(?:_\w+)?/d", self.text[self.at :])):
            letter = differential[1]
            return (
                f"\\mathrm{{d}} {NAMES.get(letter, letter)} "
                if len(letter) == 1 or letter in NAMES
                else token
            )
        if len(token) == 1:
            return self.letter(token)
        return f"\\text{{{token}}}"

    def letter(self, token: str) -> str:
        """A letter; a digit directly behind it is its index, as in g1."""
        digits = re.match(r"\d+", self.text[self.at :])
        if digits is None:
            return token
        self.at += len(digits[0])
        return f"{token}_{{{digits[0]}}}"

    def radicand(self) -> str:
        if self.text[self.at : self.at + 1] == " ":
            self.at += 1
            return self.operand()
        return self.group()

    def group(self) -> str:
        """What is in the bracket that stands here, without the bracket."""
        opening = self.peek()[0]
        if opening not in ("(", "{"):
            raise NotationError(f"a bracket is expected before {self.text[self.at :]!r}")
        self.at += 1
        inside = self.sequence(CLOSED_BY[opening])
        self.at += 1
        return inside

    def marks(self) -> Iterator[str]:
        """A prime, a star or a plus directly behind a letter."""
        while self.at < len(self.text) and self.text[self.at] in "'*+":
            mark = self.text[self.at]
            behind = self.text[self.at + 1 : self.at + 2]
            if mark == "+" and (not self.at or behind.isalnum() or behind == "-"):
                return
            self.at += 1
            yield {"'": "\\prime ", "*": "*", "+": "+ "}[mark]

    def script(self, which: str) -> str:
        rest = self.text[self.at :]
        if rest[:1] in ("{", "("):
            return self.group()
        signed = _SIGNED.match(rest)
        if signed and which == "^":
            self.at += len(signed[0])
            return signed[0]
        if rest[:1] in ("-", "+", "*"):
            self.at += 1
            return rest[0]
        token = re.match(r"[A-Za-z]+|\d+(?:\.\d+)?", rest)
        if token is None:
            raise NotationError(f"a script is missing before {rest!r}")
        self.at += len(token[0])
        if which == "^" and token[0] == "T":
            return "\\top "
        return script_word(token[0])


def script_word(word: str) -> str:
    """A script of letters: a name, indices side by side (two at most), or a word."""
    if word in NAMES:
        return f"{NAMES[word]} "
    if word[0].isdigit() or len(word) <= 2:
        return " ".join(word) if word.isalpha() else word
    return f"\\text{{{word}}}"
