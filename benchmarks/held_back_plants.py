"""A second set of errors for benchmarks/planted_errors.py, tried on what mended the first.

They are in what was newest then: the certificates of whole runs and of starts, the claims on them, laws and
windows, and the rules of the instrument. docs/planted-errors.md says which of them passed at first.
"""

from __future__ import annotations

from plants import Plant

_CERTIFICATE = "models/certificate/"
_CONVERGENCE = "claims/convergence/"
_TESTS = "tests/models/certificate/"
_CONTROLS = ("tests/refute/audit/test_controls.py",)

HELD_BACK: tuple[Plant, ...] = (
    Plant(
        "a kink between the stored run and the exact one",
        _CERTIFICATE + "exact_run.py",
        (("needed = (self.distance * x + z_error) * UP", "needed = z_error * UP"),),
        ("C8",),
        (_TESTS + "test_exact_run.py",),
    ),
    Plant(
        "the slope of a joint run without the features",
        _CERTIFICATE + "distance.py",
        (('np.hypot(at.X * bounds.A, bounds.Phi if regime == "joint" else 0.0)', "(at.X * bounds.A)"),),
        ("C8",),
        (_TESTS + "test_distance.py",),
    ),
    Plant(
        "a step beyond 2 / ||J||^2 that lets nothing grow",
        _CERTIFICATE + "distance.py",
        (("max(1.0, y - 1) * dev + eta", "dev + eta"),),
        ("C8",),
        (_TESTS + "test_distance.py",),
    ),
    Plant(
        "a quarter of what the decoder's turn adds",
        _CERTIFICATE + "distance.py",
        (("eta * self.turn * (e +", "0.25 * eta * self.turn * (e +"),),
        ("C8",),
        (_TESTS + "test_distance.py",),
    ),
    Plant(
        "the patterns of the checkpoint for a whole piece",
        _CERTIFICATE + "distance.py",
        (("float(bounds.moved.max())", "0.0"),),
        ("C8",),
        (_TESTS + "test_distance.py",),
    ),
    Plant(
        "an exact residual that is the stored one",
        _CERTIFICATE + "exact_run.py",
        (("change = rule.slope(norm, self.distance) * self.distance", "change = 0.0"),),
        ("C8",),
        (_TESTS + "test_exact_run.py",),
    ),
    Plant(
        "a step that rounds no sum",
        _CERTIFICATE + "step_bounds.py",
        (
            (
                "at.X * V_error + g(at.n) * W_F + g(at.n + 1) * at.X_F * V",
                "at.X * V_error + g(at.n + 1) * at.X_F * V",
            ),
        ),
        ("C8",),
        (_TESTS + "test_step_bounds.py",),
    ),
    Plant(
        "radii around the stored point",
        _CERTIFICATE + "whole_run.py",
        (("regime, exact.off, e, wanted=wanted)", "regime, 0.0, e, wanted=wanted)"),),
        ("C8",),
        (_TESTS + "test_whole_run.py",),
    ),
    Plant(
        "a drift that costs the encoder nothing",
        _CERTIFICATE + "tube_drift.py",
        (("encoder = 2 * x * math.sqrt(encoder_top) + x * x", "encoder = 0.0"),),
        ("C9",),
        (_TESTS + "test_tube_drift.py",),
    ),
    Plant(
        "half of what a drift costs the encoder",
        _CERTIFICATE + "tube_drift.py",
        (("encoder = 2 * x * math.sqrt(encoder_top)", "encoder = x * math.sqrt(encoder_top)"),),
        ("C9",),
        (_TESTS + "test_tube_drift.py",),
    ),
    Plant(
        "neurons moved by a decoder that stands still",
        _CERTIFICATE + "tube_moves.py",
        (
            (
                "beside = np.outer(within.path, sizes) + np.outer(own + within.path, alphas)",
                "beside = np.outer(within.path, sizes)",
            ),
        ),
        ("C9",),
        (_TESTS + "test_tube.py",),
    ),
    Plant(
        "the rate of the fastest piece",
        _CERTIFICATE + "tube.py",
        (("share = min(share, own)", "share = max(own, 0.0)"),),
        ("C9",),
        (_TESTS + "test_tube.py",),
    ),
    Plant(
        "half of beta in the block certificate",
        _CERTIFICATE + "block.py",
        (("delta = norm_from_above(beta) if", "delta = 0.5 * norm_from_above(beta) if"),),
        ("C9",),
        (_TESTS + "test_block.py",),
    ),
    Plant(
        "a quarter of C4's step",
        _CONVERGENCE + "certified_start.py",
        (("eta = faster * instance.share", "eta = 0.25 * faster * instance.share"),),
        ("C4",),
    ),
    Plant(
        "twice C4's neurons",
        _CONVERGENCE + "certified_start.py",
        (("m = math.ceil(instance.excess * width(", "m = math.ceil(2 * instance.excess * width("),),
        ("C4",),
    ),
    Plant(
        "one seed for all of C4's trials",
        _CONVERGENCE + "certified_start.py",
        (("len(X), [generator], device", "len(X), [np.random.default_rng(0)], device"),),
        ("C4",),
    ),
    Plant(
        "M4's window doubled in the code",
        "claims/memorization/m4_finite_width.py",
        (("> float(HALF_WINDOW)", "> 2 * float(HALF_WINDOW)"),),
        ("M4",),
        ("tests/claims/memorization/test_m4.py",),
    ),
    Plant(
        "M5's bound without sqrt(n)",
        "claims/memorization/m5_orthogonal_inputs.py",
        (("return sigma * math.sqrt(n) / (2", "return sigma / (2"),),
        ("M5",),
        ("tests/claims/memorization/test_m5.py",),
    ),
    Plant(
        "T8's answers are not looked at",
        "claims/tied/t8_rescaling.py",
        (('"slope of the error": outside(off, -0.5)}', '"slope of the error": outside(off, -0.5) & False}'),),
        ("T8",),
        ("tests/claims/tied/test_width_ladders.py",),
    ),
    Plant(
        "one pair of points in W4",
        "claims/width/w4_crossover.py",
        (("planes(draw(st.integers(1, PAIRS))", "planes(draw(st.integers(1, 1))"),),
        ("W4",),
    ),
    Plant(
        "any share of trials undecided",
        "refute/audit/verdict.py",
        (("UNDECIDED_SHARE = 0.05", "UNDECIDED_SHARE = 1.0"),),
        ("I6",),
        (*_CONTROLS, "tests/refute/audit/test_verdict.py"),
    ),
    Plant(
        "a cap that certifies",
        "refute/evidence/sequential.py",
        (
            (
                "return Decision(Call.UNDECIDED, done, failures)",
                "return Decision(Call.CERTIFIED, done, failures)",
            ),
        ),
        ("I6",),
        (*_CONTROLS, "tests/refute/evidence/test_sequential.py"),
    ),
    Plant(
        "lemmas need not close",
        "refute/audit/verdict.py",
        (("for step in (*proof, *lemmas) if", "for step in proof if"),),
        ("I6",),
        _CONTROLS,
    ),
    Plant(
        "classes count unmet instances",
        "refute/audit/verdict.py",
        (
            (
                "met = [instance for instance, judgement in judged if judgement.unmet is None]\n    return {",
                "met = [instance for instance, _ in judged]\n    return {",
            ),
        ),
        ("I6",),
        (*_CONTROLS, "tests/refute/audit/test_strata.py"),
    ),
    Plant(
        "the last class is not searched",
        "refute/audit/one_claim.py",
        (("return 2 + len(claim.strata)", "return max(2, 1 + len(claim.strata))"),),
        ("I6",),
        _CONTROLS,
    ),
    Plant(
        "siblings fall by anything",
        "refute/audit/intended_failure.py",
        (("    if claim.aim is None or not failing:\n", "    if failing or True:\n"),),
        ("I6",),
        (*_CONTROLS, "tests/refute/audit/test_intended_failure.py"),
    ),
)
