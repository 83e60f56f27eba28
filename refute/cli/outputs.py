"""What a command writes once its work is done: a failure costs neither the verdicts nor the other outputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from refute.audit.result import Result
from refute.audit.witness import save_witnesses, witness_path
from refute.basics.errors import FAILED, USAGE, InputError, RefuteError, one_line, print_traceback
from refute.basics.files import check_writable, write_json
from refute.basics.streams import tell
from refute.statement.claim import Claim
from refute.statement.kinds import Compute

T = TypeVar("T")


@dataclass
class Outputs:
    """The failures to write so far, each told on stderr when it happens. whole: with Python's traceback."""

    whole: bool = False
    failures: list[Exception] = field(default_factory=list)

    def attempt(self, what: str, path: Path, write: Callable[[], object]) -> bool:
        """Write one output, and say whether that succeeded. what: the output in words, "the audit"."""
        try:
            write()
        except (OSError, RefuteError) as error:
            self._failed(f"{what} could not be written: {_told(error, path)}", error)
        except Exception as error:
            said = f"{what} could not be written to {path}, by a mistake of refute: {one_line(error)}"
            self._failed(said, error)
        else:
            return True
        return False

    def made(self, what: str, make: Callable[[], T]) -> T | None:
        """What only an output needs; None, told, where making it failed."""
        try:
            return make()
        except Exception as error:
            said = str(error) if isinstance(error, RefuteError) else one_line(error)
            self._failed(f"{what} failed: {said}", error)
            return None

    def json(self, what: str, path: Path | None, data: object) -> None:
        """Write JSON where it was asked for."""
        if path is not None:
            self.attempt(what, path, partial(write_json, path, data))

    def witnesses(self, results: Iterable[Result], seed: int, compute: Compute, folder: Path) -> None:
        """Save every counterexample that the results have."""
        for result in results:
            save = partial(save_witnesses, [result], seed, compute, folder)
            self.attempt(f"the witness of {result.claim.id}", folder, save)

    def code(self, code: int) -> int:
        """The exit code of a command whose work ended with this one: what it found out stands.

        A failure alone is 2, and 3 where it is a mistake of ours.
        """
        if code or not self.failures:
            return code
        ours = any(not isinstance(error, (OSError, RefuteError)) for error in self.failures)
        return FAILED if ours else USAGE

    def _failed(self, said: str, error: Exception) -> None:
        self.failures.append(error)
        if self.whole:
            print_traceback(error)
        tell(f"refute: {said}")


def check_outputs(paths: Iterable[Path | None]) -> None:
    """Find out before the work which output could not be written, or would take another's place.

    Raises InputError.
    """
    asked = [path for path in paths if path is not None]
    for path in asked:
        check_writable(path)
    places: dict[Path, Path] = {}
    for path in filter(_is_kept, asked):
        place = Path(os.path.realpath(path))
        if place in places:
            raise InputError(f"two outputs are to be written to {path}: give them places of their own")
        places[place] = path
    for place, path in places.items():
        for folder in place.parents:
            if folder in places:
                raise InputError(
                    f"{places[folder]} cannot be a file and the folder of {path}: "
                    "give them places of their own"
                )


def _is_kept(path: Path) -> bool:
    """Whether what is written stays there: devices, pipes and standard streams take several outputs."""
    return path.is_file() or not path.exists()


def report_files(directory: Path | None, json: Path | None, data: str = "audit.json") -> list[Path | None]:
    """The JSON that was asked for and the files of a report, whose data may be that JSON."""
    if directory is None:
        return [json]
    files: list[Path | None] = [directory / "index.html", directory / data]
    if json is not None and os.path.realpath(json) == os.path.realpath(directory / data):
        return files
    return [json, *files]


def witness_files(claims: Iterable[Claim], folder: Path) -> Iterator[Path]:
    """Where the counterexamples to these claims, and to their siblings, would be saved."""
    for claim in claims:
        yield witness_path(folder, claim.id)
        yield from (witness_path(folder, f"{claim.id}~{sibling.name}") for sibling in claim.siblings)


def _told(error: Exception, path: Path) -> str:
    """The path and the cause."""
    if not isinstance(error, OSError):
        return str(error)
    where = error.filename if isinstance(error.filename, str) else path
    return f"{where}: {error.strerror or one_line(error)}"
