"""What every room may lean on: errors with their exit codes, and files that are written whole."""
