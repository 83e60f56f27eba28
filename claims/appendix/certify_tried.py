"""Both certificates tried at a checkpoint: C1 at the stored point and, where it fails, C9 from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from claims.appendix.certify_conditions import C1, C9, contraction_conditions, tube_conditions
from claims.appendix.certify_settings import Setting
from models.certificate.certificate import Certificate, certify
from models.certificate.contraction import Contraction, contraction
from models.certificate.points import Points, points_of
from models.certificate.shortfall import Shortfall, shortfall
from models.certificate.tube import Tube, affordable, certificate_of, tube
from models.kernels.finite import tangent_kernel
from refute import Condition
from refute.numerics import Enclosure, largest_eigenvalue, smallest_eigenvalue

MOST_TUBE = 2**20
"""Numbers m n d beyond which C9 is not tried, nor beyond 64 outputs: up to here it takes some ten seconds."""

Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of a point before it is asked whether it is certified: residual and kernel, verified."""

    setting: Setting
    point: Points
    lowest: Enclosure
    highest: Enclosure

    @property
    def e(self) -> float:
        """||E||_F from above."""
        return float(self.point.e[0])


@dataclass(frozen=True, eq=False)
class Tried:
    """What came of both certificates. by: the one that holds, or empty. part: C1 at the budget shown."""

    by: str
    certificate: Certificate
    conditions: tuple[Condition, ...]
    part: Contraction
    short: Shortfall | None


def seen_of(setting: Setting) -> Seen:
    """What is known of the stored point, before any certificate is tried."""
    point = points_of(setting.network, setting.X, setting.regime)
    kernel = tangent_kernel(setting.network, setting.X, setting.regime)[0].numpy()
    error = float(point.H_error[0])
    return Seen(setting, point, smallest_eigenvalue(kernel, error), largest_eigenvalue(kernel, error))


def tried_at(seen: Seen, report: Report) -> Tried:
    """C1; what it lacks, where it does not hold; then C9."""
    setting = seen.setting
    how = (setting.network, setting.X, setting.step_size, setting.regime)
    report(C1)
    found = certify(*how)
    short = None
    if not found.certified[0]:
        report(f"what {C1} lacks")
        short = shortfall(seen.point, setting.step_size)
        if short.allowed >= seen.e:  # a budget that the search from 0 did not come upon
            found = certify(*how, first=short.at)
    if found.certified[0] or short is None:
        part = contraction(seen.point, setting.step_size, float(found.budget[0]))
        rows = contraction_conditions(seen.point, part, setting.step_size, seen.highest)
        return Tried(C1, found, rows, part, None)
    rows = contraction_conditions(seen.point, short.decisive, setting.step_size, seen.highest)
    followed = _tube(seen, report)
    if followed is None:
        return Tried("", found, rows, short.decisive, short)
    rows += tube_conditions(followed)
    by = C9 if followed.rate > 0 else ""
    return Tried(by, certificate_of([followed], setting.network.m), rows, short.decisive, short)


def _tube(seen: Seen, report: Report) -> Tube | None:
    """The tube from the stored point; None where it would take too long."""
    setting = seen.setting
    if not affordable(setting.network, setting.X, MOST_TUBE):
        return None
    report(C9)
    return tube(setting.network, setting.X, setting.step_size, setting.regime)
