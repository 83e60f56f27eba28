"""A Compute that knows what was read of it: whether a claim can depend on precision or device at all."""

from __future__ import annotations

from dataclasses import fields

from refute.statement.kinds import Compute

FIELDS = tuple(one.name for one in fields(Compute))


class WatchedCompute(Compute):
    """The same to whoever uses it. read: the names of the fields that anybody read.

    A subclass, because claims get a Compute, and reading must not look different. Comparing, hashing, copying
    and printing read every field; a copy is an ordinary Compute, for what reads it next is out of sight.
    """

    read: set[str]

    def __init__(self, device: str, dtype: str) -> None:
        # The dataclass is frozen.
        object.__setattr__(self, "read", set())
        super().__init__(device, dtype)

    def __getattribute__(self, name: str) -> object:
        if name in FIELDS:
            self.read.add(name)
        if name == "__dict__":
            self.read.update(FIELDS)
        return super().__getattribute__(name)

    def __reduce__(self) -> tuple[type[Compute], tuple[str, str]]:
        return Compute, (self.device, self.dtype)


def dtype_of(compute: Compute) -> str:
    """The dtype, read by the instrument: it does not count as read by a claim."""
    dtype: str = object.__getattribute__(compute, "dtype")
    return dtype
