"""``python -m benchmarks.verdicts``: every suite in one run, then the tables.

Takes about an hour and a half on two cores, most of it the peers'. ``--suites`` picks some; ``--limit N``
takes at most N of everything (a trial of minutes, kept apart); ``--resume`` leaves out the suites that were
finished; ``--tables`` measures nothing and only writes what was kept.

What was measured goes to ``build/verdicts/results``: a file for each suite and grader, all of it together in
``all.json``, the tables in ``tables.md``. A full run also puts the tables into docs/benchmarks-verdicts.md.
"""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.verdicts.accuracy import PEERS
from benchmarks.verdicts.environment import BUILD, REPOSITORY, peers_python

if TYPE_CHECKING:
    from pathlib import Path

SUITES = (
    "accuracy",
    "attacks",
    "mutations",
    "restyled",
    "rewritten",
    "altered",
    "probes",
    "self_agreement",
    "hostile",
    "fuzz",
    "speed",
)

_DOCUMENT = REPOSITORY / "docs" / "benchmarks-verdicts.md"
_MARK = "<!-- what follows is written by python -m benchmarks.verdicts -->\n"


def main() -> None:
    """Run the chosen suites, each in a process of its own, and write the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--suites", nargs="+", choices=SUITES, default=SUITES)
    options.add_argument("--limit", type=int, default=0, help="at most so many of everything")
    options.add_argument("--resume", action="store_true", help="leave out what was finished before")
    options.add_argument("--peers-only", action="store_true", help="leave our own judge out")
    options.add_argument("--tables", action="store_true", help="measure nothing, write the tables")
    chosen = options.parse_args()
    environment = {**os.environ, "VERDICTS_LIMIT": str(chosen.limit)}
    results = BUILD / (f"limited-{chosen.limit}" if chosen.limit else "results")
    results.mkdir(parents=True, exist_ok=True)
    peers_python()
    for number, suite in enumerate([] if chosen.tables else chosen.suites, start=1):
        finished = results / f"{suite}.finished"
        if chosen.resume and finished.is_file():
            _say(f"{suite} was finished: {finished.read_text().strip()}")
            continue
        finished.unlink(missing_ok=True)
        _say(f"{suite}, {number} of {len(chosen.suites)}")
        extra = ["--graders", *PEERS] if suite == "accuracy" and chosen.peers_only else []
        # a process for each suite: what one of them imported or leaked cannot slow the next
        command = [sys.executable, "-m", f"benchmarks.verdicts.{suite}", *extra]
        begun = time.monotonic()
        subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)
        finished.write_text(f"{time.strftime('%Y-%m-%d %H:%M')}, {time.monotonic() - begun:.0f} s\n")
    command = [sys.executable, "-m", "benchmarks.verdicts.tables"]
    made = subprocess.run(
        command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True
    )
    (results / "tables.md").write_text(made.stdout, encoding="utf-8")
    (results / "all.json").write_text(json.dumps(_everything(results), indent=1), encoding="utf-8")
    if not chosen.limit:
        opening, mark, _ = _DOCUMENT.read_text(encoding="utf-8").partition(_MARK)
        _DOCUMENT.write_text(f"{opening}{mark}\n{made.stdout}", encoding="utf-8")
    print(made.stdout)


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def _everything(results: Path) -> dict[str, dict[str, object]]:
    """Suite -> grader (or set of pairs) -> what was kept."""
    kept: dict[str, dict[str, object]] = {}
    for path in sorted(results.glob("*/*.json")):
        kept.setdefault(path.parent.name, {})[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    return kept


if __name__ == "__main__":
    main()
