"""``python -m benchmarks.server``: measures, and writes ``build/server-bench/server.json`` and ``server.md``.

Takes some twenty-five minutes on two cores. What stands in one line of a table was measured in turns,
again and again, and ratios are medians of the ratios of one turn: the load of the machine changes all alike.
``--quick`` measures for moments, to see that all of it works.
"""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import json
import os
import statistics
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.server.load import Load, LoadReport
from benchmarks.server.servers import BUILD, HERE, REPOSITORY, Server, echo, json_server, ours, peers_python
from benchmarks.server.tables import markdown
from benchmarks.server.traffic import SIZES, Size, rounds
from benchmarks.verdicts.environment import data_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

KINDS = ("unary", "stream")
SEVERAL = 8
"""Connections of a client to a server of two processes, and wherever such a one is compared."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement, or the medians of several."""

    rollouts_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Server CPU a rollout, in microseconds; of the JSON server with its workers, of ours without, of
    which these answers need none."""
    right: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """One line of a table: what was measured in turns, by name, and ratios of these."""

    size: str
    kind: str
    figures: dict[str, Figure]
    ratios: dict[str, float]


def loaded(server: Server, load: Load, repository: Path = REPOSITORY) -> tuple[LoadReport, float]:
    before = server.cpu_seconds
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.server.load"],
        input=json.dumps(dataclasses.asdict(load)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    found = LoadReport(**json.loads(ran.stdout))
    return found, 1e6 * (server.cpu_seconds - before) / found.rollouts


def measure(
    server: Server,
    size: Size,
    kind: str,
    connections: int,
    seconds: float,
    seed: int,
    *,
    repository: Path = REPOSITORY,
) -> Figure:
    load = Load(
        target=server.target,
        kind=kind,
        data=str(data_directory()),
        size=size.name,
        count=size.batch if kind == "stream" else size.unary,
        connections=connections,
        callers=2,
        seconds=seconds,
        seed=seed,
    )
    found, cpu = loaded(server, load, repository)
    return Figure(
        rollouts_per_second=found.rollouts_per_second,
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        cpu_us=cpu,
        right=found.right,
    )


def median(figures: Sequence[Figure]) -> Figure:
    names = [field.name for field in dataclasses.fields(Figure)]
    return Figure(**{name: statistics.median(getattr(one, name) for one in figures) for name in names})


def line(
    size: Size,
    kind: str,
    measured: dict[str, Callable[[int], Figure]],
    ratios: dict[str, Callable[[dict[str, Figure]], float]],
    repeats: int,
) -> Measurement:
    """Measure all that is `measured` in turns, of which each is told which turn it is."""
    turns = []
    for turn in range(repeats):
        turns.append({name: one(turn) for name, one in measured.items()})
        print(size.name, kind, turns[-1], file=sys.stderr)
    return Measurement(
        size=size.name,
        kind=kind,
        figures={name: median([turn[name] for turn in turns]) for name in measured},
        ratios={name: statistics.median(map(ratio, turns)) for name, ratio in ratios.items()},
    )


def lines(
    servers: dict[str, Server],
    connections: int,
    ratios: dict[str, Callable[[dict[str, Figure]], float]],
    seconds: float,
    repeats: int,
) -> list[Measurement]:
    """The servers in turns, by every size and kind of call."""
    return [
        line(
            size,
            kind,
            {
                name: partial(measure, server, size, kind, connections, seconds)
                for name, server in servers.items()
            },
            ratios,
            repeats,
        )
        for size, kind in itertools.product(SIZES.values(), KINDS)
    ]


def against_echo(processes: int, seconds: float, repeats: int) -> list[Measurement]:
    """How much of what an echo gives is left when rollouts are judged."""
    connections = 1 if processes == 1 else SEVERAL
    with echo(processes) as echoing, ours(processes) as judging:
        servers = {"echo": echoing, "ours": judging}
        return lines(servers, connections, {"share": rates("ours", "echo")}, seconds, repeats)


def two_against_one(seconds: float, repeats: int) -> list[Measurement]:
    """What a second process changes, where a client and both share two cores."""
    with contextlib.ExitStack() as stack:
        servers = {
            f"{name} {processes}": stack.enter_context(run(processes))
            for name, run in {"ours": ours, "echo": echo}.items()
            for processes in (1, 2)
        }
        growth = {
            name: lambda turn, name=name: turn[f"{name} 2"].cpu_us / turn[f"{name} 1"].cpu_us
            for name in ("ours", "echo")
        }
        return lines(servers, SEVERAL, growth, seconds, repeats)


def against_peers(seconds: float, repeats: int) -> list[Measurement]:
    """How many times what is in use today."""
    with ours(1) as judging, json_server(len(os.sched_getaffinity(0))) as peer:
        return [
            line(
                size,
                "stream",
                {
                    "ours": partial(measure, judging, size, "stream", 1, seconds),
                    "json": partial(measure, peer, size, "json", 1, seconds),
                    "trainer": partial(in_trainer, size, seconds),
                },
                {name: rates("ours", name) for name in ("json", "trainer")},
                repeats,
            )
            for size in SIZES.values()
        ]


def rates(name: str, other: str) -> Callable[[dict[str, Figure]], float]:
    """How many times the rollouts a second of the other one's, in a turn."""
    return lambda turn: turn[name].rollouts_per_second / turn[other].rollouts_per_second


def in_trainer(size: Size, seconds: float, seed: int) -> Figure:
    """Math-Verify in a loop, in a process of its own."""
    rows = next(rounds(data_directory(), size, 64, seed))
    ran = subprocess.run(
        [str(peers_python()), str(HERE / "in_trainer.py"), str(seconds)],
        input=json.dumps(rows),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rate = json.loads(ran.stdout)["rollouts_per_second"]
    none = float("nan")
    return Figure(rollouts_per_second=rate, p50_ms=none, p99_ms=none, cpu_us=1e6 / rate, right=none)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="measure for moments")
    options.add_argument("--seconds", type=float, default=2.0, help="how long each measurement takes")
    options.add_argument("--repeats", type=int, default=5, help="how often; the tables hold medians")
    options.add_argument("--no-peers", action="store_true", help="leave out what people use today")
    chosen = options.parse_args()
    seconds, repeats = (0.3, 1) if chosen.quick else (chosen.seconds, chosen.repeats)
    result = {
        "echo, one process": against_echo(1, seconds, repeats),
        "echo, two processes": against_echo(2, seconds, repeats),
        # A few hundredths are looked for here, and one turn is off by more: shorter ones, and more of them.
        "two against one": two_against_one(seconds / 2, 1 if chosen.quick else 3 * repeats),
        "peers": [] if chosen.no_peers else against_peers(seconds, repeats),
    }
    plain = {name: [dataclasses.asdict(one) for one in lines] for name, lines in result.items()}
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "server.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
    tables = markdown(plain)
    (BUILD / "server.md").write_text(tables, encoding="utf-8")
    print(tables)


if __name__ == "__main__":
    main()
