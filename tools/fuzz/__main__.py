"""`python -m tools.fuzz …`: the same as `python -m tools fuzz …`."""

import sys

from tools.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["fuzz", *sys.argv[1:]]))
