"""The documents: commands and links exist, keys are those of real files, and the guide's example runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refute
from refute.audit.all_claims import audit_claims
from refute.audit.profiles import PROFILES
from refute.audit.request import Request
from refute.audit.witness import save_witnesses
from refute.cli import audit_commands as commands
from refute.cli.main import main
from refute.cli.options import parser
from refute.inputs.registry import Book, discover
from refute.report.audit_json import audit_record
from refute.report.slack import slack_rows
from refute.statement.kinds import Compute
from refute.statement.plot import Axis, Mark, Plot, Series
from tests.refute.sample_audit import in_json, read, sample

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
SCHEMAS = ROOT / "docs" / "json.md"
EXAMPLE = ROOT / "docs" / "write-a-claim.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?(refute|make) (.*)")


def commands_of(page: Path) -> Iterator[tuple[str, str]]:
    """(program, arguments) of a page's fenced commands; in a block with prompts, only its lines with one."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        lines = block.splitlines() if language in ("sh", "console") else []
        prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        for line in prompted or lines:
            if found := COMMAND.match(line):
                yield found[1], found[2]


def shown() -> list[tuple[str, str, str]]:
    return [(page.name, program, words) for page in PAGES for program, words in commands_of(page)]


@pytest.fixture(scope="module")
def book() -> Book:
    return discover(ROOT)


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


