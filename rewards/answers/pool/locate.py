"""Rendezvous of callers and the pool: one socket per node, user, environment and set of limits.

The first caller starts the pool, in a fresh interpreter, so that nothing of the caller (its gRPC, its
CUDA, its `__main__`) is in it. The starter binds the socket, detaches, and only
then imports what workers need; a caller is connected long before the pool is warm.

The folder of the socket belongs to the user alone, and both sides check who is at the other end.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.answers.pool.frames import peer_user
from rewards.errors import PoolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.answers.limits import Limits

__all__ = ["connect", "forget"]

START_SECONDS = 60.0
"""Seconds to wait for another process to start the pool, or for our own to bind its socket."""

_ROOT = Path(__file__).parents[3]
_BOOT = """
import sys
sys.path.insert(0, sys.argv[1])
from rewards.answers.pool.main import serve
serve(*sys.argv[2:])
"""
_MAX_PATH = 100  # of a Unix socket; the kernel allows 107
_KEPT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "TMPDIR",
    "VIRTUAL_ENV",
)
_SET = {
    "MPMATH_NOGMPY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # sympy's order of operations, and so its time and luck, hang on hashes
    "SYMPY_GROUND_TYPES": "python",  # gmpy2 holds the interpreter for as long as a number takes
}


def connect(limits: Limits) -> socket.socket:
    """Connect to the pool for `limits`, and start it if it does not run. Blocks for some 0.1 s.

    Raises:
        PoolError: the pool cannot be started or reached.
    """
    try:
        path = _path(limits)
        with contextlib.suppress(OSError):
            return _connected(path)
        with _locked(path.with_name("start.lock")):
            try:
                return _connected(path)
            except OSError:
                _start(path, limits)
                return _connected(path)
    except OSError as error:
        message = f"the pool of workers cannot be reached: {error}"
        raise PoolError(message) from error


def forget(limits: Limits) -> None:
    """Unlink the socket of a pool that does not answer, so that the next caller starts another one.

    Raises:
        PoolError: there is no folder for sockets.
        OSError: its socket cannot be removed.
    """
    _path(limits).unlink(missing_ok=True)


def _path(limits: Limits) -> Path:
    return _folder() / f"{_identity(limits, _environment())}.sock"


def _connected(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(START_SECONDS)  # a pool that hangs may have its queue full
        sock.connect(str(path))
        sock.settimeout(None)
        if peer_user(sock) != os.getuid():
            message = f"{path} is served by user {peer_user(sock)}, not by you"
            raise PoolError(message)  # noqa: TRY301  # the socket is closed on the way
    except BaseException:
        sock.close()
        raise
    return sock


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | _SET


def _folder() -> Path:
    """Return the user's own folder for sockets."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108  # checked below
        folder = Path(base or "/nowhere") / f"touchstone-{os.getuid()}"
        if len(str(folder)) > _MAX_PATH - 40 or not os.access(folder.parent, os.W_OK):
            continue
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            message = f"{folder} must be a folder that belongs to you alone (mode 0700); remove it"
            raise PoolError(message)
        return folder
    message = "there is no folder for the pool's socket; set XDG_RUNTIME_DIR to one of your own"
    raise PoolError(message)


def _identity(limits: Limits, environment: dict[str, str]) -> str:
    """Return the digest of all that makes two pools the same; callers with the same one share a pool."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    build = [(str(source), source.stat().st_size, source.stat().st_mtime_ns) for source in sources]
    what = [dataclasses.asdict(limits), environment, sys.executable, str(_ROOT), build]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:20]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive file lock, released when this process ends in any way."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _start(path: Path, limits: Limits) -> None:
    """Start a pool process; return when its socket takes connections."""
    if not sys.executable:
        message = "the pool of workers needs a Python interpreter, and sys.executable names none"
        raise PoolError(message)
    settings = json.dumps(dataclasses.asdict(limits))
    try:
        subprocess.run(  # noqa: S603  # our own interpreter, with arguments of our own
            [sys.executable, "-P", "-c", _BOOT, str(_ROOT), str(path), settings],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=START_SECONDS,
            check=True,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        message = f"the pool of workers did not start within {START_SECONDS:g} s"
        raise PoolError(message) from error
    except subprocess.CalledProcessError as error:
        message = f"the pool of workers did not start: {error.stderr.decode(errors='replace')[-2000:]}"
        raise PoolError(message) from error
