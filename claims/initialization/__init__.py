"""Initialization: what a random network already is before the first step.

Moments that hold exactly at every width, and tails that say from which width on the tangent kernel of the
network has a smallest eigenvalue close to that of its limit.
"""