def documented() -> dict[str, set[str]]:
    """The keys of each record of docs/json.md: first column, in backticks, of the table below its heading."""
    records: dict[str, set[str]] = {}
    for section in re.split(r"^### ", SCHEMAS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        rows = re.findall(r"^\| ([^|]*) \|", body.partition("\n## ")[0], re.MULTILINE)
        records[name] = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    return records


NESTED = {
    "audit": {"budget": "budget", "claims": "claim", "plots": "plot", "omitted": "statement"},
    "graph": {"nodes": "node", "edges": "edge"},
    "claim": {
        **{"text": "text", "parts": "part", "proof": "step", "witness": "witness"},
        **{"siblings": "sibling", "measured": "measured"},
    },
    "measured": {"instance": "values"},
    "part": {"instance": "values"},
    "sibling": {"witness": "witness"},
    "witness": {"instance": "values", "findings": "finding"},
    "values": {"X": "instance", "W": "instance", "A": "instance"},
    "plot": {"x": "axis", "y": "axis", "series": "series", "marks": "mark"},
    "siblings": {"claims": "siblings of a claim"},
    "siblings of a claim": {"siblings": "sibling"},
    "data": {
        "facts": "fact",
        "dropped": "dropped row",
        "page": "data page",
        "table": "kernels of rows",
        "rows": "kernels of rows",
        "runs": "runs",
    },
    "data page": {"tables": "data table", "plots": "plot", "statements": "applied statement"},
    "certificates": {"states": "checkpoint"},
    "checkpoint": {
        **{"facts": "line", "conditions": "condition", "blamed": "blamed part"},
        **{"kernel_min": "enclosure", "kernel_max": "enclosure"},
    },
    "kernels of rows": dict.fromkeys(("lambda_0", "gamma_0", "kappa_0"), "enclosure"),
    "runs": dict.fromkeys(("weak", "joint"), "run"),
    "witness file": {"instance": "values", "findings": "finding"},
    "survey": {
        **{"batches": "batches", "rows": "row of a survey", "ratios": "ratio", "fits": "fit"},
        **{"plots": "plot"},
    },
    "row of a survey": {"thresholds": "threshold"},
    "fit": {"exponents": "exponent"},
}
"""Which record is under which key of which record."""


def keys_of(data: Any, record: str, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Collect the keys of every record inside `data`, which is one or a list of the given record, or null."""
    for item in data if isinstance(data, list) else [] if data is None else [data]:
        found.setdefault(record, set()).update(item)
        for key, inside in NESTED.get(record, {}).items():
            if key in item:
                keys_of(item[key], inside, found)
    return found


def written(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def agrees(found: dict[str, set[str]], *, but: tuple[str, ...] = ("values",)) -> None:
    """What was found is documented, and what is documented there was found."""
    known = documented()
    for record in found.keys() - set(but):
        assert found[record] == known[record], record


def test_the_keys_of_a_run_are_documented(book: Book, tmp_path: Path) -> None:
    claims = book.find(["T1", "P4", "I2"])
    request = Request(claims, PROFILES["quick"], 0, Compute(), with_siblings=True)
    record = audit_claims(request)
    save_witnesses(record.results, 0, request.compute, tmp_path)
    found = keys_of(in_json(audit_record(book, request, record, tmp_path)), "audit", {})
    agrees(found)
    assert {"step", "witness", "finding", "sibling", "instance"} <= found.keys()
    for path in tmp_path.glob("*.json"):
        agrees(keys_of(written(path), "witness file", {}))


def test_the_keys_of_a_plot_are_documented() -> None:
    line = Series("line", (1.0,), (2.0,))
    axis = Axis("steps")
    plot = Plot("p", "title", "caption", axis, axis, (line,), (Mark(1.0, "here"),), ("K1",))
    agrees(keys_of(in_json(plot), "plot", {}))
    assert set(asdict(line)) == documented()["series"]


def test_the_keys_of_siblings_are_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(commands, "WITNESSES", tmp_path / "witnesses")
    assert main(["siblings", "P4", "--json", str(tmp_path / "s.json")]) == 0
    agrees(keys_of(written(tmp_path / "s.json"), "siblings", {}))


def test_the_keys_of_data_are_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    np.save(tmp_path / "rows.npy", np.eye(3)[[0, 1, 2, 0]])
    arguments = ["data", str(tmp_path / "rows.npy"), "--rows", "0,1", "--report", str(tmp_path / "out")]
    assert main([*arguments, "--drop-duplicates"]) == 0
    found = keys_of(written(tmp_path / "out" / "data.json"), "data", {})
    agrees(found, but=("mark",))
    assert found.keys() >= {"plot", "data table", "applied statement"}


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


def test_the_keys_of_the_list_are_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["list", "--json"]) == 0
    agrees(keys_of(json.loads(capsys.readouterr().out), "entry", {}))


def test_the_keys_of_graph_and_slack_are_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["graph", "K6", "--format", "json", "--ledger", "none"]) == 0
    agrees(keys_of(json.loads(capsys.readouterr().out), "graph", {}))
    agrees(keys_of(in_json(slack_rows(read(sample()))), "bound", {}))


QUOTED = [block for language, block in FENCE.findall(EXAMPLE.read_text("utf-8")) if block.startswith("# ")]


@pytest.mark.parametrize("block", QUOTED, ids=lambda block: block.splitlines()[0])
def test_what_the_guide_quotes_is_in_the_file_that_it_names(block: str) -> None:
    name, _, quoted = block.removeprefix("# ").partition("\n")
    assert quoted.strip()
    assert quoted in (ROOT / name).read_text("utf-8")


def test_the_guide_quotes_what_it_is_about() -> None:
    named = {block.splitlines()[0].rpartition("/")[2] for block in QUOTED}
    assert named >= {"paper.py", "r1_worst_case.py", "functions.py", "s2_mean_of_signs.py.in"}


def test_what_the_guide_does_not_quote_runs() -> None:
    """One block, on an instance of six numbers: (sum of x)^2 <= n sum of x^2, with its rounding."""
    blocks = [block for language, block in FENCE.findall(EXAMPLE.read_text("utf-8")) if language == "python"]
    (loose,) = [block for block in blocks if block not in QUOTED]
    imports, _, expression = loose.strip().rpartition("\n\n")
    names: dict[str, Any] = {"at_most": refute.at_most, "x": np.array([0.1, 0.3, -0.7, 2.0, 1e-3, 5.0])}
    names["size"] = np.abs(names["x"]).sum() ** 2 + 6 * (names["x"] @ names["x"])
    exec(imports, names)
    found = eval(expression, names)
    assert found.outcome is refute.Outcome.HOLDS and 0 < found.rounding < 1e-12


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


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the paper that docs/write-a-claim.md is about."""
    root = tmp_path_factory.mktemp("guided") / "paper"
    ignored = shutil.ignore_patterns("__pycache__", ".refute")
    shutil.copytree(ROOT / "examples" / "gradient_descent", root, ignore=ignored)
    return root


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_of_the_guide_do_what_it_says(guided: Path) -> None:
    for program, words in commands_of(EXAMPLE):
        ran = run_in(guided, f"{program}.cli", *shlex.split(words))
        assert ran.returncode == ("replay" in words), ran.stdout + ran.stderr
    claims = written(guided / "audit.json")["claims"]
    assert {claim["id"]: claim["verdict"] for claim in claims} == dict.fromkeys(
        ("D1", "D2", "R1", "R2"), "SUPPORTED"
    )
    assert all(count for claim in claims for count in claim["classes"].values())
    assert run_in(guided / "my-paper", "refute.cli", "list").returncode == 0
    assert "D3" in run_in(guided, "refute.cli", "list").stdout


def test_the_example_of_the_guide_is_collected_by_pytest(guided: Path) -> None:
    ran = run_in(guided, "pytest", "claims", "-k", "worst", "--collect-only", "-q", "-p", "no:cacheprovider")
    assert "3/11 tests collected" in ran.stdout or "3/13 tests collected" in ran.stdout, ran.stdout
