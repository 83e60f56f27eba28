"""C2. Weak training keeps its linear rate for all time.

Statement. For every X with A1, A2, every width m >= a_w d + b_w d / lambda_0^2 and every step eta <= d /
lambda_max(K + G): with probability at least 0.9 over the initialization, the run of the weak regime is
certified by C1 at some step T, and ||E(k)||_F^2 <= (1 - eta mu)^k ||E(0)||_F^2 for all k, with mu = lambda_0
/ (2 d): observed up to T, proven from T on. Our law, calibrated, not proved; a_w = 32, b_w = 3.

Assumptions. A1, A2; rademacher decoder; data whose promised envelope shrinks to 1e-6 within the step cap and
whose width is within the width cap (the reach is reported).

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d, W trained and A fixed; E = X - U (d,
n); lambda_0 = lambda_min(K); T the step of the certificate; excess the ratio of m to the law's
width; pace = eta lambda_max(K + G) / d.

Refuted by. A data matrix on which more than a tenth of the initializations, at level 1e-6, break the rate or
end without a certificate of at least mu.

A pass does not show. The theorem with its explicit (far larger) width; anything about data beyond the caps,
which is most of the very crowded data; other decoders.

Source. F1 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words; the law and its constants are ours
(docs/theory/convergence.md), the tail is claim C1.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from claims.convergence import calibrated_law
from claims.preliminaries.assumptions import CLASSES
from claims.preliminaries.fixed_data import sphere
from refute import Claim, Cost, Instance, Kind, Sibling, Status

CLAIM = Claim(
    id="C2",
    kind=Kind.RATE,
    status=Status.CONJECTURE,
    finding="F1",
    instances=calibrated_law.reachable_data(calibrated_law.FASTEST["weak"]),
    draw=partial(calibrated_law.draw, regime="weak"),
    failure_probability=0.1,
    examples=(
        Instance(X=sphere(5, 10, 0), excess=1.0, pace=calibrated_law.PACE),
        Instance(X=np.eye(3)[:, :2], excess=1.0, pace=calibrated_law.FASTEST["weak"]),
    ),
    uses=("C1",),
    restrict_to={"C1": partial(calibrated_law.first_runs, regime="weak")},
    cost=Cost.SLOW,
    minimum_reach=0.5,
    classes={**CLASSES, **calibrated_law.classes("weak")},
    siblings=(
        Sibling(
            "short-horizon",
            "m >= 16 max(n, d) suffices, whatever lambda_0 is",
            "a run stopped at an envelope of e^-3 suggests it; on crowded data the promised rate breaks "
            "some thousand steps later",
            falls="rate broken",
            where="lambda_0 < 0.1",
            draw=partial(calibrated_law.draw, regime="weak", law="short horizon"),
            instances=calibrated_law.crowded_pairs(),
        ),
        Sibling(
            "any-step",
            "the same for every step size",
            "beyond 2 / lambda_max(H) the residual along the top eigenvector grows (C7)",
            falls="rate broken",
            draw=partial(calibrated_law.draw, regime="weak", law="any step"),
            instances=calibrated_law.overshot_pairs("weak"),
        ),
    ),
)
