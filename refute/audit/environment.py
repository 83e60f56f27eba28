"""What an audit ran on, for its record."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from threadpoolctl import threadpool_limits

from refute.basics.errors import one_line
from refute.basics.version import __version__
from refute.statement.paper import Paper

THREADS = "OMP_NUM_THREADS"
_PACKAGES = ("numpy", "scipy", "sympy", "hypothesis", "python-flint", "torch")
_OWN = {"refute", "python", "platform", "cpu_count", "threads", *_PACKAGES}


def choose_threads(paper: Paper) -> None:
    """Let models and linear algebra compute with one thread unless OMP_NUM_THREADS says otherwise.

    The matrices of an audit are small: further threads gain nothing on an idle machine, and on a busy one
    they wait for each other. Sums on other threads round otherwise, and every process is to find the same.
    """
    if not os.environ.get(THREADS):
        set_threads(paper, 1)


def set_threads(paper: Paper | None, threads: int) -> None:
    """Let linear algebra, and models if the paper can, have so many threads; 0 changes nothing."""
    if threads > 0:
        threadpool_limits(threads)
        if paper is not None and paper.set_threads is not None:
            paper.set_threads(threads)


def threads_of(paper: Paper) -> int:
    """How many threads that makes; 0 where the paper cannot set them or the variable is not a number."""
    number = (os.environ.get(THREADS) or "1").partition(",")[0].strip()
    return int(number) if paper.set_threads is not None and number.isdecimal() else 0


def environment(paper: Paper) -> dict[str, str]:
    """Versions, platform and processors as strings, then what the paper describes; all of it strings.

    Packages that are not installed are left out. threads: what `choose_threads` chose; "default" where the
    paper cannot set them. A name above stays what it is; a description that fails is said to, and loses no
    audit.
    """
    facts = {
        "refute": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_count": str(os.cpu_count() or 0),
        "threads": os.environ.get(THREADS) or ("default" if paper.set_threads is None else "1"),
    }
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    return facts | described(_paper_facts(paper))


def described(facts: Mapping[str, str]) -> dict[str, str]:
    """Those entries of an environment that the paper described."""
    return {name: value for name, value in facts.items() if name not in _OWN}


def _paper_facts(paper: Paper) -> dict[str, str]:
    try:
        facts = paper.describe() if paper.describe is not None else {}
        return {str(name): str(value) for name, value in facts.items()}
    except Exception as error:
        return {"describe": f"failed with {one_line(error)}"}
