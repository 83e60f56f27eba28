"""The pytest front end on the toy paper, in a pytest of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from refute.audit.witness import load_witness
from refute.inputs.registry import Book, discover
from tests.refute.cli.commands import falsify, raise_in, refute
from tests.refute.toy_files import N1, N2, N3, change

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(toy: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest with the plugin and nothing else on the toy paper's claims."""
    monkeypatch.chdir(toy)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    # The plugin is at work in this process already, which pytest 8.2 warns of.
    known = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    warnings = f"[pytest]\nfilterwarnings =\n    error\n    {known}\n"
    (toy / "pytest.ini").write_text(warnings, encoding="utf-8")

    def start(*arguments: str, process: bool = False) -> pytest.RunResult:
        options = ("-p", "refute.pytest_plugin", "--rootdir", str(toy), "--strict-markers", *arguments)
        go = pytester.runpytest_subprocess if process else pytester.runpytest_inprocess
        return go(*options, str(toy / "claims"))

    return start


def test_every_claim_and_sibling_is_a_test_that_passes(run: Run) -> None:
    result = run("-v", process=True)
    result.assert_outcomes(passed=6)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*::N1-square-of-sum~three-halves PASSED*"])


LARGEST = ["N2-largest-uniform", "N2-largest-uniform~half"]


@pytest.mark.parametrize(
    ("options", "selected"),
    [
        (("-k", "largest-uniform"), LARGEST),
        (("-k", "N1 and not three-halves"), ["N1-square-of-sum"]),
        (("-k", "with-probability"), LARGEST),
        (("-k", "F2"), LARGEST),
        (("-k", "numbers and half"), ["N2-largest-uniform~half"]),
        (("-m", "medium"), LARGEST),
        (("-m", "fast", "-k", "binomial"), ["N3-binomial", "N3-binomial~no-mixed-term"]),
        (("-m", "slow"), []),
    ],
)
def test_claims_are_selected_by_name_kind_finding_and_cost(
    run: Run, options: tuple[str, ...], selected: list[str]
) -> None:
    result = run("--collect-only", "-q", *options)
    assert [line.rpartition("::")[2] for line in result.outlines if "::" in line] == selected


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_refuted_claim_fails_in_words_that_can_be_replayed(
    run: Run, toy: Path, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    """Where CI is set, pytest repeats the whole message in its summary."""
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    monkeypatch.setenv("CI", ci)
    falsify(toy)
    result = run("-k", "N3-binomial")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "N3 (The binomial formula) is REFUTED: *",
            "  instance: Instance(x=3, y=4)",
            "  square of the sum: 49 == 25 fails (slack -0.49, rounding 0)",
            "  replay: refute replay *N3.json",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    (witness,) = {line.split()[-1] for line in result.outlines if "replay: refute" in line}
    assert refute("replay", witness) == 1


def test_a_sibling_that_stands_fails(run: Run, toy: Path) -> None:
    change(toy, N3, "check=partial(check, 0)", "check=partial(check, 2)")
    result = run("-k", "N3-binomial")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "false sibling N3~no-mixed-term was not refuted (SUPPORTED: *",
            "  it says: (x + y)^2 = x^2 + y^2",
            "  it is false because: at x = y = 1 *",
        ]
    )


def test_undecided_and_out_of_reach_are_failures(run: Run, toy: Path) -> None:
    change(toy, N1, "    escalate=escalate,\n", "")
    change(toy, N2, "return Trials(", "return Unmet('never') or Trials(")
    change(toy, N2, "Trials\n", "Trials, Unmet\n")
    result = run("-k", "N1 or N2-largest-uniform and not half")
    result.stdout.fnmatch_lines(["*N1 (*) is UNDECIDED: * stayed inside the rounding bound*"])
    result.stdout.fnmatch_lines(["*N2 (*) is OUT_OF_REACH: 0 of 5 instances met the premise*"])


def test_an_error_in_a_claim_fails_with_the_instance(run: Run, toy: Path) -> None:
    raise_in(toy, "ZeroDivisionError('no trial')")
    result = run("-k", "N2-largest-uniform and not half")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["N2 (*) is ERROR: ZeroDivisionError: no trial (*) on Instance(k=1)"])


def test_a_broken_module_is_a_collection_error_in_one_line(run: Run, toy: Path) -> None:
    change(toy, N1, "import Fraction", "import Fractions")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["claims/numbers/n1_square_of_sum cannot be imported: ImportError: *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_broken_house_fails_in_one_line(run: Run, toy: Path) -> None:
    change(toy, N1, 'uses=("N3",)', 'uses=("N9",)')
    result = run("-k", "N3-binomial")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["claims/numbers/n1_square_of_sum.py: N1 uses N9, which is no claim"])


def test_the_paper_is_discovered_once_a_session(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    roots: list[Path] = []

    def counted(root: Path) -> Book:
        roots.append(root)
        return discover(root)

    monkeypatch.setattr("refute.inputs.registry.discover", counted)
    run().assert_outcomes(passed=6)
    assert len(roots) == 1


def test_the_options_of_a_run_are_the_plugins(run: Run, toy: Path) -> None:
    shown = run("--help")
    for option in ("--profile=", "--seed=", "--device=", "--dtype="):
        shown.stdout.fnmatch_lines([f"*{option}*"])
    change(toy, N2, "draw=partial(draw, 1 / 20)", "draw=partial(draw, 1 / 2)")
    result = run("-k", "N2-largest-uniform and not half", "--seed", "7", "--profile", "ci")
    result.assert_outcomes(failed=1)
    assert load_witness(toy / ".refute" / "witnesses" / "N2.json").seed == 7


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--seed", "-1"), "--seed must be a whole number, 0 or more, and not '-1'"),
        (("--profile", "slow"), "invalid choice: 'slow'"),
        (("--dtype", "float16"), "invalid choice: 'float16'"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_usage_error(
    run: Run, option: tuple[str, str], message: str
) -> None:
    result = run(*option, process=True)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in "\n".join(result.errlines)


def test_other_folders_called_claims_are_left_alone(run: Run, toy: Path) -> None:
    (toy / "claims" / "paper.py").rename(toy / "claims" / "front.py")
    assert run("--collect-only").ret == pytest.ExitCode.NO_TESTS_COLLECTED
