"""Files that may change while the server runs: read again when they have, and kept as they were if broken.

Looked at when somebody asks for what they hold, and not more often than once a second, so that no
thread is needed and a server that nobody calls does nothing. Files that are replaced (a rename, the
links of a mounted Kubernetes secret) are noticed like files that are written.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from rewards.errors import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Watched", "read_bytes"]

T = TypeVar("T")

_Stamp: TypeAlias = "tuple[tuple[int, int, int] | None, ...]"

_log = logging.getLogger(__name__)

_PAUSE = 1.0
"""Seconds between two looks."""

_SETTLED = 2.0
"""Seconds after its last change from which on a file's time tells any further one."""


class Watched(Generic[T]):
    """What some files hold.

    Args:
        paths: the files.
        read: reads and checks them.

    Raises:
        InvalidParameterError: what `read` raises, the first time; later it is logged, and what was read
            before holds on.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[], T]) -> None:
        self._paths = paths
        self._read = read
        self._lock = threading.Lock()
        self._stamp = self._look()
        self._complaint = ""
        self._held = read()
        self._looked = time.monotonic()

    @property
    def current(self) -> T:
        """What they hold now; safe from any thread."""
        if time.monotonic() - self._looked < _PAUSE or not self._lock.acquire(blocking=False):
            return self._held
        try:
            self._looked = time.monotonic()
            stamp = self._look()
            if stamp != self._stamp or self._unsettled(stamp):
                self._stamp = stamp
                self._renew()
        finally:
            self._lock.release()
        return self._held

    def _renew(self) -> None:
        names = ", ".join(map(str, self._paths))
        try:
            found = self._read()
        except InvalidParameterError as error:
            if str(error) != self._complaint:
                # As text: of an error the log tells the type alone, and this one is about files of ours.
                _log.error("what %s held before is kept: %s", names, str(error))
            self._complaint = str(error)
            return
        self._complaint = ""
        if found != self._held:
            self._held = found
            _log.info("read again: %s", names)

    def _look(self) -> _Stamp:
        return tuple(_stamp_of(path) for path in self._paths)

    @staticmethod
    def _unsettled(stamp: _Stamp) -> bool:
        # Two writes may bear the same time, which file systems count in steps of milliseconds.
        now = time.time_ns()
        return any(one is not None and abs(now - one[0]) < _SETTLED * 1e9 for one in stamp)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def read_bytes(path: Path) -> bytes:
    """What a file holds.

    Raises:
        InvalidParameterError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise InvalidParameterError(message) from error
