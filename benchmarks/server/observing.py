"""``python -m benchmarks.server.observing``: what it costs a server to be observed, in CPU a rollout.

Servers that differ in nothing but what they tell of themselves are given the same rollouts in turn, round
after round, and the medians are compared: the load of the machine changes all of them alike.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics

from benchmarks.server.servers import Server, ours
from rewards import RemoteScorer, Rollout

SETTINGS = {
    "nothing": ("--log-level", "error"),
    "log of calls": ("--log-format", "json"),
    "metrics": ("--log-level", "error", "--metrics-address", "127.0.0.1:0"),
    "log and metrics": ("--log-format", "json", "--metrics-address", "127.0.0.1:0"),
}

TRAFFIC = {"streams of 8,192": (8192, 1), "batches of 512": (512, 16), "calls of 1": (1, 800)}
"""Rollouts a call, and calls a round."""


def rollouts(count: int, start: int) -> list[Rollout]:
    text = "<think>Two apples and three apples are five apples, and so on.</think> "
    return [
        Rollout(completion=rf"{text * 5}\boxed{{{n}}}", ground_truth=str(n - n % 2))
        for n in range(start, start + count)
    ]


def cpu_a_rollout(server: Server, size: int, calls: int, start: int) -> float:
    """Microseconds."""
    batches = [rollouts(size, start + at * size) for at in range(calls)]
    with RemoteScorer(server.target, "boxed") as remote:
        remote.recipes()
        before = server.cpu_seconds
        for batch in batches:
            totals = remote.score(batch).totals
            assert totals.sum() == sum(n % 2 == 0 for n in range(start, start + size))
            start += size
        return 1e6 * (server.cpu_seconds - before) / (size * calls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(ours(1, *flags)) for name, flags in SETTINGS.items()}
        print(f"{'server CPU a rollout, µs':24}" + "".join(f"{name:>20}" for name in servers))
        for kind, (size, calls) in TRAFFIC.items():
            found: dict[str, list[float]] = {name: [] for name in servers}
            for number in range(asked.rounds):
                for name, server in servers.items():
                    found[name].append(cpu_a_rollout(server, size, calls, number * size * calls))
            medians = {name: statistics.median(values) for name, values in found.items()}
            base = medians["nothing"]
            figures = "".join(f"{value:12.2f} {value / base - 1:+7.1%}" for value in medians.values())
            print(f"{kind:24}{figures}", flush=True)


if __name__ == "__main__":
    main()
