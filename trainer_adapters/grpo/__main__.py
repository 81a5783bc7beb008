"""Entry point of each process of a run: `touchstone train` as a module that torchrun can name."""

from __future__ import annotations

import sys

from rewards.cli.main import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]], prog_name="touchstone")
