"""Limit kernels.

What the two limit kernels of the autoencoder are, and how far their smallest eigenvalues are from zero: the
quantities that every convergence statement divides by. Everything here is deterministic and holds for all
data of unit norm.
"""
