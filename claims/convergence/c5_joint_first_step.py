"""C5. Joint training is proved from its start at an explicit width.

Statement. For every X with A1, A2, 0 < p < 1, every width and every step
    m >= m_joint(X, p) of W1, where m_joint(X, p) <= 262144,
    eta <= 1 / (8 (lambda_n + n)),
with probability at least 1 - p over the initialization, the block certificate holds at k = 0 in the joint
regime, with at least the rate r(X, p) that W1 is solved with. Hence for every k >= 0
    ||E(k)||_F <= (1 - eta r)^k ||E(0)||_F.
Here p = 1/10.

Assumptions. A1, A2; rademacher decoder.

Symbols. X (d, n); W, A (d, m) with w_r ~ N(0, I_d), a_r ~ Unif{-1, 1}^d; E = X - U (d, n);
lambda_n = ||X||^2; r = f - delta of W1; excess the ratio of m to m_joint; share the ratio of eta to the
largest step covered.

Refuted by. A data matrix and a width on which more than a tenth of the initializations, at level 1e-6, are
not certified with the rate r.

A pass does not show. The theorem on data whose explicit width cannot be drawn: the Statement's cap leaves one
sample in up to 60 dimensions, orthonormal points up to (8, 8), two random points in 8 dimensions, most
triples of them that are well separated; that so many neurons are needed: half of them suffice for the block
certificate on most data, and far fewer for the tube of C9; anything about larger steps.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: docs/theory/width.md. As C4, with
the decoder kernel added to the sum, whose summands are unbounded: Chernoff is replaced by
    E exp(-theta Y) <= I - theta E Y + theta^2 E Y^2 / 2.
The drift of A and Phi is bounded with ||A||, ||Phi|| and the longest w_r, and is added to delta.
"""

from __future__ import annotations

from claims.convergence.certified_start import FAILURE_PROBABILITY, WIDEST, start_claim
from claims.preliminaries.data_spectrum import STEP_DIVISOR

CLAIM = start_claim(
    "C5",
    "joint",
    uses=("I5", "P7"),
    constants={"262144": WIDEST, "8 (lambda_n + n)": STEP_DIVISOR, "p = 1/10": FAILURE_PROBABILITY},
)
