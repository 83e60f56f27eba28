"""Which paper's `claims` and `models` Python imports: several papers live in one process, one at a time.

Every paper calls its folders so, and Python keeps one module of a name. So the modules of one paper are set
aside, with all that they hold, while another is at work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from refute.basics.errors import PaperError

ROOMS = ("claims", "models")
_aside: dict[Path, dict[str, ModuleType]] = {}
"""By the root of a paper, its modules while another paper is at work."""


def enter(root: Path) -> None:
    """Let `claims` and `models` be those of the paper in `root`, from now on, before all else on the path."""
    root = root.resolve()
    homes = {room: _home(room) for room in ROOMS}
    for name, module in _loaded().items():
        home = homes[name.partition(".")[0]]
        if home is not None and home != root:
            _aside.setdefault(home, {})[name] = module
            del sys.modules[name]
    sys.modules.update(_aside.pop(root, {}))
    sys.path[:] = [str(root), *(entry for entry in sys.path if entry != str(root))]


@contextmanager
def paper_at_work(root: Path) -> Iterator[None]:
    """Enter a paper, and leave it as it was before: what was imported, and the path.

    A paper that the path of Python holds anyway stays where nothing else was at work.
    """
    root = root.resolve()
    path = list(sys.path)
    before = _loaded()
    stays = str(root) in path and not any(home not in (None, root) for home in map(_home, ROOMS))
    enter(root)
    try:
        yield
    finally:
        if not stays:
            _aside[root] = _loaded()
            for name in _aside[root]:
                del sys.modules[name]
            sys.modules.update(before)
            sys.path[:] = path


def check_home(root: Path, where: str) -> None:
    """Raise PaperError, with the folder, where `claims` or `models` is not that of the paper in `root`."""
    for room in ROOMS:
        home = _home(room)
        if home is not None and home != root.resolve():
            raise PaperError(
                f"{where} imports {room} from {home}, which is not the paper in {root}; "
                f"a {room}/ of its own, with an __init__.py, comes first"
            )


def _loaded() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ROOMS}


def _home(room: str) -> Path | None:
    """The folder that holds the package that is imported under this name; None if none is."""
    module = sys.modules.get(room)
    if module is None:
        return None
    places = [*getattr(module, "__path__", ()), module.__file__ or ""]
    return Path(places[0]).resolve().parent
