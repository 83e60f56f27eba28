"""The table of contents of a paper, remembered by the hash of its sources: read again, it imports nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from refute.basics.files import write_json
from refute.basics.plain_files import other_kind, plain_bytes
from refute.statement.kinds import Cost, Kind, Status

if TYPE_CHECKING:
    from refute.inputs.registry import Book

MEMORY = Path(".refute") / "contents.json"
"""Below the paper's folder. It may be deleted at any time, and where it cannot be written nothing is lost."""
_READERS = ("statement/*.py", "inputs/*.py")
"""The parts of the instrument that read a paper: another version of them may read something else."""


class ListEntry(msgspec.Struct, frozen=True):
    """A claim as `refute list` shows it (docs/json.md)."""

    id: str
    slug: str
    title: str
    chapter: str
    kind: Kind
    status: Status
    finding: str
    uses: tuple[str, ...]
    siblings: tuple[str, ...]
    cost: Cost


class Omission(msgspec.Struct, frozen=True):
    """A statement that no claim checks, with the reason and the finding that it would serve."""

    id: str
    line: str
    reason: str
    finding: str


class Contents(msgspec.Struct, frozen=True):
    """What a reader of a paper may expect, in reading order.

    chapters: by folder the title and the labels of the statements. entries, omissions: by label, each
    statement in one of them. unchecked: findings in words that nothing serves, each with the reasons.
    sources: the hash of what all this was read from.
    """

    sources: str
    title: str
    chapters: dict[str, tuple[str, tuple[str, ...]]]
    entries: dict[str, ListEntry]
    omissions: dict[str, Omission]
    unchecked: dict[str, str]


def contents(root: Path) -> Contents:
    """The contents of the paper in `root`. Raises PaperError where they have to be read and break a rule."""
    sources = _sources_hash(root)
    known = _remembered(root / MEMORY)
    if known is not None and known.sources == sources:
        return known
    from refute.inputs.registry import discover

    found = _contents_of(discover(root), sources)
    file = root / MEMORY
    with suppress(OSError):  # a folder that cannot be written: the next reader imports the paper again
        if not file.exists() or not other_kind(file):
            write_json(file, msgspec.to_builtins(found))
    return found


def _remembered(file: Path) -> Contents | None:
    """What is remembered, None if that is nothing or damaged."""
    try:
        return msgspec.json.decode(plain_bytes(file), type=Contents)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _contents_of(book: Book, sources: str) -> Contents:
    return Contents(
        sources=sources,
        title=book.paper.title,
        chapters={
            chapter: (
                book.chapter_titles.get(chapter, chapter.capitalize()),
                tuple(entry.id for entry in listed),
            )
            for chapter, listed in book.paper.contents.items()
        },
        entries={
            claim.id: ListEntry(
                id=claim.id,
                slug=claim.slug,
                title=claim.title,
                chapter=claim.chapter,
                kind=claim.kind,
                status=claim.status,
                finding=claim.finding,
                uses=claim.uses,
                siblings=tuple(sibling.name for sibling in claim.siblings),
                cost=claim.cost,
            )
            for claim in book.claims
        },
        omissions={
            entry.id: Omission(entry.id, entry.line, entry.reason, entry.finding)
            for entry in book.paper.entries
            if entry.reason
        },
        unchecked={
            f"{finding} {book.paper.findings[finding]}": reason for finding, reason in book.unchecked.items()
        },
    )


def _sources_hash(root: Path) -> str:
    """Of every file below claims/ and models/ that is source, and of what reads them."""
    digest = blake2b(digest_size=16, person=b"refute-contents")
    instrument = Path(__file__).parents[1]
    for folder, path in (*_files(root), *_read_by(instrument)):
        for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _files(root: Path) -> Iterator[tuple[Path, Path]]:
    for room in ("claims", "models"):
        yield from ((root, path) for path in sorted((root / room).rglob("*.py")))


def _read_by(instrument: Path) -> Iterator[tuple[Path, Path]]:
    for pattern in _READERS:
        yield from ((instrument, path) for path in sorted(instrument.glob(pattern)))
