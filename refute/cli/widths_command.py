"""`refute widths`: answer the paper's question about thresholds, or go on where it was interrupted."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from refute.audit.environment import choose_threads, threads_of
from refute.basics.errors import (
    FAILED,
    INTERRUPTED,
    REFUTED,
    InputError,
    LedgerError,
    PaperError,
    RefuteError,
    SweepError,
)
from refute.basics.executors import name_of, open_executor
from refute.basics.remaining import in_words
from refute.basics.streams import tell
from refute.cli.crews import processors
from refute.cli.outputs import Outputs, check_outputs, report_files
from refute.cli.printing import print_line
from refute.cli.progress import progress_on_stderr
from refute.report.records.survey import SurveyRecord
from refute.report.survey_json import Order, refuted, survey_record
from refute.report.survey_page import write_page
from refute.report.survey_text import print_survey
from refute.report.text import count
from refute.statement.json_codec import plain
from refute.statement.kinds import Compute
from refute.sweep.batches import tables
from refute.sweep.bracket import planner
from refute.sweep.scheduler import Pair, Survey, explore, survey_of
from refute.sweep.store import Question, open_store
from refute.sweep.worker import Job, Loaded, load, work

DEFAULT = Path(".refute") / "widths.sqlite"


def widths(args: argparse.Namespace, console: Console) -> int:
    """Run the survey and show it.

    0: done; 1: in float64 a sufficient level did not suffice; 3: a batch failed. Ctrl-C keeps every finished
    batch, shows what is decided and ends with 130.
    """
    loaded, order = _ordered(args)
    pairs = list(tables(loaded.sweep, order.grid, order.arms))
    survey = survey_of(loaded.sweep, pairs, planner(loaded.sweep, order.grid, order.arms), fresh=args.fresh)
    failure: RefuteError | None = None
    interrupted = False
    try:
        with progress_on_stderr() as progress:
            _explore(args, loaded, order, survey, _reporter(progress, survey))
    except (SweepError, LedgerError) as error:
        if isinstance(error, LedgerError) and not survey.ran + survey.stored:
            raise  # nothing was done yet: the store cannot be used
        failure = error
    except KeyboardInterrupt:
        interrupted = True
    found = survey_record(loaded, order, survey, interrupted=interrupted or failure is not None)
    print_survey(found, console)
    outputs = Outputs(args.traceback)
    outputs.json("the results", args.json, plain(found))
    if args.report:
        outputs.json("the results", args.report / "widths.json", plain(found))
        page = args.report / "index.html"
        if outputs.attempt("the report", page, partial(write_page, found, args.report)):
            print_line(console, f"The report is in {page}")
    if failure is not None:
        tell(f"refute: {failure}")
    return outputs.code(_code(found, failure, interrupted))


def _ordered(args: argparse.Namespace) -> tuple[Loaded, Order]:
    """Load the sweep and make sense of the arguments. Raises InputError and PaperError."""
    root = Path.cwd()
    try:
        loaded = load(str(root))
    except LookupError as error:
        raise PaperError(str(error)) from None
    sweep = loaded.sweep
    paper = loaded.paper
    grid = args.grid or sweep.grids[0]
    _known("--grid", grid, sweep.grids)
    regimes = tuple(dict.fromkeys(arm.partition(" ")[0] for arm in sweep.arms))
    for regime in args.regime:
        _known("--regime", regime, regimes)
    try:
        device = paper.resolve_device(args.device)
    except ValueError as error:
        raise InputError(f"--device {args.device}: {error}") from None
    choose_threads(paper)
    check_outputs([*report_files(args.report, args.json, "widths.json"), args.store])
    arms = [arm for arm in sweep.arms if not args.regime or arm.partition(" ")[0] in args.regime]
    compute = Compute(device, args.dtype)
    return loaded, Order(
        grid=grid,
        arms=arms,
        seed=args.seed,
        compute=compute,
        crew=name_of(_processes(args, device), args.scheduler),
        command=_command(grid, args.regime, args.seed, compute),
        root=root,
    )


def _explore(
    args: argparse.Namespace,
    loaded: Loaded,
    order: Order,
    survey: Survey,
    report: Callable[[Pair | None], None],
) -> None:
    common = (loaded.statement, order.seed, order.compute, loaded.described)
    question = Question(loaded.sweep.name, *common, loaded.sweep.batch)
    job = Job(
        root=str(order.root),
        statement=loaded.statement,
        described=loaded.described,
        seed=order.seed,
        compute=order.compute,
        threads=threads_of(loaded.paper),
    )
    with (
        open_store(args.store, question) as store,
        open_executor(_processes(args, order.compute.device), args.scheduler) as workers,
    ):
        explore(survey, partial(work, job), workers, store, report)


def _reporter(progress: Progress, survey: Survey) -> Callable[[Pair | None], None]:
    """What shows the progress: a bar, or a line for each pair where stderr is no terminal."""
    bar = progress.add_task("starting", total=len(survey.pairs))

    def report(pair: Pair | None) -> None:
        message = f"{count(survey.ran + survey.stored)} batches, {_rest(survey)}"
        progress.update(bar, completed=survey.finished, description=message)
        if pair is not None and progress.disable:
            head = f"[{survey.finished}/{len(survey.pairs)}] {pair.cell.describe()}, {pair.arm}"
            tell(f"{head}: {count(pair.trials)} trials; {message}")

    return report


def _rest(survey: Survey) -> str:
    """How long the rest should take, as a range, and nothing where nobody can know it yet."""
    return "done" if survey.finished == len(survey.pairs) else in_words(survey.remaining())


def _code(found: SurveyRecord, failure: RefuteError | None, interrupted: bool) -> int:
    if interrupted:
        return INTERRUPTED
    if refuted(found) and found.dtype == "float64":  # no other precision decides
        return REFUTED
    if failure is not None:
        return failure.exit_code
    return FAILED if found.batches.differing else 0


def _processes(args: argparse.Namespace, device: str) -> int:
    """As asked for, otherwise a process for each processor; one where a GPU does the work."""
    asked: int | None = args.processes
    return asked if asked is not None else processors() if device == "cpu" else 1


def _command(grid: str, regimes: Sequence[str], seed: int, compute: Compute) -> str:
    """The command that computes the same numbers, whoever does the work."""
    chosen = [word for name in regimes for word in ("--regime", name)]
    how = ["--seed", str(seed), "--device", compute.device, "--dtype", compute.dtype]
    return shlex.join(["refute", "widths", "--grid", grid, *chosen, *how])


def _known(option: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise InputError(f"{option} {name}: this paper has {', '.join(names)}")
