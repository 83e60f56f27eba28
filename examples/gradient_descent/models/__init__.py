"""What the claims measure: convex functions with their gradients, and gradient descent, in fractions."""
