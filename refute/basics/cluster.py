"""A cluster of dask.distributed: connecting to it, and who its members are just now."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from refute.basics.errors import InputError

_REFRESH = 5.0
"""Seconds between two looks at the size of a cluster: a look is a message, and machines join in minutes."""


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address. Raises InputError if it does not answer."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler needs dask.distributed: pip install 'refute[cluster]'") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {address}: {str(error) or 'no answer'}") from None
    # It logs the traceback of a lost connection, where the command ends with one line of its own.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        yield client
    finally:
        client.close()


class Members:
    """The workers of a cluster, which may grow and shrink."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._period = -1
        self._threads: Mapping[str, int] = {}
        self._dead: list[str] = []

    def capacity(self) -> int:
        """Two tasks for every thread, so that none waits for us."""
        period = int(time.monotonic() // _REFRESH)
        if period != self._period:
            self._period = period
            self._look()
        return max(2 * sum(self._threads.values()), 1)

    def deaths(self) -> list[str]:
        """The workers that left since this was asked last, each in a sentence."""
        self.capacity()
        said, self._dead = self._dead, []
        return said

    def _look(self) -> None:
        known = self._threads
        self._threads = {}
        with suppress(OSError, RuntimeError):  # out of reach: its tasks in flight will say so
            self._threads = dict(self._client.nthreads())
            gone = sorted(known.keys() - self._threads.keys())
            self._dead += [f"{name} left the cluster; what it was at runs elsewhere" for name in gone]
