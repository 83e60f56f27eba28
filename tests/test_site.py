"""The site: it builds without a warning, shows every public name, needs no network, finds broken formulas."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import refute
import refute.numerics

pytest.importorskip("furo", reason="the site needs the extra docs")

from sphinx.util.inventory import InventoryFile

from docs.extensions.docstrings import rst
from docs.extensions.mathml import mathml
from tests.refute.report.in_chromium import CHROMIUM

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def build(source: Path, configuration: Path, site: Path) -> subprocess.CompletedProcess[str]:
    arguments = ["-c", str(configuration), "-W", "--keep-going", "-q", str(source), str(site)]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    where = tmp_path_factory.mktemp("site")
    built = build(ROOT, DOCS, where)
    assert built.returncode == 0, built.stderr
    assert built.stderr == ""
    return where


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_every_page_is_on_the_site(site: Path) -> None:
    pages = [*DOCS.glob("**/*.md"), *(ROOT / "examples").glob("*/docs.md"), *ROOT.glob("*.md")]
    assert len(pages) > 30
    for page in pages:
        assert (site / page.relative_to(ROOT).with_suffix(".html")).is_file(), page
    assert 'url=README.html"' in text(site / "index.html")


def test_every_public_name_is_documented(site: Path) -> None:
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    named = {name for kind in inventory.data for name in inventory.data[kind] if kind.startswith("py:")}
    exported = {f"refute.{name}" for name in refute.__all__} - {"refute.__version__"}
    exported |= {f"refute.numerics.{name}" for name in refute.numerics.__all__} - {"refute.numerics.exact"}
    assert exported - named == set()
    assert {name.rpartition(".")[0] for name in named if name.count(".") == 1} == {"refute"}


def test_the_theory_is_shown_as_mathematics(site: Path) -> None:
    shown = {page.stem: text(page).count("<math") for page in (site / "docs" / "theory").glob("*.html")}
    assert len(shown) == len(list((DOCS / "theory").glob("*.md")))
    assert min(shown.values()) > 20
    written = text(DOCS / "theory" / "convergence.md").count("$$")
    assert text(site / "docs" / "theory" / "convergence.html").count('class="math"') == written / 2


def test_the_site_asks_no_network(site: Path) -> None:
    loaded = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"((?:https?:)?//[^\"]*)\"")
    for page in site.glob("**/*.html"):
        assert loaded.findall(text(page)) == [], page


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
@pytest.mark.parametrize("width", [390, 1020, 1100, 1200, 1320, 1600])
def test_no_page_is_cut_off_at_the_side(site: Path, width: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = running.new_page(viewport={"width": width, "height": 900})
        for name in ("docs/write-a-claim", "docs/api", "docs/theory/convergence"):
            page.goto((site / f"{name}.html").as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.querySelector('article').getBoundingClientRect().right") <= width
        running.close()


def test_the_schemas_can_be_taken_from_the_site(site: Path) -> None:
    schemas = {path.name for path in (ROOT / "refute" / "report" / "schemas").glob("*.json")}
    assert schemas <= {path.name for path in (site / "_downloads").glob("*/*.json")}


CONFIGURATION = """
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_parser", "mathml"]
myst_enable_extensions = ["dollarmath"]
html_math_renderer = "mathml"
"""


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("Let $a\n- b$ be.", "a dollar sign in running text: b$ be."),
        ("Let $\\nothing$ be.", 'Unknown command "\\nothing"'),
        ("$$\n\\frac{1}\n$$", "\\frac{1}: Error:"),
        ("In code `$` is a sign, and so it is in $a$.", ""),
    ],
)
def test_a_broken_formula_fails_the_build(page: str, complaint: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONFIGURATION.format(extensions=str(DOCS / "extensions")), "utf-8")
    (source / "index.md").write_text(f"# A page\n\n{page}\n", "utf-8")
    built = build(source, source, tmp_path / "site")
    assert (built.returncode == 0) == (complaint == "")
    assert complaint in built.stderr


def test_a_formula_is_mathml() -> None:
    assert mathml("x_1", display=False).startswith("<math><msub>")
    assert 'display="block"' in mathml("x_1", display=True)
    with pytest.raises(ValueError, match=r"a \\foo: Error: Unknown command") as error:
        mathml(r"a \foo", display=False)
    assert "\x1b" not in str(error.value) and "\n" not in str(error.value)


def test_parameters_of_a_docstring_become_a_list() -> None:
    said = "A thing: it is `one`.\n\nx, y: (N,) numbers. z: |x| * 2_a, or x: what? Raises ValueError for 3."
    assert rst(said, ("x", "y", "z")) == (
        "A thing: it is ``one``.\n\n``x``, ``y``\n    (N,) numbers.\n\n"
        "``z``\n    \\|x\\| \\* 2\\_a, or x: what?\n\nRaises ValueError for 3."
    )


def test_what_describes_no_parameter_stays_a_paragraph() -> None:
    assert rst("Order: first. then: last.", ("x",)) == "Order: first. then: last."
    told = "Where:\n\n{}    a_1 = b\n\nRaises InputError."
    assert rst(told.format("")) == told.format("::\n\n")


def test_the_stability_promise_names_every_module() -> None:
    promise = text(DOCS / "api.md").partition("## A statement")[0]
    rooms = {path.parent.name for path in (ROOT / "refute").glob("*/__init__.py")}
    modules = rooms | {path.stem for path in (ROOT / "refute").glob("[a-z]*.py")}
    assert len(rooms) > 8
    for module in modules:
        assert f"`refute.{module}`" in promise, module


def test_the_citations_agree() -> None:
    page = text(DOCS / "cite.md")
    cited = text(ROOT / "CITATION.cff")
    for title in re.findall(r'title: "(.*)"', cited):
        assert f"{{{title}}}" in page
    assert f"version = {{{refute.__version__}}}" in page
    assert f"\nversion: {refute.__version__}\n" in cited
    for key, shown in (("volume", "volume "), ("issue", "number "), ("year", "year   ")):
        (number,) = re.findall(rf"\b{key}: (\d+)\n", cited)
        assert f"{shown} = {{{number}}}" in page
