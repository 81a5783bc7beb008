"""``python -m benchmarks.alarms``: how often each alarm is right, on simulated runs that it was not made on.

A hundred runs of each kind of :mod:`benchmarks.alarms.logs`, of 300 steps, from seeds and settings that the
detectors were not developed on; every third step is looked at. The tables go into
docs/trainers/alarms.md. Takes some minutes on a core; ``--runs`` for fewer, which are printed only; ``--log``
for the alarms of a real log instead.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.alarms.logs import HEALTHY, SICK, lines_of
from trainer_adapters.grpo.watch.alarms import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trainer_adapters.grpo.watch.alarms import Alarm

RUNS = 100

FIRST_SEED = 10_000

EVERY = 3
"""Steps between two looks at a simulated run."""

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


def first_step(alarm: Alarm, lines: Sequence[dict[str, float]], every: int = 1) -> int | None:
    """Return the first step at which an alarm fires, if it does."""
    return next((end for end in range(every, len(lines) + 1, every) if alarm.fires(lines[:end])), None)


def false_alarms(runs: int) -> str:
    """Return a table of the healthy runs of each kind in which each alarm fires."""
    with ProcessPoolExecutor() as pool:
        counted = dict(zip(HEALTHY, pool.map(false_in, HEALTHY, [runs] * len(HEALTHY)), strict=True))
    rows = [[f"`{alarm.name}`", *(str(counted[kind][alarm.name]) for kind in HEALTHY)] for alarm in ALARMS]
    return table([f"false alarms in {runs} healthy runs", *HEALTHY], rows)


def false_in(kind: str, runs: int) -> Counter[str]:
    """Return the number of healthy runs of a kind in which each alarm fires."""
    every_run = (lines_of(HEALTHY[kind], FIRST_SEED + run, held_out=True) for run in range(runs))
    return Counter(
        alarm.name for lines in every_run for alarm in ALARMS if first_step(alarm, lines, EVERY) is not None
    )


def hits(runs: int) -> str:
    """Return a table of the sick runs of each kind in which its alarm fires, and after how many steps."""
    with ProcessPoolExecutor() as pool:
        rows = list(pool.map(hits_in, SICK, [runs] * len(SICK)))
    return table(["sick runs", "alarm", f"hits in {runs}", "median delay, steps", "of 9 in 10, up to"], rows)


def hits_in(kind: str, runs: int) -> list[str]:
    """Return the row of a kind of sick run; an alarm before the onset is no hit."""
    sick = SICK[kind]
    alarm = next(one for one in ALARMS if one.name == sick.alarm)
    every_run = (lines_of(sick.make, FIRST_SEED + run, held_out=True) for run in range(runs))
    steps = [first_step(alarm, lines, EVERY) for lines in every_run]
    delays = sorted(step - sick.onset for step in steps if step is not None and step > sick.onset)
    middle, late = (
        (f"{statistics.median(delays):.0f}", str(delays[int(0.9 * len(delays))])) if delays else ("", "")
    )
    return [kind, f"`{alarm.name}`", str(len(delays)), middle, late]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
