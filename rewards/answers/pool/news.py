"""What a pool tells its callers of its workers: how many there are, and of what they died."""

from __future__ import annotations

import dataclasses
from collections import Counter

__all__ = ["DEATHS", "LANES", "PoolNews"]

LANES = ("quick", "slow")
"""Workers that compute or are ready to, and those that are suspended while quicker tasks go first."""

DEATHS = {
    "cpu_time": "the CPU time of its task was up",
    "memory": "its task ran out of memory, and so it was not trusted again",
    "stood_still": "it did not even try to compute",
    "crash": "it died by itself",
    "lost": "somebody else killed it",
    "gave_way": "it was in the way of quicker tasks; its task is run again",
    "cancelled": "nobody waited for its task any more",
}
"""Of what a worker with a task dies."""


@dataclasses.dataclass
class PoolNews:
    """What one caller has heard."""

    deaths: Counter[str] = dataclasses.field(default_factory=Counter)
    """Of workers that had a task of this caller, by the keys of :data:`DEATHS`."""

    workers: dict[str, int] = dataclasses.field(default_factory=dict)
    """How many there are, for all callers together, by lane."""
