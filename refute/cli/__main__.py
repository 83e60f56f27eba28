"""`python -m refute.cli`: the command line without its script."""

import sys

from refute.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
