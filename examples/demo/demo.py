"""The demo: a server on this machine, some forty rollouts through it, and what became of each.

Starts `touchstone serve` on a free port, runs `touchstone score --table` against it, and stops it. Fails
unless every hanging rollout was stopped at its limit and every other one was judged as its name says.

Run it: `make demo`
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLLOUTS = Path(__file__).with_name("rollouts.jsonl")
TOUCHSTONE = [sys.executable, "-c", "from rewards.cli.main import main; main(prog_name='touchstone')"]
SOME_WITHOUT_SCORE = 1

EXPECTED = {
    "right": {"CORRECT"},
    "wrong": {"INCORRECT"},
    "hedged": {"INCORRECT"},
    "hanging": {"TIMEOUT", "RESOURCE_LIMIT", "INCORRECT"},
    "gold-unparseable": {"UNPARSEABLE_GOLD"},
}
"""What the verdicts must be, by how the names of the rollouts begin."""


@contextlib.contextmanager
def server(recipe: str) -> Iterator[str]:
    """The address of a server of `recipe`, which is stopped at the end."""
    command = [*TOUCHSTONE, "serve", "--recipe", recipe, "--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                sys.exit("the server did not start")
            yield json.loads(line)["address"]
        finally:
            process.send_signal(signal.SIGTERM)


def main() -> None:
    """Serve, score, show, and check."""
    with tempfile.TemporaryDirectory() as folder, server("r1-zero") as address:
        scores = Path(folder) / "scores.jsonl"
        print(f"touchstone score {ROLLOUTS.name} --recipe r1-zero --server {address} --table", flush=True)
        command = [*TOUCHSTONE, "score", str(ROLLOUTS), "--recipe", "r1-zero", "--server", address]
        ran = subprocess.run([*command, "--table", "-o", str(scores)], check=False)
        # One gold is broken on purpose, so one rollout has no score and the exit code says so.
        if ran.returncode != SOME_WITHOUT_SCORE:
            sys.exit(f"touchstone score ended with {ran.returncode}, not {SOME_WITHOUT_SCORE}")
        found = [json.loads(line) for line in scores.read_text("utf-8").splitlines()]
    surprises = [
        f"{line['id']} is {line['verdict']['status']}"
        for line in found
        for beginning, expected in EXPECTED.items()
        if line["id"].startswith(beginning) and line["verdict"]["status"] not in expected
    ]
    if surprises:
        sys.exit(f"not as expected: {'; '.join(surprises)}")
    hanging = sum(line["id"].startswith("hanging") for line in found)
    print(f"All {hanging} hanging rollouts were decided or stopped; nothing else was held up.")


if __name__ == "__main__":
    main()
