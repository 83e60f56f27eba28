"""The vocabulary of the plain notation: names, signs and brackets, and what each is in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping

GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega",
)
_LATEX_FUNCTIONS = re.findall(r"\w+", "sin cos tan arccos arcsin arctan ln log exp min max sup inf det")
_OWN_FUNCTIONS = re.findall(r"\w+", "erf rank sign vec relu ReLU diag tr span Unif ceil binomial")
LIMITS = ["sum", "max", "min", "sup", "inf"]
FUNCTIONS = (*_LATEX_FUNCTIONS, *_OWN_FUNCTIONS, "sum", "sqrt")
NAMES: Mapping[str, str] = {
    **{name: f"\\{name}" for name in (*GREEK, *_LATEX_FUNCTIONS)},
    **{name: f"\\operatorname{{{name}}}" for name in _OWN_FUNCTIONS},
    "eps": "\\varepsilon",
    "Lam": "\\Lambda",
    "grad": "\\nabla",
    "sum": "\\sum",
    "sqrt": "\\sqrt",
    "in": "\\in",
}
"""What a word of the notation is; other words of two letters or more are words."""

SIGNS = {
    "<=": "\\le",
    ">=": "\\ge",
    "!=": "\\ne",
    "->": "\\to",
    "+-": "\\pm",
    "~": "\\sim",
    "-+": "\\mp",
    "...": "\\dots",
    "..": "\\dots",
    "<": "<",
    ">": ">",
    "=": "=",
    "+": "+",
    "-": "-",
    "/": "/",
    ",": ",",
    ";": ";",
    ":": ":",
    "!": "!",
    "*": "*",
    ".": "\\cdot",
}
CLOSED_BY = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|", "||": "||"}
BRACKETS = {
    "(": ("(", ")"),
    "[": ("[", "]"),
    "{": ("\\{", "\\}"),
    "<": ("\\langle ", "\\rangle "),
    "|": ("\\lvert ", "\\rvert "),
    "||": ("\\lVert ", "\\rVert "),
}
RELATIONS = {"<=", ">=", "!=", "->", "+-", "-+", "~", "<", ">", "=", "+", "-", "/", ",", ";", ":", "."}
