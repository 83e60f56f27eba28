"""Convergence.

Gradient descent reaches a global minimum at a linear rate: what one point of a run proves about all later
steps, and how often a random start gets there, with the encoder trained alone and with both layers trained.
"""
