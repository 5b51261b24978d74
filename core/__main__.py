"""`python -m core`: the command line."""

import sys

from core.cli import main

if __name__ == "__main__":  # not where a worker process looks for what it is to run
    sys.exit(main())
