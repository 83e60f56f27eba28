"""Gradient descent: closed gradients, the loops that take the steps, and what rounding adds to a run."""
