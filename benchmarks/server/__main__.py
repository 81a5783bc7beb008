"""``python -m benchmarks.server``: measures, and writes ``build/server-bench/server.json`` and ``server.md``.

Takes some eight minutes on two cores. Every figure of ours stands beside the echo's of the same minute:
the load of the machine changes both. ``--quick`` measures for moments, to see that all of it works.
"""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.server.load import Found, Load
from benchmarks.server.servers import BUILD, HERE, REPOSITORY, Server, echo, json_server, ours, peers_python
from benchmarks.server.tables import markdown
from benchmarks.server.traffic import SIZES, Size, rounds
from benchmarks.verdicts.environment import data_directory

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SERVERS = {"echo": echo, "ours": ours}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement."""

    server: str
    size: str
    kind: str
    processes: int
    rollouts_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Server CPU a rollout, in microseconds; of the JSON server with its workers, of ours without, of
    which these answers need none."""
    right: float
    share: float = 1.0
    """Of the rollouts a second of the echo that was asked right before."""


def loaded(server: Server, load: Load) -> tuple[Found, float]:
    before = server.cpu_seconds
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.server.load"],
        input=json.dumps(dataclasses.asdict(load)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    found = Found(**json.loads(ran.stdout))
    return found, 1e6 * (server.cpu_seconds - before) / found.rollouts


def median(figures: list[Figure]) -> Figure:
    """The medians of repeated measurements."""
    numbers = ("rollouts_per_second", "p50_ms", "p99_ms", "cpu_us", "right", "share")
    middle = {name: statistics.median(getattr(one, name) for one in figures) for name in numbers}
    return dataclasses.replace(figures[0], **middle)


def measure(
    server: Server, name: str, size: Size, kind: str, processes: int, seconds: float, seed: int
) -> Figure:
    load = Load(
        target=server.target,
        kind=kind,
        data=str(data_directory()),
        size=size.name,
        count=size.batch if kind == "stream" else size.unary,
        connections=1 if processes == 1 else 4 * processes,
        callers=2,
        seconds=seconds,
        seed=seed,
    )
    found, cpu = loaded(server, load)
    return Figure(
        server=name,
        size=size.name,
        kind=kind,
        processes=processes,
        rollouts_per_second=found.rollouts_per_second,
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        cpu_us=cpu,
        right=found.right,
    )


def against_echo(seconds: float, repeats: int) -> list[Figure]:
    figures: dict[tuple[str, str, str, int], list[Figure]] = {}
    for processes in (1, 2):
        running: dict[str, AbstractContextManager[Server]] = {
            name: run(processes) for name, run in SERVERS.items()
        }
        with running["echo"] as echoing, running["ours"] as judging:
            servers = {"echo": echoing, "ours": judging}
            for size, kind, seed in itertools.product(SIZES.values(), ("unary", "stream"), range(repeats)):
                ceiling = 0.0
                for name, server in servers.items():
                    figure = measure(server, name, size, kind, processes, seconds, seed)
                    ceiling = ceiling or figure.rollouts_per_second
                    figure = dataclasses.replace(figure, share=figure.rollouts_per_second / ceiling)
                    figures.setdefault((size.name, kind, name, processes), []).append(figure)
                    print(figure, file=sys.stderr)
    return [median(found) for found in figures.values()]


def against_json(seconds: float) -> list[Figure]:
    with json_server(len(os.sched_getaffinity(0))) as server:
        return [measure(server, "json", size, "json", 1, seconds, 0) for size in SIZES.values()]


def in_trainer(seconds: float) -> dict[str, float]:
    found = {}
    for size in SIZES.values():
        rows = next(rounds(data_directory(), size, 64))
        ran = subprocess.run(
            [str(peers_python()), str(HERE / "in_trainer.py"), str(seconds)],
            input=json.dumps(rows),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found[size.name] = json.loads(ran.stdout)["rollouts_per_second"]
    return found


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="measure for moments")
    options.add_argument("--seconds", type=float, default=2.0, help="how long each measurement takes")
    options.add_argument("--repeats", type=int, default=3, help="how often; the tables hold medians")
    options.add_argument("--no-peers", action="store_true", help="leave out what people use today")
    chosen = options.parse_args()
    seconds, repeats = (0.3, 1) if chosen.quick else (chosen.seconds, chosen.repeats)
    figures = against_echo(seconds, repeats)
    trainer = {}
    if not chosen.no_peers:
        figures += against_json(max(seconds, 2.0))
        trainer = in_trainer(max(seconds, 2.0))
    result: dict[str, Any] = {
        "figures": [dataclasses.asdict(figure) for figure in figures],
        "trainer": trainer,
    }
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "server.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    tables = markdown(result)
    (BUILD / "server.md").write_text(tables, encoding="utf-8")
    print(tables)


if __name__ == "__main__":
    main()
