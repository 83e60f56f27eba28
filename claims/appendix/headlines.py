"""What a reader should know first: a sentence a finding, and where its numbers stand in the audit."""

from __future__ import annotations

from refute import Headline, Quantity

HEADLINES = (
    Headline(
        finding="F1",
        claims=("C1", "C2", "C3", "C8", "C9", "C10"),
        sentence=(
            "On five random samples in ten dimensions the linear rate is proved for all time from width "
            "{weak:.0f} on when the encoder is trained alone, by step {weak_step:.0f}, and from width "
            "{joint:.0f} on when both layers are, by step {joint_step:.0f}; from the first step on it is "
            "proved at widths {weak_first:.0f} and {joint_first:.0f} (medians over starts; C8), and at "
            "larger widths before any step is taken (C9, C10)."
        ),
        quantities={
            "weak": Quantity("plot", "needed-widths", "weak"),
            "joint": Quantity("plot", "needed-widths", "joint"),
            "weak_step": Quantity("plot", "needed-widths", "weak step"),
            "joint_step": Quantity("plot", "needed-widths", "joint step"),
            "weak_first": Quantity("plot", "needed-widths", "weak from the first step"),
            "joint_first": Quantity("plot", "needed-widths", "joint from the first step"),
        },
        plot="residual-joint",
    ),
    Headline(
        finding="F2",
        claims=("W2", "W3", "W5", "W4", "W1"),
        sentence=(
            "On the same five points and from the same start, training the encoder alone needs {ratio:.2g} "
            "times as many neurons for such a proof as training both layers (median over starts, 95 % "
            "interval {low:.2g} to {high:.2g}), and {first:.2g} times as many for one from the first step "
            "on. On nearly orthonormal data it needs more than four times as many (W3). At a fixed "
            "separation the joint width, as far as runs are seen, grows no faster than n d (W5). Not "
            "confirmed: on planar arcs both need about as many, and before the first step the order of the "
            "explicit widths depends on the data (W4)."
        ),
        quantities={
            "ratio": Quantity("plot", "needed-widths", "ratio"),
            "low": Quantity("plot", "needed-widths", "ratio low"),
            "high": Quantity("plot", "needed-widths", "ratio high"),
            "first": Quantity("plot", "needed-widths", "ratio from the first step"),
        },
        plot="needed-widths",
    ),
    Headline(
        finding="F3",
        claims=("T2", "T3", "T5"),
        sentence=(
            "Untrained, a weight-tied autoencoder of width {width:.0f} already reconstructs a point that it "
            "has never seen, up to a squared error of {error:.2g}, where (2d + 3)/m is {predicted:.2g}; "
            "training then moves its weights by {movement:.1%} of their length at width {moved_width:.0f}."
        ),
        quantities={
            "width": Quantity("plot", "tied-error", "width"),
            "error": Quantity("plot", "tied-error", "error"),
            "predicted": Quantity("plot", "tied-error", "predicted"),
            "movement": Quantity("plot", "frozen", "movement"),
            "moved_width": Quantity("plot", "frozen", "width"),
        },
        plot="tied-error",
    ),
    Headline(
        finding="F4",
        claims=("M4", "M1", "M3"),
        sentence=(
            "Trained networks approach the infinitely wide one, which memorizes, like m^{slope:.2f} (95 % "
            "interval {low:.2f} to {high:.2f}): at width {width:.0f} they are within {weak:.2g} (weak) and "
            "{joint:.2g} (joint) of it."
        ),
        quantities={
            "slope": Quantity("measured", "M4", "median"),
            "low": Quantity("measured", "M4", "low"),
            "high": Quantity("measured", "M4", "high"),
            "width": Quantity("plot", "finite-width", "width"),
            "weak": Quantity("plot", "finite-width", "weak distance"),
            "joint": Quantity("plot", "finite-width", "joint distance"),
        },
        plot="finite-width",
    ),
)
