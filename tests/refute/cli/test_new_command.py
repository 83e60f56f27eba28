"""`refute new`: what it writes runs at once, and a claim that is not filled in passes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from refute.cli import main as cli
from refute.statement.kinds import Kind

ROOT = Path(__file__).resolve().parents[3]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of a process of its own, as a user gives it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A paper as `refute new` writes it."""
    folder = tmp_path_factory.mktemp("new") / "my-paper"
    assert cli.main(["new", str(folder)]) == 0
    return folder


def test_a_new_paper_has_what_a_paper_needs(written: Path) -> None:
    files = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    assert files >= {
        ".github/workflows/audit.yml",
        ".gitignore",
        "README.md",
        "claims/__init__.py",
        "claims/paper.py",
        "claims/sums/__init__.py",
        "models/__init__.py",
        "pytest.ini",
        "requirements.txt",
    }
    assert sum(name.startswith("claims/sums/s") for name in files) == 2
    for name in files:
        text = (written / name).read_text(encoding="utf-8")
        assert "<<" not in text and ">>" not in text, name
    assert 'title="My paper"' in (written / "claims" / "paper.py").read_text(encoding="utf-8")


def test_it_runs_at_once(written: Path) -> None:
    ran = run(written, "refute.cli", "run", "--ledger", "none")
    assert ran.returncode == 0 and "2 SUPPORTED" in ran.stdout, ran.stdout + ran.stderr
    assert run(written, "refute.cli", "siblings").returncode == 0
    tested = run(written, "pytest", "-q", "-p", "no:cacheprovider")
    assert "4 passed" in tested.stdout, tested.stdout + tested.stderr


NEW_CLAIMS = """
import sys
from refute.cli.main import main
from refute.statement.kinds import Kind
codes = [main(["new", "claim", f"D{i}", "--kind", kind]) for i, kind in enumerate(Kind)]
sys.exit(any(codes))
"""


def test_new_claims_of_every_kind_pass_nothing_before_they_are_filled_in(tmp_path: Path) -> None:
    paper = tmp_path / "p"
    assert cli.main(["new", str(paper)]) == 0
    (paper / "new_claims.py").write_text(NEW_CLAIMS, encoding="utf-8")
    added = run(paper, "new_claims")
    assert added.returncode == 0, added.stderr
    labels = [f"D{i}" for i, _ in enumerate(Kind)]
    ran = run(paper, "refute.cli", "run", *labels, "--ledger", "none")
    assert f"{len(Kind)} OUT OF REACH" in ran.stdout, ran.stdout + ran.stderr
    for claim in paper.glob("claims/sums/d*.py"):
        lines = claim.read_text(encoding="utf-8").splitlines(keepends=True)
        guard = next(number for number, line in enumerate(lines) if "return Unmet" in line)
        del lines[guard - 1 : guard + 1]
        claim.write_text("".join(lines), encoding="utf-8")
    ran = run(paper, "refute.cli", "run", *labels, "--ledger", "none")
    assert f"{len(Kind)} SUPPORTED" in ran.stdout, ran.stdout + ran.stderr
    assert run(paper, "refute.cli", "siblings", *labels).returncode == 0


def test_a_folder_that_holds_something_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "mine"):
        assert cli.main(["new", str(folder)]) == 2
        assert "no empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "claim"], "needs a label"),
        (["new", "elsewhere", "D3"], "takes one folder"),
        (["new", "claim", "3"], "a label is letters and then a number"),
        (["new", "claim", "N1"], "holds a claim N1 already"),
        (["new", "claim", "D3", "--chapter", "none"], "no chapter 'none'; there is: numbers"),
        (["new", "claim", "D3", "--title", " "], "a title is one line"),
        (["new", "claim", "D3", "--title", 'a"""b'], "a title is one line"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_line(
    toy: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in toy.rglob("*") if path.is_file()}
    assert cli.main(arguments) == 2
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in toy.rglob("*") if path.is_file()} == before


def test_a_link_that_leads_back_to_itself_is_no_place_for_a_paper(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for folder in (loop, loop / "inside"):
        assert cli.main(["new", str(folder)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert os.listdir(tmp_path) == ["loop"]


def test_a_link_to_a_folder_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "paper")
    assert cli.main(["new", str(tmp_path / "link")]) == 0
    assert (tmp_path / "link").is_symlink() and (tmp_path / "paper" / "claims" / "paper.py").is_file()


def test_an_entry_with_a_reason_is_not_overwritten(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = toy / "claims" / "paper.py"
    entry = 'Entry("N9", "Primes are odd", reason="Two is not.", finding="F2"), Entry("N2"'
    paper.write_text(paper.read_text("utf-8").replace('Entry("N2"', entry), "utf-8")
    assert cli.main(["new", "claim", "N9"]) == 2
    assert 'write Entry("N9") in its place first' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("my-first_paper", "My first paper"),
        ('a\n"b\\', "A b"),
        ("¨", "A paper"),
        ("Größe (2020)", "Größe (2020)"),
        ('"""', "A paper"),
    ],
)
def test_whatever_the_folder_is_called_the_paper_in_it_is_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, title: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", f"./{folder}"]) == 0
    for path in (tmp_path / folder).rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), path, "exec")
    assert f'title="{title.capitalize()}"' in (tmp_path / folder / "claims/paper.py").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("title", ["a\nb", "a\u2028b", 'a"""b', " ", "a\x0cb"])
def test_a_title_that_is_no_line_is_refused(
    toy: Path, capsys: pytest.CaptureFixture[str], title: str
) -> None:
    assert cli.main(["new", "claim", "N9", "--title", title]) == 2
    assert capsys.readouterr().err == "refute: a title is one line with something in it\n"
