"""A statement's hash follows its sources, those of its models, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from refute.basics.errors import PaperError
from refute.evidence.seeds import PROTOCOL
from refute.inputs import source_hash as fingerprint
from refute.inputs.registry import discover
from refute.inputs.source_hash import sources, statement_hash

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    "claims/__init__.py": '"""A paper."""\n',
    "claims/one/__init__.py": '"""One."""\n',
    "claims/one/a1_first.py": "from claims.shared import helper\nfrom models import alone\n",
    "claims/one/a2_second.py": "def f():\n    from models.both import g\n    return g\n",
    "claims/shared.py": "import numpy\nimport models.both\nfrom refute import Claim\n",
    "models/__init__.py": "",
    "models/alone.py": "from . import deep\n",
    "models/both.py": "from claims import shared\n",
    "models/deep.py": "x = 1\n",
    "models/unused.py": "x = 1\n",
    "other/thing.py": "x = 1\n",
}
FIRST = "claims.one.a1_first"
SECOND = "claims.one.a2_second"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def names(tree: Path, module: str) -> list[str]:
    return [path.relative_to(tree).as_posix() for path in sources(tree, module)]


def test_sources_are_what_a_claim_imports_directly_or_not(tree: Path) -> None:
    both = ["claims/shared.py", "models/both.py"]
    assert names(tree, FIRST) == sorted(
        [*both, "claims/one/a1_first.py", "models/alone.py", "models/deep.py"]
    )
    assert names(tree, SECOND) == sorted([*both, "claims/one/a2_second.py"])


def hashes(tree: Path) -> tuple[str, str]:
    return statement_hash(tree, FIRST), statement_hash(tree, SECOND)


@pytest.mark.parametrize(
    ("file", "first", "second"),
    [
        ("claims/one/a1_first.py", True, False),
        ("claims/one/a2_second.py", False, True),
        ("claims/shared.py", True, True),
        ("models/alone.py", True, False),
        ("models/deep.py", True, False),
        ("models/both.py", True, True),
        ("models/unused.py", False, False),
        ("other/thing.py", False, False),
    ],
)
def test_a_change_invalidates_what_it_must_and_nothing_else(
    tree: Path, file: str, first: bool, second: bool
) -> None:
    before = hashes(tree)
    with (tree / file).open("a", encoding="utf-8") as source:
        source.write("# a comment is a change\n")
    after = hashes(tree)
    assert [old != new for old, new in zip(before, after, strict=True)] == [first, second]


def test_a_package_counts_once_it_does_something(tree: Path) -> None:
    before = hashes(tree)
    (tree / "claims/one/__init__.py").write_text('"""Another title."""\n', encoding="utf-8")
    assert hashes(tree) == before
    (tree / "models/__init__.py").write_text("x = 1\n", encoding="utf-8")
    assert all(old != new for old, new in zip(before, hashes(tree), strict=True))


@pytest.mark.parametrize("package", ["claims", "claims/one", "models"])
def test_every_package_around_a_module_counts(tree: Path, package: str) -> None:
    before = hashes(tree)
    (tree / package / "__init__.py").write_text("x = 1\n", encoding="utf-8")
    assert all(old != new for old, new in zip(before, hashes(tree), strict=True))


def test_a_name_given_to_two_files_in_turn_is_a_change(tree: Path) -> None:
    before = statement_hash(tree, FIRST)
    (tree / "models/alone.py").write_text("from . import deeper\n", encoding="utf-8")
    (tree / "models/deep.py").rename(tree / "models/deeper.py")
    assert statement_hash(tree, FIRST) != before


def test_the_instrument_is_part_of_the_statement(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [hashes(tree)]
    monkeypatch.setattr(fingerprint, "PROTOCOL", PROTOCOL + 1)
    seen.append(hashes(tree))
    monkeypatch.setattr(fingerprint, "_measures", lambda: (("numerics/x.py", b""),))
    seen.append(hashes(tree))
    assert len({name for pair in seen for name in pair}) == 6


def test_all_that_turns_numbers_into_an_outcome_is_in_the_hash() -> None:
    found = dict(fingerprint._measures())
    assert {
        "statement/comparison.py",
        "evidence/exponents.py",
        "numerics/balls.py",
        "numerics/rounding.py",
    } <= set(found)
    assert all(found.values())


NATIVE = [*(f"models/fast/kernel.{suffix}" for suffix in ("cpp", "cu", "h")), "models/fast/setup.py"]


def with_native(tree: Path) -> Path:
    """One package with native files, imported by the first claim only, and one that nobody imports."""
    for folder in ("fast", "idle"):
        (tree / "models" / folder).mkdir()
        (tree / "models" / folder / "__init__.py").write_text('"""Compiled."""\n', encoding="utf-8")
        for name in ("kernel.cpp", "kernel.cu", "kernel.h", "notes.txt", "kernel.so"):
            (tree / "models" / folder / name).write_bytes(b"\xff not Python")
    for name in ("models/fast/build.py", "models/fast/setup.py", "models/setup.py"):
        (tree / name).write_text("x = 1\n", encoding="utf-8")
    return tree


@pytest.mark.parametrize("line", ["from models.fast import build", "import models.fast.build"])
def test_native_sources_beside_an_imported_module_count(tree: Path, line: str) -> None:
    with (with_native(tree) / "models/alone.py").open("a", encoding="utf-8") as alone:
        alone.write(f"{line}\n")
    assert [name for name in names(tree, FIRST) if "fast" in name or "idle" in name] == [
        "models/fast/build.py",
        *NATIVE,
    ]
    assert not any("fast" in name for name in names(tree, SECOND))
    for name in NATIVE:
        before = hashes(tree)
        (tree / name).write_bytes(b"# changed\n")
        assert [old != new for old, new in zip(before, hashes(tree), strict=True)] == [True, False]


def test_native_sources_of_an_imported_package_count_without_a_module(tree: Path) -> None:
    with (with_native(tree) / "models/alone.py").open("a", encoding="utf-8") as alone:
        alone.write("from models import fast\n")
    assert [name for name in names(tree, FIRST) if "fast" in name] == NATIVE
    before = hashes(tree)
    (tree / "models/fast/more.cpp").write_bytes(b"")
    (tree / "models/fast/notes.txt").write_bytes(b"changed")
    assert [old != new for old, new in zip(before, hashes(tree), strict=True)] == [True, False]


@pytest.mark.parametrize("source", [b"def f(:\n", b"x = 1\0\n", b"x = '\xff'\n"])
@pytest.mark.parametrize("file", ["models/deep.py", "models/__init__.py"])
def test_a_source_that_is_no_python_is_one_line(tree: Path, file: str, source: bytes) -> None:
    (tree / file).write_bytes(source)
    with pytest.raises(PaperError, match=rf"{file}(, line 1)?: .+") as found:
        statement_hash(tree, FIRST)
    assert "\n" not in str(found.value)


def test_a_part_of_the_instrument_that_moved_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "MEASURES", ("numerics/*.py", "moved.py"))
    fingerprint._measures.cache_clear()
    try:
        with pytest.raises(LookupError, match=r"no file of the instrument matches moved\.py"):
            fingerprint._measures()
    finally:
        fingerprint._measures.cache_clear()


def test_two_claims_never_share_a_hash(tree: Path) -> None:
    (tree / "claims/one/a3_third.py").write_bytes((tree / "claims/one/a2_second.py").read_bytes())
    assert statement_hash(tree, "claims.one.a3_third") != statement_hash(tree, SECOND)


def test_two_modules_with_the_same_sources_have_two_hashes(tree: Path) -> None:
    for one, other in (("a1_first", "a2_second"), ("a2_second", "a1_first")):
        (tree / f"claims/one/{one}.py").write_text(f"import claims.one.{other}\n", encoding="utf-8")
    assert names(tree, FIRST) == names(tree, SECOND)
    assert len(set(hashes(tree))) == 2


def test_the_paper_here_has_one_hash_a_claim_and_finds_its_models() -> None:
    modules = {claim.id: claim.module for claim in discover(ROOT).claims}
    assert len({statement_hash(ROOT, module) for module in modules.values()}) == len(modules)
    kernel = [path.name for path in sources(ROOT, modules["K1"])]
    assert "limit.py" in kernel and "limit_predictor.py" not in kernel
