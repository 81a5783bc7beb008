"""Resource limits of judging one answer. They can change a verdict: the environment's digest holds them."""

from __future__ import annotations

import dataclasses
import math
import os

from rewards.errors import InvalidParameterError

__all__ = ["Limits"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one answer, and on the pool of workers that all answers share.

    Raises:
        InvalidParameterError: a limit that is not positive.
    """

    cpu_seconds: float = 1.0
    """CPU time of one answer against all its golds, from the start of execution; waiting never counts."""

    wall_factor: float = 20.0
    """A worker that sleeps instead of computing is killed after `wall_factor * cpu_seconds`."""

    memory_bytes: int = 1 << 30
    """Memory of one worker beyond what it starts with."""

    workers: int = 0
    """Workers that compute at once, and as many again that are suspended; 0 for one a core, at most 8."""

    answer_chars: int = 20_000
    """A longer answer is RESOURCE_LIMIT, unless it is its gold word for word."""

    gold_chars: int = 20_000
    """A longer gold is UNPARSEABLE_GOLD, unless it is answered word for word."""

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            if not number or value < 0 or (value == 0 and name != "workers"):
                message = f"{name} is {value!r}; it must be a finite number above 0"
                raise InvalidParameterError(message)

    @property
    def worker_count(self) -> int:
        """Number of workers on this machine."""
        return self.workers or min(8, len(os.sched_getaffinity(0)))
