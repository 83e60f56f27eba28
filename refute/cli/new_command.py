"""The command `refute new`: a paper that runs at once, and a claim with places to fill in."""

from __future__ import annotations

import argparse
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from refute.basics.errors import InputError
from refute.basics.files import write_atomically
from refute.basics.version import __version__
from refute.cli.printing import print_line
from refute.inputs.contents_entry import file_of_contents, with_entry
from refute.inputs.registry import load_paper
from refute.statement.kinds import Kind
from refute.statement.paper import Entry, Paper

STARTER = files("refute.cli") / "starter"
"""What is written: files named as they will be, with ".in" behind and "dot." for a leading dot."""
UNTITLED = "FILL IN: what it says"
_LABEL = re.compile(r"[A-Za-z]+[0-9]+")


@dataclass(frozen=True)
class _Body:
    """The code that a kind begins with: its template, and what that compares where it is a check."""

    template: str
    relation: str = ""
    comparison: str = ""
    changed: str = "factor"
    type: str = "int"
    true: str = "1"
    false: str = "0"
    sibling: str = "fill-in"


_UPPER = _Body("check", "at_most", 'at_most("measured", x, factor * (x + 1))')
_LOWER = _Body("check", "at_least", 'at_least("measured", x + 1, factor * x)', false="3")
_EQUAL = _Body(
    "check", "equal", 'equal("measured", x * x, x**2 * (1 + exact(off)))', "off", "float", "0.0", "1e-5"
)
_BODIES: Mapping[Kind, _Body] = {
    Kind.EQUALITY: _EQUAL,
    Kind.UPPER_BOUND: _UPPER,
    Kind.LOWER_BOUND: _LOWER,
    Kind.RATE: _UPPER,
    Kind.FOR_ALL_TIME: _UPPER,
    Kind.EXPONENT: _Body("ladder"),
    Kind.WITH_PROBABILITY: _Body("draw"),
}


def new(args: argparse.Namespace, console: Console) -> int:
    """`refute new DIR` or `refute new claim ID`. Raises InputError, and then nothing was written."""
    if args.what != "claim":
        if args.id is not None:
            raise InputError(f"`refute new DIR` takes one folder; for a claim: `refute new claim {args.id}`")
        return _new_paper(Path(args.what), console)
    if args.id is None:
        raise InputError(
            "`refute new claim` needs a label: `refute new claim D3` (a folder: `refute new ./claim`)"
        )
    return _new_claim(Path.cwd(), args, console)


def _new_paper(folder: Path, console: Console) -> int:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is no empty folder; a new paper needs one of its own")
    folder = Path(os.path.realpath(folder))
    if folder.is_symlink():
        raise InputError(
            f"{folder} is a link that leads back to itself; a new paper needs a folder of its own"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    words = {"title": _title(folder.name), "version": __version__}
    # Written beside it and put in place as a whole, so that there is a paper or none.
    draft = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _copy(STARTER / "paper", draft, words)
        draft.chmod(0o755)
        draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    print_line(console, f"{folder} is a paper with two claims. In that folder:")
    print_line(console, "  refute run        audits it")
    print_line(console, "  refute siblings   shows that its claims can fail")
    print_line(console, "  README.md         says what to change")
    return 0


def _title(name: str) -> str:
    """What a paper in a folder of this name is called: its words, without what ends a string of Python."""
    words = re.sub(r"[^\w.,'()&+]+|_", " ", name).strip()
    return words.capitalize() or "A paper"


def _copy(source: Traversable, target: Path, words: Mapping[str, str]) -> None:
    for item in source.iterdir():
        path = target / re.sub("^dot[.]", ".", item.name.removesuffix(".in"))
        if item.is_dir():
            path.mkdir()
            _copy(item, path, words)
        elif item.name.endswith(".in"):
            path.write_text(_filled(item.read_text(encoding="utf-8"), words), encoding="utf-8")


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"<<{name}>>", word)
    return text


def _new_claim(root: Path, args: argparse.Namespace, console: Console) -> int:
    label = args.id
    if not _LABEL.fullmatch(label):
        raise InputError(f"a label is letters and then a number, such as D3, and not {label!r}")
    title = args.title
    if title is not None and (not title.strip() or not title.isprintable() or '"""' in title):
        raise InputError("a title is one line with something in it")
    paper = load_paper(root)
    chapter = _chapter(paper, args.chapter, label)
    listed = _listed(paper, label, chapter)
    name = f"{label.lower()}_{_slug(args.title or f'fill in {label}')}.py"
    path = root / "claims" / chapter / name
    if label.lower() in {other.stem.partition("_")[0] for other in path.parent.glob("*_*.py")}:
        raise InputError(f"claims/{chapter}/ holds a claim {label} already")
    write_atomically(path, _claim(label, args.title or UNTITLED, Kind(args.kind), next(iter(paper.findings))))
    print_line(console, f"claims/{chapter}/{name} says what to fill in; then `refute run {label}`.")
    if not listed:
        _list_it(root, chapter, label, console)
    return 0


def _chapter(paper: Paper, wanted: str | None, label: str) -> str:
    """The chapter asked for, else that of the entry of this label, else the last one."""
    known = tuple(paper.contents)
    listed = [chapter for chapter in known if label in [entry.id for entry in paper.contents[chapter]]]
    chapter = wanted or next(iter([*listed, *reversed(known)]), "")
    if chapter not in known:
        raise InputError(
            f"the contents have no chapter {chapter!r}; there is: {', '.join(known) or 'none'}. A chapter is "
            "a key of contents in claims/paper.py, and a folder of claims/ whose __init__.py has its title"
        )
    return chapter


def _listed(paper: Paper, label: str, chapter: str) -> bool:
    """Whether the contents list the label already, as they must for a claim. Raises InputError otherwise."""
    entries: dict[str, Entry] = {entry.id: entry for entry in paper.entries}
    if label not in entries:
        return False
    if entries[label].reason:
        raise InputError(
            f'the contents give a reason not to check {label}: write Entry("{label}") in its place first'
        )
    if label not in [entry.id for entry in paper.contents[chapter]]:
        raise InputError(f"the contents list {label} in another chapter than {chapter}")
    return True


def _slug(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_").split("_")
    return "_".join(words[:6]) or "fill_in"


def _claim(label: str, title: str, kind: Kind, finding: str) -> str:
    body = _BODIES[kind]
    head, code = (
        (STARTER / "claim" / f"{part}.in").read_text(encoding="utf-8") for part in ("head", body.template)
    )
    words = {
        "id": label,
        "title": title.rstrip("."),
        "KIND": kind.name,
        "finding": finding,
        "imports": ", ".join(sorted(["exact", body.relation])),
        **{name: getattr(body, name) for name in ("comparison", "changed", "type")},
        **{name: getattr(body, name) for name in ("true", "false", "sibling")},
    }
    return _filled(head + code, words)


def _list_it(root: Path, chapter: str, label: str, console: Console) -> None:
    """Add the label to the contents, or say that this is left to do."""
    file = file_of_contents(root, chapter)
    changed = with_entry(file.read_text(encoding="utf-8"), chapter, label) if file else None
    if file is None or changed is None:
        print_line(console, f'Add Entry("{label}") to the chapter {chapter} of the contents yourself.')
        return
    write_atomically(file, changed)
    print_line(console, f'{file.relative_to(root)} has Entry("{label}") in the chapter {chapter} now.')
