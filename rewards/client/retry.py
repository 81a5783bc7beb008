"""Retries with exponential backoff and jitter."""

from __future__ import annotations

import random
import time

__all__ = ["Backoff"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
_JITTER = 0.5
"""Maximum jitter as a share of the pause, so that many clients do not retry at the same time."""


class Backoff:
    """Exponential backoff: decides after each failed attempt whether to retry, and sleeps.

    Args:
        seconds: how long to keep trying without progress.
        deadline: when to stop in any case, in seconds of `time.monotonic()`.
    """

    def __init__(self, seconds: float, deadline: float | None) -> None:
        self._seconds = seconds
        self._deadline = float("inf") if deadline is None else deadline
        self.reset()

    def reset(self) -> None:
        """Reset the pause and the retry timeout after progress."""
        self._end = min(time.monotonic() + self._seconds, self._deadline)
        self._pause = _FIRST_PAUSE

    def wait(self, at_least: float = 0.0) -> bool:
        """Sleep until the next attempt, `at_least` seconds; return False at once if it would be too late."""
        pause = max(self._pause, at_least) * (1 + random.uniform(0, _JITTER))  # noqa: S311  # no secret
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        if time.monotonic() + pause > self._end:
            return False
        time.sleep(pause)
        return True
