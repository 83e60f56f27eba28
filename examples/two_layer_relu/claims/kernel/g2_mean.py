r"""G2. The mean of the Gram matrix is <x_i, x_j> (pi - theta_ij) / (2 pi).

Statement. For w_r ~ N(0, I), independent, and all x_i, x_j that are not 0, at the angle theta_ij,
    E H_ij = <x_i, x_j> (pi - theta_ij) / (2 pi) .

Assumptions. None beside those of the statement.

Symbols. X (n, d) the samples x_i; H (n, n) the Gram matrix of G1.

Refuted by. Samples of which an entry of the mean differs from the formula by more than rounding.

A pass does not show. The formula outside of the plane; it depends on the plane of the two samples only.

Source. Du, Zhai, Poczos, Singh, arXiv:1810.02054, section 3.1; Cho and Saul, 2009. Proof: docs.md.

Siblings.
    off-by-little: E H_ij = (1 + 1e-5) <x_i, x_j> (pi - theta_ij) / (2 pi), because the formula is exact.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from claims.networks import on_an_arc, on_the_circle
from models.gram import gram, limit_gram, planar_patterns
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, equal
from refute.numerics import gamma


def check(instance: Instance, compute: Compute, *, off: float = 0.0) -> Comparisons:
    """The mean over the 2n arcs of directions on which no neuron changes its pattern, and the formula.

    An end of an arc is off by 8 roundings of a full turn, so an entry, a sum of 2n arcs, by 32n of them; an
    arc whose middle is taken for the wrong side is not longer than that. The formula rounds less than 32
    times.
    """
    X = instance.X
    mean = gram(X, *planar_patterns(X))
    formula = limit_gram(X) * (1 + off)
    terms = np.abs(X) @ np.abs(X).T
    rounding = gamma(40 * len(X) + 32) * terms
    above = np.triu_indices(len(X))
    entries = (matrix[above] for matrix in (mean, formula, rounding, terms))
    return tuple(equal("E H_ij", *numbers, size=size) for *numbers, size in zip(*entries, strict=True))


CLAIM = Claim(
    id="G2",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=st.builds(Instance, X=on_the_circle()),
    check=check,
    classes={"many samples": lambda instance: len(instance.X) > 8},
    strata={"many samples": st.builds(Instance, X=on_an_arc(least=9, most=12))},
    siblings=(Sibling("off-by-little", falls="E H_ij", changes={"off": 1e-5}),),
)
