"""The documents: the commands that they show parse, and links, claims and proofs are there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from refute.cli.main import main
from refute.cli.options import parser
from refute.inputs.registry import Book
from tests.json_keys import agrees, keys_of, written
from tests.pages import EXAMPLE, FENCE, PAGES, ROOT, commands_of


def shown() -> list[tuple[str, str, str]]:
    return [(page.name, program, words) for page in PAGES for program, words in commands_of(page)]


@pytest.mark.parametrize(
    ("page", "arguments"), [(p, words) for p, name, words in shown() if name == "refute"]
)
def test_shown_refute_commands_parse(page: str, arguments: str) -> None:
    parser().parse_args(shlex.split(arguments, comments=True))


@pytest.mark.parametrize(("page", "arguments"), [(p, words) for p, name, words in shown() if name == "make"])
def test_shown_make_targets_exist(page: str, arguments: str) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [word for word in shlex.split(arguments, comments=True) if "=" not in word]
    assert wanted
    assert set(wanted) <= set(targets)


def test_claims_and_witnesses_that_commands_name_exist(book: Book) -> None:
    """But for the guide to a paper of one's own, whose commands are run below."""
    named = [
        parser().parse_args(shlex.split(words, comments=True))
        for page, name, words in shown()
        if name == "refute" and page != EXAMPLE.name
    ]
    book.find({name for args in named for name in getattr(args, "ids", [])})
    labels = {f"{claim.id}~{sibling.name}" for claim in book.claims for sibling in claim.siblings}
    assert {args.witness.stem for args in named if hasattr(args, "witness")} <= labels


def test_there_are_commands_to_check() -> None:
    assert {name for _, name, _ in shown()} == {"refute", "make"}


def test_every_claim_has_a_section_with_its_proof(book: Book) -> None:
    headings = [
        line
        for page in (ROOT / "docs" / "theory").glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("##")
    ]
    missing = [
        claim.id for claim in book.claims if not any(re.search(rf"\b{claim.id}\b", h) for h in headings)
    ]
    assert not missing


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target):
                name, _, anchor = target.partition("#")
                there = (page.parent / name).resolve() if name else page
                assert there.exists(), f"{page.name}: {target}"
                assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example of docs/certify.md has run, in a process of its own."""
    folder = tmp_path_factory.mktemp("trained")
    (program,) = [
        block
        for language, block in FENCE.findall((ROOT / "docs" / "certify.md").read_text(encoding="utf-8"))
        if language == "python"
    ]
    (folder / "train.py").write_text(program, encoding="utf-8")
    subprocess.run([sys.executable, "train.py"], cwd=folder, check=True, timeout=300)
    return folder


def test_the_example_of_training_is_certified_as_its_page_says(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "certify.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^\$ refute certify (.*)$", page, re.MULTILINE)
    told = re.findall(r"^\d +(\S+) +(proved|not proved) +(\S+) ", page, re.MULTILINE)
    assert [name for name, *_ in told] == shown.split()
    monkeypatch.chdir(ROOT)
    files = [str(trained / name) for name in shown.split()]
    assert main(["certify", *files, "--json", str(tmp_path / "c.json")]) == 0
    found = written(tmp_path / "c.json")
    assert [(state["proof"], state["by"] or "-") for state in found["states"]] == [
        (proof, by) for _, proof, by in told
    ]
    assert f"Proved from {shown.split()[found['proved_from']]} on:" in page
    assert {line["certainty"] for state in found["states"] for line in state["conditions"]} >= {
        "holds",
        "not shown",
    }
    agrees(keys_of(found, "certificates", {}))


def test_the_second_minute_prints_what_the_page_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its two rows, up to slack and time."""
    page = (ROOT / "docs" / "index.md").read_text("utf-8")
    row = re.compile(r"^(K5|I2) .*?(✓ \w+) +(\d+) +(\S+ %) +(\S+)", re.MULTILINE)
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["run", "K5", "I2", "--ledger", "none", "--processes", "1"]) == 0
    printed = row.findall(capsys.readouterr().out)
    assert printed == row.findall(page) and len(printed) == 2
