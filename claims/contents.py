"""The findings of the paper, and every statement that stands for one, in the order in which they are read."""

from __future__ import annotations

from refute import Entry

FINDINGS = {
    "F1": (
        "Gradient descent converges linearly from a random start, with the encoder trained alone or with "
        "both layers trained."
    ),
    "F2": "Joint training needs far less over-parameterization than training the encoder alone.",
    "F3": (
        "Weight-tied autoencoders degenerate when trained from a random start in the over-parameterized "
        "setting."
    ),
    "F4": "Infinitely wide autoencoders evolve as linear models, which explains that they memorize.",
}

CONTENTS = {
    "kernels": (
        Entry("K1"),
        Entry("K2"),
        Entry("K3"),
        Entry("K4"),
        Entry("K5"),
        Entry("K6"),
        Entry("K7"),
        Entry("K8"),
        Entry("K9"),
    ),
    "initialization": (
        Entry("I1"),
        Entry("I2"),
        Entry("I3"),
        Entry("I4"),
        Entry("I5"),
        Entry("I6"),
        Entry("I7"),
    ),
    "perturbation": (
        Entry("P1"),
        Entry("P2"),
        Entry("P3"),
        Entry("P4"),
        Entry("P5"),
        Entry("P6"),
        Entry("P7"),
    ),
    "convergence": (
        Entry("C1"),
        Entry("C2"),
        Entry("C3"),
        Entry("C4"),
        Entry("C5"),
        Entry("C6"),
        Entry("C7"),
        Entry("C8"),
        Entry("C9"),
        Entry("C10"),
    ),
    "width": (
        Entry("W1"),
        Entry("W2"),
        Entry("W3"),
        Entry("W4"),
        Entry("W5"),
    ),
    "tied": (
        Entry("T1"),
        Entry("T2"),
        Entry("T3"),
        Entry("T4"),
        Entry("T5"),
        Entry("T6"),
        Entry("T7"),
        Entry("T8"),
    ),
    "memorization": (
        Entry("M1"),
        Entry("M2"),
        Entry("M3"),
        Entry("M4"),
        Entry("M5"),
    ),
}
