"""The command line: options, exit codes and printing."""
