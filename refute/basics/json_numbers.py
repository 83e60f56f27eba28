"""Numbers as JSON records hold them. JSON has no nan and no infinity, so a plain float is finite there."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

Amount: TypeAlias = Annotated[float, Meta(ge=0)]
"""A number that is not negative."""
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
"""A number from 0 to 1."""
Count: TypeAlias = Annotated[int, Meta(ge=0)]
"""A whole number that is not negative, of any size."""
