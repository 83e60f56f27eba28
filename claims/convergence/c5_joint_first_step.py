"""C5. Joint training is certified at its start from an explicit width on.

Statement. For every X with A1, A2, 0 < p < 1, every width and every step
    m >= m_joint(X, p) of W1, where m_joint(X, p) <= 262144,
    eta <= 1 / (8 (lambda_n + n)),
with probability at least 1 - p over the initialization, C1 holds at k = 0 in the joint regime. Hence, with
the nu > 0 of C1, for every k >= 0
    ||E(k)||_F^2 <= (1 - eta nu)^k ||E(0)||_F^2.
Here p = 1/10.

Assumptions. A1, A2; rademacher decoder.

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d; E = X - U (d, n);
lambda_n = ||X||^2; nu the rate of C1; excess the ratio of m to m_joint; share the ratio of eta to the largest
step covered.

Refuted by. A data matrix and a width on which more than a tenth of the initializations, at level 1e-6, are
not certified.

A pass does not show. The theorem on data whose explicit width cannot be drawn, which is most data: the
Statement's cap leaves one to three samples, well separated, in few dimensions; that so many neurons are
needed: half of them suffice for two orthogonal samples, a sixteenth does not; anything about larger steps:
those of C3 are 8 d times as large or more, and 16 times as large a step is certified there too.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: docs/theory/convergence.md. As C4,
with the decoder kernel added to the sum, whose summands are unbounded: Chernoff is replaced by
    E exp(-theta Y) <= I - theta E Y + theta^2 E Y^2 / 2.
The drift of A and Phi is bounded with ||A||, ||Phi||_F and the longest w_r, and costs the last term of nu.
"""

from __future__ import annotations

from claims.convergence.certified_start import FAILURE_PROBABILITY, WIDEST, start_claim
from claims.preliminaries.explicit_width import STEP_DIVISOR

CLAIM = start_claim(
    "C5",
    "joint",
    uses=("I5", "C1"),
    constants={"262144": WIDEST, "8 (lambda_n + n)": STEP_DIVISOR, "p = 1/10": FAILURE_PROBABILITY},
)
