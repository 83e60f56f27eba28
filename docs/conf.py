"""How `make docs` builds the site: from the Markdown pages as they stand, and the docstrings.

The source folder is the repository's root, so that a link from one page to another, or to a file, is the same
on the site, in an editor and where the repository is hosted. The order of the pages is in _toc.yml.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "extensions")]

import refute  # noqa: E402

project = "refute"
author = "The refute developers"
copyright = author
version = release = refute.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_external_toc", "mathml", "docstrings"]
external_toc_path = "docs/_toc.yml"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**.md", "examples/*/docs.md"]
exclude_patterns = [".*", "**/.*", "build", "audit-report"]

myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 4
html_math_renderer = "mathml"

# What the API page names exists. What other libraries document is not linked: the build asks no network.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(collections|decimal|flint|fractions|hypothesis|numpy)\..*")]
nitpick_ignore = [
    ("py:class", "refute.statement.claim.Text"),
    ("py:class", "refute.statement.real_numbers.Means"),
]
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 90

html_theme = "furo"
html_title = f"refute {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
templates_path = ["templates"]
html_additional_pages = {"index": "index.html"}
