"""What was ever found: an append-only file of evidence, and the questions that are asked of it."""
