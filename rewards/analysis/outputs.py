"""Output files, which take their name when they are complete, and other outputs.

An ordinary file is written as `NAME.partial` and takes its name at the end, which is also what a run that was
broken off leaves behind. A link stays a link: the file that it points to is replaced. A pipe, a device and
`/dev/stdout` cannot be replaced and are written to as they are; `-` is standard output.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from rewards.errors import InvalidParameterError, RowFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["is_replaceable", "is_stdout", "opened_output", "output_folder", "refuse_same_output"]

_STDOUT: Final = 1
_DESCRIPTOR: Final = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_NAMED: Final = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_MOST_LINKS: Final = 40
_DATA_SET: Final = "state.json"


def is_stdout(path: str | os.PathLike[str] | None) -> bool:
    """Return True if a path is this process's standard output, as `-` and `/dev/stdout` are."""
    return path is not None and (os.fspath(path) == "-" or _descriptor(Path(path)) == _STDOUT)


def is_replaceable(path: str | os.PathLike[str]) -> bool:
    """Return True if a path can be replaced by a complete result: a file or a folder, existing or not."""
    if os.fspath(path) == "-" or _descriptor(Path(path)) is not None:
        return False
    return _is_ordinary(Path(path))


def refuse_same_output(*paths: str | os.PathLike[str] | None) -> None:
    """Raise for outputs of which one would overwrite another, by any spelling or link.

    Raises:
        InvalidParameterError: naming them.
    """
    seen: dict[object, object] = {}
    for path in paths:
        if path is None:
            continue
        for key in _claimed(path):
            if key in seen:
                message = f"{seen[key]} and {path} are one place: one output would overwrite the other"
                raise InvalidParameterError(message)
        seen |= dict.fromkeys(_claimed(path), path)


@contextlib.contextmanager
def opened_output(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a stream of bytes to the file, pipe, device or standard output of a path.

    Raises:
        RowFileError: it leads to a folder.
    """
    if os.fspath(path) == "-":
        yield cast("BinaryIO", _Kept(sys.stdout.buffer))
        sys.stdout.buffer.flush()
        return
    found = Path(path)
    if (descriptor := _descriptor(found)) is not None:
        if descriptor == _STDOUT:
            sys.stdout.flush()
        with os.fdopen(
            os.dup(descriptor), "wb"
        ) as stream:  # what was said there stays: its position is shared
            yield cast("BinaryIO", _Kept(stream))
        return
    if not _is_ordinary(found):
        with found.open("wb") as stream:
            yield cast("BinaryIO", _Kept(stream))
        return
    target = found.resolve()
    if target.is_dir():
        message = f"{path} is a folder: name a file"
        raise RowFileError(message)
    partial = _partial(target)
    partial.unlink(missing_ok=True)
    with partial.open("xb") as stream:
        yield stream
    partial.replace(target)


@contextlib.contextmanager
def output_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Make an empty folder that takes the place of a saved data set, or of nothing, when the block ends well.

    Raises:
        RowFileError: something else stands there.
    """
    if not is_replaceable(path):
        message = f"{path} is no place for a folder, which is how datasets keeps rows"
        raise RowFileError(message)
    target = Path(path).resolve()
    if target.exists() and not (target.is_dir() and _is_data_set(target)):
        message = f"{path} is there already and is no saved data set: name another place"
        raise RowFileError(message)
    partial = _partial(target)
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial)
    partial.unlink(missing_ok=True)
    partial.mkdir()
    yield partial
    if target.is_dir():
        shutil.rmtree(target)
    partial.replace(target)


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")


def _is_data_set(folder: Path) -> bool:
    return (folder / _DATA_SET).is_file() or not any(folder.iterdir())


def _is_ordinary(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _descriptor(path: Path) -> int | None:
    """Return the file descriptor of this process that a path stands for, itself or by links; else None.

    Links of `/dev` and `/proc` are not files with names: what they point to may be a pipe, or a file that
    others write to at the same time.
    """
    for _ in range(_MOST_LINKS):
        name = os.path.normpath(os.path.join(os.path.realpath(path.parent), path.name))  # noqa: PTH118
        name = name.replace(f"/proc/{os.getpid()}/", "/proc/self/")
        if name in _NAMED:
            return _NAMED[name]
        if (found := _DESCRIPTOR.fullmatch(name)) is not None:
            return int(found[1])
        if not path.is_symlink():
            return None
        path = Path(name).parent / path.readlink()
    return None


def _claimed(path: str | os.PathLike[str]) -> tuple[object, ...]:
    """Return the keys that no other output may share: the path, and that of the partial file."""
    if is_stdout(path):
        return ("stdout",)
    found = Path(path)
    if not is_replaceable(path):
        try:
            state = found.stat()
        except OSError:
            return (str(path),)
        if stat.S_ISCHR(state.st_mode):  # /dev/null takes everything, and a terminal mixes it
            return ()
        return ((state.st_dev, state.st_ino),)
    target = found.resolve()
    return (target, _partial(target))


class _Kept:
    """A stream that ignores `close` and counts its position, which a pipe cannot tell."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._written = 0

    def write(self, data: bytes | memoryview) -> int:
        self._stream.write(data)
        size = memoryview(data).nbytes
        self._written += size
        return size

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        """Do nothing: the stream stays open."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
