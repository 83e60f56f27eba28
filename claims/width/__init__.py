"""Width."""
