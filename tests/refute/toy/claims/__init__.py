"""A toy paper: two numbers, their squares, and the largest of some uniform numbers."""
