"""N steps."""
