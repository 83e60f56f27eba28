"""The contraction certificate: from one point of a run to linear convergence for every later step."""
