"""The findings of the paper, and every statement that stands for one, in the order in which they are read."""

from __future__ import annotations

from refute.statement.paper import Entry

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
        Entry("K1", "the encoder's limit kernel in closed form"),
        Entry("K2", "the decoder's limit kernel in closed form"),
        Entry("K3", "both kernels are power series"),
        Entry("K4", "the encoder's kernel dominates the decoder's"),
        Entry("K5", "the closest pair bounds both eigenvalues from above"),
        Entry("K6", "separation bounds both eigenvalues from below"),
        Entry("K7", "how both eigenvalues collapse when samples crowd"),
        Entry("K8", "antipodal pairs degenerate"),
        Entry("K9", "the joint kernel's eigenvalue is at least the sum"),
    ),
    "initialization": (
        Entry("I1", "the means of both initial kernels"),
        Entry("I2", "the encoder's initial kernel keeps its eigenvalue"),
        Entry("I3", "the decoder's initial kernel keeps its eigenvalue"),
        Entry("I4", "the energy of the output at the start"),
        Entry("I5", "how many neurons are near a kink"),
        Entry("I6", "the norm of the decoder"),
        Entry("I7", "the rate at which the initial kernel concentrates"),
    ),
    "perturbation": (
        Entry("P1", "which activations a move can change"),
        Entry("P2", "what they change in the Jacobian"),
        Entry("P3", "how far the features move"),
        Entry("P4", "the energy of the gradient is the kernel's"),
        Entry("P5", "bounds on the gradients"),
        Entry("P6", "the width below which the kernel is singular"),
        Entry("P7", "one step without a flip"),
    ),
    "convergence": (
        Entry("C1", "the certificate for all later steps"),
        Entry("C2", "the linear rate of weak training"),
        Entry("C3", "the linear rate of joint training"),
        Entry("C4", "weak training is certified at the start"),
        Entry("C5", "joint training is certified at the start"),
        Entry("C6", "how little the weights move"),
        Entry("C7", "the largest step size"),
    ),
    "width": (
        Entry("W1", "explicit widths that suffice"),
        Entry("W2", "joint training needs less width"),
        Entry(
            "W3",
            "the measured widths beside the explicit ones",
            reason=(
                "It is a table of measured widths, not a claim: `refute widths` measures it, and "
                "docs/widths.md has it."
            ),
            finding="F2",
        ),
        Entry(
            "W4",
            "where the order of both explicit widths reverses",
            reason=(
                "It compares two bounds, and is located in the report's picture of the crossover; "
                "`refute widths` has the measured widths."
            ),
            finding="F2",
        ),
    ),
    "tied": (
        Entry("T1", "the mean of the untrained network"),
        Entry("T2", "the error of the untrained network"),
        Entry("T3", "its error on the whole sphere at once"),
        Entry("T4", "in the tangent scaling the start explodes"),
        Entry("T5", "at the reconstructing scale nothing is learned"),
        Entry("T6", "exact linear degeneracy"),
        Entry("T7", "the odd part is linear and governs the rest"),
        Entry("T8", "on symmetric data training is a rescaling"),
    ),
    "memorization": (
        Entry("M1", "the trained predictor at infinite width"),
        Entry("M2", "one sample"),
        Entry("M3", "local memorization"),
        Entry("M4", "finite networks approach the predictor"),
        Entry("M5", "where weak and joint training differ"),
    ),
}
