"""The front matter: what is audited, what it found, and the order in which it is read."""

from refute import Entry, Paper

PAPER = Paper(
    title="Gradient descent provably optimizes over-parameterized neural networks",
    source=(
        "S. S. Du, X. Zhai, B. Poczos, A. Singh, arXiv:1810.02054, ICLR 2019. The statements are re-derived "
        "with explicit constants; the proofs are in docs.md."
    ),
    findings={
        "F1": "The Gram matrix of the first layer governs the predictions, and begins near its mean.",
        "F2": "If it stays well conditioned, gradient flow fits the labels at a linear rate.",
    },
    contents={
        "kernel": (Entry("G1"), Entry("G2"), Entry("G3")),
        "training": (
            Entry("T1"),
            Entry(
                "T2",
                "From a width of order n^6 / lambda_0^4 on, random networks learn at a linear rate",
                reason=(
                    "Its width, with a constant, is beyond what trials can draw; T1 certifies single "
                    "networks in its place."
                ),
                finding="F2",
            ),
        ),
    },
)
