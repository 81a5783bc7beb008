"""Workers and pools that are killed, crashed and stopped at random while several processes ask."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from load import busy_cores
from pools import alive, children, until

ROOT = Path(__file__).resolve().parents[4]
SECONDS = float(os.environ.get("TOUCHSTONE_STRESS_SECONDS", "60"))

ALLOWED = {
    "right": {"CORRECT"},
    "wrong": {"INCORRECT"},
    "middling": {"CORRECT"},
    "hanging": {"TIMEOUT 1 s of CPU time were not enough"},
}
CASUALTIES = {
    "ERROR the pool of workers died 3 times": ("pool", 3),
    "RESOURCE_LIMIT it crashed its worker 2 times (SIGSEGV)": ("worker SIGSEGV", 2),
    "TIMEOUT its worker stood still 2 times": ("worker SIGSTOP", 2),
}
"""What may become of a task that is hit again and again, and how many hits of which kind that takes."""


def pools(folder: Path) -> list[int]:
    """The processes of pools and workers whose socket is in `folder`."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and alive(int(process.name)):
            try:
                if f"{folder}/".encode() in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
            except OSError:
                continue
    return found


def hit(folder: Path, chance: random.Random, hits: Counter[str], *, pool_too: bool) -> None:
    """Do something bad to a worker, or to a whole pool."""
    everyone = pools(folder)
    workers = [child for pid in everyone for child in children(pid)]
    at = chance.choice([pid for pid in everyone if pid not in workers] if pool_too else workers or [0])
    how = chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP])
    if at:
        try:
            os.kill(at, how)
        except ProcessLookupError:
            return
        hits[f"{'pool' if pool_too else 'worker'} {how.name}"] += 1


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("seed", [1])
def test_every_task_is_answered_once_whatever_dies(own_folder: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # chance, not secrets
    hits: Counter[str] = Counter()
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/support")])
    command = [sys.executable, "-W", "error", str(ROOT / "tests/support/pool_caller.py")]
    with busy_cores():
        callers = [
            subprocess.Popen(
                [*command, str(seed + n), str(SECONDS)],
                env={**os.environ, "PYTHONPATH": path},
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(3)
        ]
        ends = time.monotonic() + SECONDS
        pool_is_due = time.monotonic() + 10
        while time.monotonic() < ends:
            time.sleep(chance.uniform(0.0, 0.4))
            due = time.monotonic() > pool_is_due
            if due and pools(own_folder):
                pool_is_due = time.monotonic() + chance.uniform(15, 45)
                hit(own_folder, chance, hits, pool_too=True)
            else:
                hit(own_folder, chance, hits, pool_too=False)
        reports = [json.loads(caller.communicate()[0]) for caller in callers]
    said = sum((Counter(report["said"]) for report in reports), Counter())
    sys.stdout.write(f"{dict(hits)} {said.most_common()}\n")  # pytest -s shows what a run went through
    assert [caller.returncode for caller in callers] == [0, 0, 0]
    assert [report["astray"] for report in reports] == [[], [], []]
    assert [report["leaked"] for report in reports] == [0, 0, 0]
    wrong = {
        what: count
        for what, count in said.items()
        for kind, outcome in [what.split(": ", 1)]
        if outcome not in ALLOWED[kind] | CASUALTIES.keys()
    }
    assert not wrong
    for what in said:
        kind, times = CASUALTIES.get(what.split(": ", 1)[1], ("", 0))
        assert sum(count for hit, count in hits.items() if hit.startswith(kind)) >= times
    quick = {what: count for what, count in said.items() if what.startswith(("right", "wrong"))}
    assert quick["right: CORRECT"] + quick["wrong: INCORRECT"] > 0.9 * sum(quick.values())
    for pid in pools(own_folder):  # what was stopped and left behind ends when it may go on
        os.kill(pid, signal.SIGCONT)
    until(lambda: not pools(own_folder))
    assert not list(own_folder.glob("*/*.sock"))
