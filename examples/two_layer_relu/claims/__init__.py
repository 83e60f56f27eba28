"""Two-layer ReLU networks under gradient descent, as claims."""
