"""The front matter: what is audited, what it found, and the order in which it is read."""

from refute import Entry, Paper

PAPER = Paper(
    title="Gradient descent on smooth convex functions",
    source=(
        "Y. Drori, M. Teboulle, Performance of first-order methods for smooth convex minimization, "
        "Mathematical Programming 145, 2014; the rate for strongly convex functions is theorem 2.1.15 of "
        "Y. Nesterov, Introductory Lectures on Convex Optimization, 2004. The proofs are in docs.md."
    ),
    findings={
        "F1": "After N steps of length 1/L, f(x_N) - f* <= L R^2 / (4N + 2), and no smaller bound holds.",
        "F2": "On strongly convex functions, steps of length 2/(mu + L) converge linearly.",
    },
    contents={
        "lemmas": (Entry("D1"), Entry("D2")),
        "rates": (Entry("R1"), Entry("R2")),
    },
)
