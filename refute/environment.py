"""What an audit ran on, for its record."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from refute import __version__

_PACKAGES = ("numpy", "scipy", "sympy", "hypothesis", "python-flint", "torch")


def environment() -> dict[str, str]:
    """Versions, platform and processors as strings; packages that are not installed are left out."""
    facts = {
        "refute": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_count": str(os.cpu_count() or 0),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
    }
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    return facts
