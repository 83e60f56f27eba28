"""Limit kernels: what they are, and how far their smallest eigenvalues are from zero."""
