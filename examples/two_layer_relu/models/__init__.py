"""What the claims measure: the Gram matrix of a ReLU layer, its law over the plane, and the gradient flow."""
