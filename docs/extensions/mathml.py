"""Formulas of the pages as MathML, which browsers draw by themselves: no script, no network.

A formula that is not understood is a warning, and so is a dollar sign in running text, where Markdown took a
part of a formula for something else (a line of it that begins with a sign is a list). `make docs` fails on
both.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
CONVERTER = LatexToMathML()
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


def mathml(source: str, *, display: bool) -> str:
    """The formula as a <math> element. Raises ValueError, with a sentence, for what is no formula."""
    try:
        return str(CONVERTER.convert_with_local_state(source, displaystyle=display))
    except LatexError as error:
        said = _COLOURS.sub("", str(error)).strip().partition("\n")[0]
        raise ValueError(f"{source}: {said}") from None


def shown(node: nodes.Element, *, display: bool) -> str:
    """The formula of a node; nothing, and a warning, if it cannot be shown."""
    try:
        return mathml(node.astext(), display=display)
    except ValueError as error:
        LOGGER.warning("%s", error, location=node)
        return ""


def inline(self: Any, node: nodes.Element) -> None:
    """A formula in running text."""
    self.body.append(shown(node, display=False))
    raise nodes.SkipNode


def block(self: Any, node: nodes.Element) -> None:
    """A formula on lines of its own."""
    self.body.append(f'<div class="math">{shown(node, display=True)}</div>\n')
    raise nodes.SkipNode


def find_broken(app: Sphinx, document: nodes.document, name: str) -> None:
    """Warn of every dollar sign that is neither in code nor the sign of a formula."""
    for text in document.findall(nodes.Text):
        inside = isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block))
        if "$" in text and not inside:
            LOGGER.warning("a dollar sign in running text: %s", text, location=text.parent)


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer to `html_math_renderer`, and look for broken formulas."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.connect("doctree-resolved", find_broken)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
