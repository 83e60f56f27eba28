"""What a search draws must not depend on which modules happen to be imported.

Hypothesis draws one number in twenty from a pool of constants, and adds to the pool what it reads in the
sources of every module of ours that this process has imported so far. A process that was started to do a part
of an audit has imported others than the command, an installed copy of the instrument counts otherwise than
one in a working tree, and the same seed would draw other instances.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis.internal.conjecture import providers

_READ = "_get_local_constants"
"""The function of Hypothesis that reads the imported modules."""


@contextmanager
def without_module_constants() -> Iterator[None]:
    """Inside, Hypothesis draws from its own constants only; afterwards it is as it was."""
    before: Any = getattr(providers, _READ, None)
    if before is None:  # a Hypothesis that reads no modules
        yield
        return
    kept: Any = providers.CONSTANTS_CACHE
    none = type(providers.GLOBAL_CONSTANTS)()
    setattr(providers, _READ, lambda: none)
    providers.CONSTANTS_CACHE = type(kept)(kept.max_size)
    try:
        yield
    finally:
        setattr(providers, _READ, before)
        providers.CONSTANTS_CACHE = kept
