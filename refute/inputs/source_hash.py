"""The hash of a statement: what evidence is evidence about.

A claim says what the sources of its module say, and of the modules of claims/ and models/ that it imports,
directly or not, with the C++ and CUDA files beside them. Evidence under another hash is about another
statement and counts as stale.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from refute.basics.errors import PaperError
from refute.evidence.seeds import PROTOCOL

T = TypeVar("T")

ROOMS = ("claims", "models")
"""The folders below the root of a paper whose sources make up its statements."""
NATIVE = (".c", ".cc", ".cpp", ".cu", ".cuh", ".h", ".hpp")
"""What else counts, with a setup.py, in the folder of an imported module or package: it may be compiled."""
MEASURES = (
    "numerics/*.py",
    "evidence/exponents.py",
    "statement/comparison.py",
    "statement/comparing.py",
    "statement/real_numbers.py",
)
"""The parts of the instrument that turn what a claim computes into an outcome."""


def statement_hash(root: Path, module: str) -> str:
    """32 hexadecimal digits for the statement in a module of the paper in `root`.

    They depend on the bytes of its sources (`sources`), on those of the instrument that measure (`MEASURES`)
    and on the protocol of trials. A changed comment changes them: nobody has to judge which bytes matter.
    Imports that are computed at run time, other packages and their versions are not seen. Raises OSError, and
    PaperError for a source that is no Python, with its line.
    """
    digest = blake2b(digest_size=16, person=b"refute-statement")
    _add(digest, "protocol", str(PROTOCOL).encode())
    _add(digest, "module", module.encode())
    for name, source in _measures():
        _add(digest, name, source)
    for path in sources(root, module):
        _add(digest, path.relative_to(root).as_posix(), path.read_bytes())
    return digest.hexdigest()


def sources_hash(root: Path) -> str:
    """32 hexadecimal digits for all that an audit runs: claims/, models/ and the instrument itself."""
    digest = blake2b(digest_size=16, person=b"refute-sources")
    package = Path(__file__).parents[1]
    for name, folder in (("claims", root / "claims"), ("models", root / "models"), ("refute", package)):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", *NATIVE) and path.is_file():
                _add(digest, f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return digest.hexdigest()


def sources(root: Path, module: str) -> tuple[Path, ...]:
    """The files of claims/ and models/ below `root` that importing a module runs, itself included, sorted.

    The `__init__.py` of a package counts as soon as it holds more than a docstring; files in C, C++ and CUDA
    count in every folder that holds an imported module or is an imported package.
    """
    found: set[Path] = set()
    asked = {module}
    waiting = [module]
    while waiting:
        for path in set(_files(root, waiting.pop())) - found:
            found.add(path)
            names = _names(root, path) if path.suffix == ".py" else frozenset()
            waiting.extend(names - asked)
            asked |= names
    return tuple(sorted(found))


def _files(root: Path, name: str) -> Iterator[Path]:
    """The file of a module, and of the packages around it all that does something."""
    parts = name.split(".")
    if parts[0] not in ROOMS:
        return
    for depth in range(1, len(parts) + 1):
        folder = root.joinpath(*parts[:depth])
        beside = {path for path in folder.glob("*.*") if path.suffix in NATIVE and path.is_file()}
        yield from beside
        if beside and (folder / "setup.py").is_file():
            yield folder / "setup.py"
        package = folder / "__init__.py"
        if package.is_file() and not _silent(package):
            yield package
    module = root.joinpath(*parts).with_suffix(".py")
    if module.is_file():
        yield module


def _names(root: Path, path: Path) -> frozenset[str]:
    return _readable(path, lambda source: _imports(source, path.relative_to(root).parent.parts))


@lru_cache(maxsize=1024)
def _imports(source: bytes, package: tuple[str, ...]) -> frozenset[str]:
    """Every name that may be an imported module: `from a import b` is both a and a.b."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            whole = ".".join((*base, *filter(None, [node.module])))
            names += [whole, *(f"{whole}.{alias.name}" for alias in node.names)]
    return frozenset(names)


def _silent(path: Path) -> bool:
    """Whether a file holds nothing but a docstring."""
    body = _readable(path, ast.parse).body
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def _readable(path: Path, read: Callable[[bytes], T]) -> T:
    try:
        return read(path.read_bytes())
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise PaperError(f"{path}{line}: {error.msg}; the statement's hash needs its source") from None
    except ValueError as error:
        raise PaperError(f"{path} is a source of a claim and no Python: {error}") from None


@lru_cache(maxsize=1)
def _measures() -> Iterable[tuple[str, bytes]]:
    folder = Path(__file__).parents[1]
    found: list[Path] = []
    for pattern in MEASURES:
        matched = list(folder.glob(pattern))
        # A moved file would leave every hash in silence, and evidence would count for what it is not about.
        if not matched:
            raise LookupError(f"no file of the instrument matches {pattern}")
        found += matched
    found.sort()
    return tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in found)


def _add(digest: blake2b, name: str, content: bytes) -> None:
    for part in (name.encode(), content):
        digest.update(len(part).to_bytes(8, "little") + part)
