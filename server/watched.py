"""Reloading files: reload files that change while the server runs, and keep the last good value on errors.

A thread polls the files twice a second, whether or not the value is used: a process that checked only on
access could miss a change altogether, and fall back to the value before it when the file breaks later.
Replaced files (a rename, the symbolic links of a mounted Kubernetes secret) are detected like rewritten
ones.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from rewards.errors import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["ReloadingFiles", "read_bytes"]

T = TypeVar("T")

_Stamp: TypeAlias = "tuple[tuple[int, ...] | None, ...]"

_log = logging.getLogger(__name__)

_PAUSE = 0.4
"""Poll interval in seconds."""

_BEING_WRITTEN = 0.05
"""Seconds that a file must stay unchanged after a read: a half-written one lacks some or all tokens."""

_SETTLED = 2.0
"""Age in seconds of the last change from which on the file's timestamps show any further change."""


class ReloadingFiles(Generic[T]):
    """Parsed content of files, reloaded when they change.

    Args:
        paths: files to poll.
        read: function that reads and validates them.

    Raises:
        InvalidParameterError: `read` raised it on the first load; later failures are logged, and the last
            good value is kept.
    """

    def __init__(self, paths: Sequence[Path], read: Callable[[], T]) -> None:
        self._paths = paths
        self._read = read
        self._stamp = self._look()
        self._complaint = ""
        self._held = read()
        # It knows the files by a weak reference, and ends when nobody wants to know what they hold.
        threading.Thread(target=_keep_looking, args=(weakref.ref(self),), name="watch", daemon=True).start()

    @property
    def current(self) -> T:
        """Last good value; thread-safe."""
        return self._held

    @property
    def stale(self) -> bool:
        """True if the last reload failed and `current` is the value before it."""
        return bool(self._complaint)

    def look(self) -> None:
        """Reload the files if they have changed; for use from one thread."""
        stamp = self._look()
        if stamp != self._stamp or self.stale or self._unsettled(stamp):
            self._renew(stamp)

    def _renew(self, stamp: _Stamp) -> None:
        try:
            found = self._read()
        except InvalidParameterError as error:
            self._stamp = stamp
            if str(error) != self._complaint:
                # As text: of an error the log tells the type alone, and this one is about files of ours.
                _log.error("what %s held before is kept: %s", self._names, str(error))
            self._complaint = str(error)
            return
        if found != self._held:
            time.sleep(_BEING_WRITTEN)
            if self._look() != stamp:
                return  # it is being written, and read at the next look
            self._held = found
            _log.info("read again: %s", self._names)
        self._stamp = stamp
        self._complaint = ""

    @property
    def _names(self) -> str:
        return ", ".join(map(str, self._paths))

    def _look(self) -> _Stamp:
        return tuple(_stamp_of(path) for path in self._paths)

    @staticmethod
    def _unsettled(stamp: _Stamp) -> bool:
        # Two writes may bear the same time, which file systems count in steps of milliseconds.
        now = time.time_ns()
        return any(one is not None and abs(now - one[0]) < _SETTLED * 1e9 for one in stamp)


def _keep_looking(files: weakref.ref[ReloadingFiles[T]]) -> None:
    while True:
        time.sleep(_PAUSE)
        if (found := files()) is None:
            return
        try:
            found.look()
        except Exception:  # noqa: BLE001  # what goes wrong at one look must not end all further ones
            _log.exception("cannot look at a file")
        del found


def _stamp_of(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        InvalidParameterError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise InvalidParameterError(message) from error
