"""What every room may lean on: errors with exit codes, files written whole, who runs tasks, Ctrl-C."""
