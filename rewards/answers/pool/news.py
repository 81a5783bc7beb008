"""Statistics of the workers of a pool: their number by state, and their exits by reason."""

from __future__ import annotations

import dataclasses
from collections import Counter

__all__ = ["EXIT_REASONS", "WORKER_STATES", "PoolStats"]

WORKER_STATES = ("quick", "slow")
"""States of workers: `quick` ones compute or are idle, `slow` ones yield to quicker tasks."""

EXIT_REASONS = {
    "cpu_time": "the CPU time of its task was up",
    "memory": "its task ran out of memory, and so it was not trusted again",
    "stood_still": "it did not even try to compute",
    "crash": "it died by itself",
    "lost": "somebody else killed it",
    "gave_way": "it was in the way of quicker tasks; its task is run again",
    "cancelled": "nobody waited for its task any more",
}
"""Reasons for which a worker with a task exits."""


@dataclasses.dataclass
class PoolStats:
    """Worker statistics as reported to one caller."""

    deaths: Counter[str] = dataclasses.field(default_factory=Counter)
    """Exits of workers that had a task of this caller, by reason (:data:`EXIT_REASONS`)."""

    workers: dict[str, int] = dataclasses.field(default_factory=dict)
    """Number of workers for all callers together, by state (:data:`WORKER_STATES`)."""
