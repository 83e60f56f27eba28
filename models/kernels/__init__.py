"""Tangent kernels: of finite networks, of infinite width, and the predictor that infinite width ends in."""
