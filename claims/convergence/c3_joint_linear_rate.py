"""C3. Joint training keeps its linear rate for all time.

Statement. For every X with A1, A2, every width and every step
    m >= a_j d + b_j d / kappa_0^2,
    eta <= 3 d / (4 lambda_max(K + G)),
with probability at least 0.9 over the initialization, the run of the joint regime is certified by C1 at some
step T, and with mu = kappa_0 / (2 d) for all k
    ||E(k)||_F^2 <= (1 - eta mu)^k ||E(0)||_F^2:
observed up to T, proven from T on. Our law, calibrated, not proved; a_j = 16, b_j = 3.

Assumptions. A1, A2; rademacher decoder; data whose promised envelope shrinks to 1e-6 within the step cap and
whose width is within the width cap (the reach is reported).

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d, both trained; E = X - U (d, n);
kappa_0 = lambda_min(K + G); T the step of the certificate; excess the ratio of m to the law's
width; pace = eta lambda_max(K + G) / d.

Refuted by. A data matrix on which more than a tenth of the initializations, at level 1e-6, break the rate or
end without a certificate of at least mu.

A pass does not show. The theorem with its explicit (far larger) width; anything about data beyond the caps,
which is most of the very crowded data; other decoders.

Source. F1 of Nguyen, Wong, Hegde, arXiv:1911.11983, in words; the law and its constants are ours
(docs/theory/convergence.md), the tail is claim C1.
"""

from __future__ import annotations

from claims.convergence.rate_claim import rate_claim

CLAIM = rate_claim("C3", "joint")
