"""Gradient descent on smooth convex functions, as claims."""
