"""The errors that benchmarks/planted_errors.py plants: each an edit of one file, and whom to ask about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """An error. changes: what is replaced in the file, and by what. claims: those that an audit runs, all if
    empty. tests: the test files that mirror the file.
    """

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    claims: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


_KERNELS = "claims/kernels/"
_COMPARISON = "refute/statement/comparing.py"
_SEARCH = ("tests/refute/audit/test_controls.py",)

PLANTS: tuple[Plant, ...] = (
    Plant(
        "unknown counts as holds",
        _COMPARISON,
        (
            ("    if answer is Order.UNKNOWN:\n        return comparison\n", ""),
            ("    holds = answer in", "    holds = answer is Order.UNKNOWN or answer in"),
        ),
        ("K5", "K6"),
        ("tests/refute/statement/test_comparison.py",),
    ),
    Plant(
        "the wrong end of an enclosure",
        _KERNELS + "k6_separation_bound.py",
        (
            (
                "at_least(CLOSED_K, lambda_0, closed, rounding)",
                "at_least(CLOSED_K, lambda_0.upper, closed, rounding)",
            ),
        ),
        ("K6",),
    ),
    Plant(
        "P4's rounding times 1e6",
        "claims/perturbation/p4_gradient_energy.py",
        (("    rounding = 2 * gamma(", "    rounding = 1e6 * 2 * gamma("),),
        ("P4",),
    ),
    Plant(
        "P7's rounding times 1e9",
        "claims/perturbation/p7_one_step.py",
        (("    relative = 4 * gamma(", "    relative = 1e9 * 4 * gamma("),),
        ("P7",),
    ),
    Plant(
        "C6's window widened",
        "claims/convergence/c6_movement.py",
        (("WINDOW = (-0.75, -0.25)", "WINDOW = (-1.75, 0.75)"),),
        ("C6",),
    ),
    Plant(
        "K6's 144 made 1440",
        _KERNELS + "separation_proof.py",
        (("DECODER_DIVISOR = 144", "DECODER_DIVISOR = 1440"),),
        ("K6",),
    ),
    Plant(
        "K6's 144 made 1440 in the code alone",
        _KERNELS + "k6_separation_bound.py",
        (("share**3 / (decoder_divisor * math.pi)", "share**3 / (1440 * math.pi)"),),
        ("K6",),
    ),
    Plant(
        "T3's 110 made 220",
        "claims/tied/t3_uniform_reconstruction.py",
        (("WIDTH_CONSTANT = 110", "WIDTH_CONSTANT = 220"),),
        ("T3",),
    ),
    Plant(
        "seeds that ignore the instance",
        "refute/evidence/seeds.py",
        (("    digest.update(instance.canonical())\n", ""),),
        ("I6",),
        (*_SEARCH, "tests/refute/evidence/test_seeds.py"),
    ),
    Plant(
        "a boundary off by ten",
        "refute/evidence/sequential.py",
        (("failures >= plan.refute_at[n]:", "failures >= plan.refute_at[n] + 10:"),),
        ("I6",),
        (*_SEARCH, "tests/refute/evidence/test_sequential.py"),
    ),
    Plant(
        "supported with none met",
        "refute/audit/verdict.py",
        (
            (
                "    if missing := _not_covered(claim, judged, len(met)):\n"
                "        return Verdict.OUT_OF_REACH, missing\n",
                "",
            ),
        ),
        ("I6",),
        (*_SEARCH, "tests/refute/audit/test_verdict.py"),
    ),
    Plant(
        "the first look confirms itself",
        "refute/evidence/seeds.py",
        (('CONFIRM = "confirm"', 'CONFIRM = "main"'),),
        ("I6",),
        _SEARCH,
    ),
    Plant(
        "a mean over initializations",
        "claims/initialization/i2_matrix_chernoff.py",
        (("measured=np.array(lowest))", "measured=np.full(len(lowest), np.mean(lowest)))"),),
        ("I2",),
    ),
    Plant(
        "quick cut to 12, 4, 2",
        "refute/audit/profiles.py",
        (('Profile("quick", _by_cost(120, 40, 12)', 'Profile("quick", _by_cost(12, 4, 2)'),),
        ("K4", "I2", "T3"),
    ),
    Plant(
        "no close pairs",
        "claims/preliminaries/data_domain.py",
        (
            (
                "structure.draw(draw, d, n, min_separation)",
                "structure.draw(draw, d, n, max(min_separation, 0.05))",
            ),
        ),
        ("K4", "P4"),
    ),
    Plant(
        "unmet if delta < 0.1",
        _KERNELS + "k9_joint_eigenvalue.py",
        (
            (
                "    d, n = X.shape\n    floats",
                "    d, n = X.shape\n    if separated(X) < 0.1:\n        return Unmet('close')\n    floats",
            ),
            ("import Domain\n", "import Domain, separated\n"),
            ("    Step,\n", "    Step,\n    Unmet,\n"),
        ),
        ("K9",),
    ),
    Plant(
        "unmet if obtuse",
        "claims/perturbation/p4_gradient_energy.py",
        (
            (
                "    parts = gradients(",
                "    if (X.T @ X).min() < -1e-3:\n        return Unmet('obtuse')\n    parts = gradients(",
            ),
        ),
        ("P4",),
    ),
    Plant(
        "no zero weights",
        "claims/preliminaries/network_families.py",
        (
            (
                "    return np.ldexp(W, scales[:, None])",
                "    W[W == 0] = 1.0\n    return np.ldexp(W, scales[:, None])",
            ),
        ),
        ("P4",),
    ),
    Plant(
        "C1 watches one step",
        "claims/convergence/c1_contraction_certificate.py",
        (("WATCHED = 512", "WATCHED = 8"),),
        ("C1",),
        ("tests/claims/convergence/test_c1.py",),
    ),
    Plant(
        "fractions become floats",
        "refute/statement/real_numbers.py",
        (
            (
                "    return Interval(value, Fraction(0), Means.EXACT)\n",
                "    return Interval(float(value), 0.0, Means.FLOATS)\n",
            ),
        ),
        ("K4",),
        ("tests/refute/statement/test_real_numbers.py",),
    ),
)
