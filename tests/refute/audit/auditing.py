"""An audit of one planted claim, and code that raises."""

from __future__ import annotations

from refute import (
    Claim,
)
from refute.audit.one_claim import audit_claim
from refute.audit.result import Result
from tests.refute.planted import CPU, SMALL


def run(claim: Claim, master: int = 0) -> Result:
    return audit_claim(claim, SMALL, master, CPU)


def raises(*_: object) -> bool:
    raise ZeroDivisionError("here")
