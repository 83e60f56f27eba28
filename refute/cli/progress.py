"""What an audit shows of its progress, on stderr."""

from __future__ import annotations

from collections.abc import Callable

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from refute.audit.request import Request
from refute.basics.streams import tell
from refute.cli.printing import terminal
from refute.statement.claim import Claim


def progress_on_stderr() -> Progress:
    """Bars that vanish when they are done, and nothing at all where stderr is no terminal."""
    console = terminal(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def describe(progress: Progress, bar: TaskID, prefix: str = "") -> Callable[[str], None]:
    """A function that writes what is at work next to a bar."""
    return lambda what: progress.update(bar, description=f"{prefix}{what}")


def claims_bar(progress: Progress, request: Request) -> tuple[Callable[[Claim], None], Callable[[str], None]]:
    """A bar over the claims, as what to call before each claim and after each instance.

    Where stderr is no terminal each claim is a line.
    """
    bar = progress.add_task("starting", total=len(request.claims))
    begun = 0
    instances = 0
    name = ""

    def begin(claim: Claim) -> None:
        nonlocal begun, instances, name
        progress.update(bar, completed=begun, description=f"{claim.id} {claim.slug}")
        begun += 1
        instances = 0
        name = f"{claim.id} {claim.slug}"
        if progress.disable:
            tell(f"[{begun}/{len(request.claims)}] {name}")

    def tick(_: str) -> None:
        nonlocal instances
        instances += 1
        progress.update(bar, description=f"{name}: {instances} instances")

    return begin, tick
