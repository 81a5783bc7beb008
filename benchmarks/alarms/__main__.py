"""``python -m benchmarks.alarms``: how often each alarm is right, on simulated runs that it was not made on.

A hundred runs of each kind of :mod:`benchmarks.alarms.logs`, of 300 steps, from seeds and settings that the
detectors were not developed on; every step is looked at, as in training. The tables go into
docs/trainers/alarms.md. Takes some minutes on a core; ``--runs`` for fewer, which are printed only; ``--log``
for the alarms of a real log instead.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.alarms.logs import HEALTHY, SICK, lines_of
from trainer_adapters.grpo.watch.alarms import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainer_adapters.grpo.watch.alarms import Alarm

RUNS = 100

FIRST_SEED = 10_000

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "trainers" / "alarms.md"
_MARK = "<!-- what follows is written by python -m benchmarks.alarms -->\n"


def main() -> None:
    """Count, and write the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--runs", type=int, default=RUNS, help="of each kind")
    options.add_argument(
        "--log", type=Path, nargs="+", help="a log.jsonl: print its alarms, and write nothing"
    )
    chosen = options.parse_args()
    if chosen.log:
        for path in chosen.log:
            print(path, heard_in(path) or "none")
        return
    tables = f"{false_alarms(chosen.runs)}\n{hits(chosen.runs)}"
    print(tables)
    if chosen.runs == RUNS:
        before, mark, _ = _DOCUMENT.read_text("utf-8").partition(_MARK)
        _DOCUMENT.write_text(f"{before}{mark}\n{tables}", "utf-8")


def heard_in(path: Path) -> dict[str, int]:
    """Return the alarms of a real log, each with the step at which it first fires."""
    from trainer_adapters.grpo.watch.log import numeric_metrics, read_log  # noqa: PLC0415  # transformers

    lines = [numeric_metrics(line) for line in read_log(path) if "reward" in line]
    found = {alarm.name: first_step(alarm, lines) for alarm in ALARMS}
    return {name: step for name, step in found.items() if step is not None}


def first_step(alarm: Alarm, lines: Sequence[dict[str, float]]) -> int | None:
    """Return the first step at which an alarm fires, if it does."""
    return next((end for end in range(1, len(lines) + 1) if alarm.fires(lines[:end])), None)


def false_alarms(runs: int) -> str:
    """Return a table of the healthy runs of each kind in which each alarm fires."""
    rows = []
    counted: dict[tuple[str, str], int] = {}
    for kind, make in HEALTHY.items():
        for seed in range(FIRST_SEED, FIRST_SEED + runs):
            lines = lines_of(make, seed, held_out=True)
            for alarm in ALARMS:
                fired = first_step(alarm, lines) is not None
                counted[alarm.name, kind] = counted.get((alarm.name, kind), 0) + fired
    rows = [[f"`{alarm.name}`", *(str(counted[alarm.name, kind]) for kind in HEALTHY)] for alarm in ALARMS]
    return table([f"false alarms in {runs} healthy runs", *HEALTHY], rows)


def hits(runs: int) -> str:
    """Return a table of the sick runs of each kind in which its alarm fires, and after how many steps."""
    rows = []
    named = {alarm.name: alarm for alarm in ALARMS}
    for kind, sick in SICK.items():
        steps = [
            first_step(named[sick.alarm], lines_of(sick.make, seed, held_out=True))
            for seed in range(FIRST_SEED, FIRST_SEED + runs)
        ]
        delays = sorted(step - sick.onset for step in steps if step is not None and step > sick.onset)
        late = delays[int(0.9 * len(delays))] if delays else ""
        middle = f"{statistics.median(delays):.0f}" if delays else ""
        rows.append([kind, f"`{sick.alarm}`", str(len(delays)), middle, str(late)])
    return table(["sick runs", "alarm", f"hits in {runs}", "median delay, steps", "of 9 in 10, up to"], rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
