"""The gradient flow."""
