"""``python -m benchmarks.verdicts``: every suite in one run, then the tables.

Takes about an hour on two cores, most of it the peers'. ``--suites`` picks some; ``--tables`` only
writes the tables of what was kept. The tables go to ``build/verdicts/tables.md``.
"""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.verdicts.accuracy import PEERS
from benchmarks.verdicts.environment import BUILD, REPOSITORY, peers_python
from benchmarks.verdicts.tables import markdown

SUITES = ("accuracy", "attacks", "mutations", "restyled", "self_agreement", "hostile", "speed")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--suites", nargs="+", choices=SUITES, default=SUITES)
    options.add_argument("--peers-only", action="store_true", help="leave our own judge out")
    options.add_argument("--tables", action="store_true", help="measure nothing, write the tables")
    chosen = options.parse_args()
    peers_python()
    for suite in [] if chosen.tables else chosen.suites:
        extra = ["--graders", *PEERS] if suite == "accuracy" and chosen.peers_only else []
        # a process for each suite: what one of them imported or leaked cannot slow the next
        subprocess.run(
            [sys.executable, "-m", f"benchmarks.verdicts.{suite}", *extra], cwd=REPOSITORY, check=True
        )
    tables = markdown()
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "tables.md").write_text(tables, encoding="utf-8")
    print(tables)


if __name__ == "__main__":
    main()
