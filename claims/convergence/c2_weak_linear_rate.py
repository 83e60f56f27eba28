"""C2. Weak training keeps its linear rate for all time.

Statement. For every X with A1, A2, n <= 24 and d <= 64, every width and every step
    d (a_w + b_w / lambda_0^2 + h / lambda_0^3 + c_w n^2) <= m <= 4096,
    eta <= d / lambda_max(K + G),
with mu = lambda_0 / (2 d) and steps enough,
    (1 - eta mu)^(k/2) <= 1e-6 for some k <= 20000:
with probability at least 1 - 1/10 over the initialization, the run of the weak regime is certified by C1 at
some step T, and the exact run, in real numbers from the same start, satisfies for all k >= 0
    ||E(k)||_F^2 <= (1 - eta mu)^k ||E(0)||_F^2:
a trial proves it, up to T by C8 and from T on by C1; what is only observed counts as a failure.
Our law, calibrated, not proved; a_w = 32, b_w = 3, c_w = 1/32, h = 1/12.

Assumptions. A1, A2; rademacher decoder.

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d, W trained and A fixed;
E = X - U (d, n); lambda_0 = lambda_min(K); T the step of the certificate; excess the ratio of m to the law's
width; pace = eta lambda_max(K + G) / d.

Refuted by. A data matrix on which more than a tenth of the initializations, at level 1e-6, break the rate,
end without a certificate of at least mu, or have an exact run that is not proved to keep the rate before it.

A pass does not show. The theorem with its explicit (far larger) width; other decoders. The caps of the
Statement leave out very crowded data, such as two samples closer than 0.23.

Source. F1 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words; the law and its constants are ours
(docs/theory/convergence.md), C1 and C8 are claims.
"""

from __future__ import annotations

from claims.convergence.calibrated_law import (
    CUBE,
    MAX_DIMENSION,
    MAX_SAMPLES,
    MAX_STEPS,
    MAX_WIDTH,
    SHRINKAGE,
    WEAK_A,
    WEAK_B,
    WEAK_C,
)
from claims.convergence.rate_claim import FAILURE_PROBABILITY, rate_claim

CLAIM = rate_claim(
    "C2",
    "weak",
    constants={
        "n <= 24": MAX_SAMPLES,
        "d <= 64": MAX_DIMENSION,
        "4096": MAX_WIDTH,
        "1e-6": SHRINKAGE,
        "20000": MAX_STEPS,
        "1/10": FAILURE_PROBABILITY,
        "a_w = 32": WEAK_A,
        "b_w = 3": WEAK_B,
        "c_w = 1/32": WEAK_C,
        "h = 1/12": CUBE,
    },
)
