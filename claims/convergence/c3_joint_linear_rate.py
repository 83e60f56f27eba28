"""C3. Joint training keeps its linear rate for all time.

Statement. For every X with A1, A2, n <= 24 and d <= 64, every width and every step
    d (a_j + b_j / kappa_0^2 + h / kappa_0^3) <= m <= 4096,
    eta <= 3/4 d / lambda_max(K + G),
with mu = kappa_0 / (2 d) and steps enough,
    (1 - eta mu)^(k/2) <= 1e-6 for some k <= 20000:
with probability at least 1 - 1/10 over the initialization, the run of the joint regime is certified by C1 at
some step T, and the exact run, in real numbers from the same start, satisfies for all k >= 0
    ||E(k)||_F^2 <= (1 - eta mu)^k ||E(0)||_F^2:
a trial proves it, up to T by C8 and from T on by C1; what is only observed counts as a failure.
Our law, calibrated, not proved; a_j = 16, b_j = 2, h = 1/12.

Assumptions. A1, A2; rademacher decoder.

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d, both trained; E = X - U (d, n);
kappa_0 = lambda_min(K + G); T the step of the certificate; excess the ratio of m to the law's
width; pace = eta lambda_max(K + G) / d.

Refuted by. A data matrix on which more than a tenth of the initializations, at level 1e-6, break the rate,
end without a certificate of at least mu, or have an exact run that is not proved to keep the rate before it.

A pass does not show. The theorem with its explicit (far larger) width; other decoders. The caps of the
Statement leave out very crowded data, such as two samples closer than 0.18.

Source. F1 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words; the law and its constants are ours
(docs/theory/convergence.md), C1 and C8 are claims.
"""

from __future__ import annotations

from claims.convergence.calibrated_law import (
    CUBE,
    JOINT_A,
    JOINT_B,
    JOINT_PACE,
    MAX_DIMENSION,
    MAX_SAMPLES,
    MAX_STEPS,
    MAX_WIDTH,
    SHRINKAGE,
)
from claims.convergence.rate_claim import FAILURE_PROBABILITY, rate_claim

CLAIM = rate_claim(
    "C3",
    "joint",
    constants={
        "n <= 24": MAX_SAMPLES,
        "d <= 64": MAX_DIMENSION,
        "4096": MAX_WIDTH,
        "3/4": JOINT_PACE,
        "1e-6": SHRINKAGE,
        "20000": MAX_STEPS,
        "1/10": FAILURE_PROBABILITY,
        "a_j = 16": JOINT_A,
        "b_j = 2": JOINT_B,
        "h = 1/12": CUBE,
    },
)
