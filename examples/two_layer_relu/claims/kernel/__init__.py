"""The Gram matrix at the start."""
