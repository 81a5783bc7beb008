"""Retries of a call: exponential backoff with jitter, and lines in the log about what is waited for."""

from __future__ import annotations

import logging
import math
import random
import time
from typing import TYPE_CHECKING

from rewards.errors import ServerUnavailableError
from rewards.wire.status import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from rewards.errors import TouchstoneError

__all__ = ["Backoff", "Retries", "WaitingLog"]

_log = logging.getLogger("touchstone.client")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
_JITTER = 0.5
"""Maximum jitter as a share of the pause, so that many clients do not retry at the same time."""

_SECONDS_BETWEEN_LINES = 10.0


class Backoff:
    """Exponential backoff: decides after each failed attempt whether to retry, and sleeps.

    Args:
        seconds: how long to keep trying without progress, from the first failure on. An attempt that took
            long to fail costs none of it.
        deadline: when to stop in any case, in seconds of `time.monotonic()`.
    """

    def __init__(self, seconds: float, deadline: float | None) -> None:
        self.seconds = seconds
        self._deadline = math.inf if deadline is None else deadline
        self.reset()

    def reset(self) -> None:
        """Reset the pause and the retry timeout after progress."""
        self._began: float | None = None
        self._pause = _FIRST_PAUSE

    @property
    def waited(self) -> float:
        """Seconds since the first failure without progress; 0 before it."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def wait(self, at_least: float = 0.0, *, meanwhile: Callable[[], float] | None = None) -> bool:
        """Sleep until the next attempt, `at_least` seconds; return False at once if it would be too late.

        Args:
            at_least: minimum seconds to sleep.
            meanwhile: called before and during the sleep; returns the seconds until its next call.
        """
        if self._began is None:
            self._began = time.monotonic()
        pause = max(self._pause, at_least) * (1 + random.uniform(0, _JITTER))  # noqa: S311  # no secret
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        end = time.monotonic() + pause
        if end > min(self._began + self.seconds, self._deadline):
            return False
        if meanwhile is None:
            time.sleep(pause)
            return True
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, meanwhile()))
        return True


class WaitingLog:
    """The lines of one scorer about servers that are waited for: one in ten seconds, for all its threads.

    There is no lock, which a fork could leave locked; without it, two threads may log one line twice.
    """

    def __init__(self) -> None:
        self._last = -math.inf

    def __reduce__(self) -> tuple[type[WaitingLog], tuple[()]]:
        return WaitingLog, ()

    def write(self, line: Callable[[], str]) -> float:
        """Log a line unless the last one is less than ten seconds old; return the seconds until the next."""
        left = self._last + _SECONDS_BETWEEN_LINES - (now := time.monotonic())
        if left > 0:
            return left
        self._last = now
        _log.warning("%s", line())
        return _SECONDS_BETWEEN_LINES


class Retries:
    """The retries of one call: after a failed attempt waits for the next, and raises once there is none.

    Args:
        backoff: how long to keep trying.
        servers: the servers' names, for messages.
        explain: adds the likely cause and the way out to the reason why no server answered.
        log: where to tell of the waiting.
    """

    def __init__(
        self, backoff: Backoff, servers: str, explain: Callable[[str], str], log: WaitingLog
    ) -> None:
        self._backoff = backoff
        self._servers = servers
        self._explain = explain
        self._log = log

    def reset(self) -> None:
        """Begin anew after progress."""
        self._backoff.reset()

    def wait_after(self, failure: grpc.RpcError) -> None:
        """Sleep until the next attempt.

        Raises:
            TouchstoneError: the error that `failure` stands for, if another attempt cannot help or comes
                too late.
        """
        refusal = refusal_of(failure)
        error = refusal.error
        if isinstance(error, ServerUnavailableError):
            error = ServerUnavailableError(f"cannot reach {self._servers}: {self._explain(str(error))}")
        if refusal.retry_after is None or not self._backoff.wait(
            refusal.retry_after, meanwhile=lambda: self._tell(error)
        ):
            raise error from failure

    def _tell(self, error: TouchstoneError) -> float:
        """Log the waiting, for an overloaded server only after ten seconds; return the seconds until more."""
        waited, limit = self._backoff.waited, self._backoff.seconds
        if not isinstance(error, ServerUnavailableError) and waited < _SECONDS_BETWEEN_LINES:
            return _SECONDS_BETWEEN_LINES - waited
        return self._log.write(lambda: f"{error}; waiting up to {limit:g} s, {waited:.0f} s so far")
