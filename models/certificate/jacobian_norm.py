"""The norm of the Jacobian, from above, for every activation pattern that its neurons can have in a ball.

The kernels J^T J of all patterns that are possible while neuron r moves by at most its radius are between
M - N and M + N of `models.certificate.middle_form`, so that ||J||^2 <= lambda_max(M + N), A and Phi frozen.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from models.certificate.middle_form import CROWD, kernel_ends
from models.certificate.points import Points, ball_kernels
from models.networks.regime import Regime
from refute.numerics import largest_eigenvalue_from_above


def jacobian_norm(points: Points, regime: Regime, radius: float) -> float:
    """||J|| with A and Phi of the points (B = 1), joint, or without the decoder's part, weak.

    radius: how far each neuron may be from where it is, in W.
    """
    points = replace(points, regime=regime)
    sums = ball_kernels(points, np.full(points.w_norms.shape, radius), CROWD)
    _, upper, error = kernel_ends(points, sums)
    largest = largest_eigenvalue_from_above(points.data.form.matrix(upper[0]), float(error[0]))
    return math.sqrt(max(largest, 0.0)) * (1 + points.eps)
