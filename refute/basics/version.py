"""The version of the instrument; pyproject.toml states the same, and a test compares them."""

__version__ = "0.2.0"
