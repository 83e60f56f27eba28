"""What the claims on two samples share: the pairs, the kinds of pairs, and a closed form against its mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from flint import acb, arb
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain
from models.kernels.limit_in_balls import Angle, angle, entry_rounding, signed_squares
from refute import Comparisons, Compute, Instance, equal
from refute.numerics import Enclosure, enclosure_of, precision

HALF = 0.5
"""Both kernels at equal arguments."""
NEAR = 1 + 1e-5
"""What a near sibling multiplies the truth by: it must fall, or the comparison sees nothing."""


def _instances(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return st.builds(Instance, X=data)


_DATA = Domain(min_n=2, max_n=2, max_d=32)
_NAMES = ("nearly parallel", "nearly antipodal", "obtuse pair", "orthogonal pair", "many dimensions")
PAIRS = _instances(_DATA.typical())
PAIR_CLASSES = _DATA.classes(*_NAMES)
PAIR_STRATA = _DATA.strata(_instances, *_NAMES)

ClosedForm = Callable[[torch.Tensor], torch.Tensor]
"""A kernel (n, n) of the columns of X (d, n)."""

END = 10
"""Where an integral over t > 0 is cut: what is left then is below the roundoff of float64."""
_BITS = 64
"""More than float64 has by what the integrals lose."""


def expectation_in_balls(X: np.ndarray, mean: Callable[[Angle], arb]) -> Enclosure:
    """A mean over the two columns of X (d, 2), which is a function of their angle, enclosed."""
    with precision(_BITS):
        return enclosure_of(mean(angle(signed_squares(X)[0][1])))


def to_the_end(integrand: Callable[[acb], acb]) -> arb:
    """The integral over 0 < t < END of what is real there, in balls of the precision in force."""
    return acb.integral(lambda t, _: integrand(t), 0, END).real


def nearly(closed_form: ClosedForm) -> ClosedForm:
    """The closed form times NEAR."""
    return lambda X: closed_form(X) * NEAR


def against_its_mean(
    letter: str, closed_form: ClosedForm, mean: Enclosure, instance: Instance, compute: Compute
) -> Comparisons:
    """The closed form at the pair against the mean, and at equal arguments against 1/2."""
    kernel = array(closed_form(tensor(instance.X, compute)))
    rounding = entry_rounding(len(instance.X), compute.dtype)
    return (
        equal(f"{letter}(x, y)", float(kernel[0, 1]), mean, rounding, size=HALF),
        equal(f"{letter}(x, x)", float(kernel[0, 0]), HALF, rounding),
    )
