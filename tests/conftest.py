"""What tests of several rooms share: the paper of this repository."""

from __future__ import annotations

import pytest

from refute.inputs.registry import Book, discover
from tests.pages import ROOT


@pytest.fixture(scope="module")
def book() -> Book:
    return discover(ROOT)
