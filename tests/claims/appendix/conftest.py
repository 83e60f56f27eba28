"""What several tests of the appendix share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from claims.appendix import data_runs


@pytest.fixture(scope="module")
def no_tubes() -> Iterator[None]:
    """Tubes of the starts are tried where a test asks for them: they take some seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_runs, "MOST_TUBE", 1)
        yield
