"""The hash of a statement: what evidence is evidence about.

A claim says what the sources of its module say, and of the modules of claims/ and models/ that it imports,
directly or not. Evidence under another hash is about another statement and counts as stale.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from refute import numerics
from refute.evidence.seeds import PROTOCOL

ROOMS = ("claims", "models")
"""The folders below the root of a paper whose sources make up its statements."""


def statement_hash(root: Path, module: str) -> str:
    """32 hexadecimal digits for the statement in a module of the paper in `root`.

    They depend on the bytes of its sources (`sources`), on those of refute.numerics and on the protocol of
    trials. A changed comment changes them: nobody has to judge which bytes matter. Imports that are computed
    at run time, other packages and their versions are not seen. Raises OSError and SyntaxError.
    """
    digest = blake2b(digest_size=16, person=b"refute-statement")
    _add(digest, "protocol", str(PROTOCOL).encode())
    _add(digest, "module", module.encode())
    for name, source in _numerics():
        _add(digest, name, source)
    for path in sources(root, module):
        _add(digest, path.relative_to(root).as_posix(), path.read_bytes())
    return digest.hexdigest()


def sources(root: Path, module: str) -> tuple[Path, ...]:
    """The files of claims/ and models/ below `root` that importing a module runs, itself included, sorted.

    The `__init__.py` of a package counts as soon as it holds more than a docstring.
    """
    found: set[Path] = set()
    waiting = list(_files(root, module))
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for name in _imports(path.read_bytes(), _package(root, path)):
            waiting.extend(_files(root, name))
    return tuple(sorted(found))


def _files(root: Path, name: str) -> Iterator[Path]:
    """The file of a module, and the packages around it that do something; nothing for a name that is none."""
    parts = name.split(".")
    if parts[0] not in ROOMS:
        return
    for depth in range(1, len(parts) + 1):
        package = root.joinpath(*parts[:depth], "__init__.py")
        if package.is_file() and not _silent(package.read_bytes()):
            yield package
    module = root.joinpath(*parts).with_suffix(".py")
    if module.is_file():
        yield module


def _package(root: Path, path: Path) -> tuple[str, ...]:
    return path.relative_to(root).parent.parts


@lru_cache(maxsize=1024)
def _imports(source: bytes, package: tuple[str, ...]) -> tuple[str, ...]:
    """Every name that may be an imported module: `from a import b` is both a and a.b."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            whole = ".".join((*base, *filter(None, [node.module])))
            names += [whole, *(f"{whole}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _silent(source: bytes) -> bool:
    """Whether a file holds nothing but a docstring."""
    body = ast.parse(source).body
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


@lru_cache(maxsize=1)
def _numerics() -> Iterable[tuple[str, bytes]]:
    folder = Path(numerics.__file__).parent
    return tuple((f"refute/numerics/{path.name}", path.read_bytes()) for path in sorted(folder.glob("*.py")))


def _add(digest: blake2b, name: str, content: bytes) -> None:
    for part in (name.encode(), content):
        digest.update(len(part).to_bytes(8, "little") + part)
