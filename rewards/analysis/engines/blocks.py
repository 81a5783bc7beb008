"""Finished blocks of a job on disk, one file each, for resuming a run that was killed.

A block is written beside its place and put there whole. Results are pickled, as they are between processes:
a folder that others may write to is refused.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from typing import TYPE_CHECKING, Final

from rewards.errors import RowFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Blocks"]

_MANIFEST: Final = "manifest.json"
_SUFFIX: Final = ".block"


class Blocks:
    """The finished blocks of one job, each known by the number of its first row.

    Args:
        folder: made if it is not there; what a killed run left in it is taken up.
        settings: all that the results depend on; a folder of a run with others is refused.

    Raises:
        RowFileError: the folder belongs to another run, or others may write to it.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _hold_private(folder)
        wanted = json.loads(json.dumps(settings))
        try:
            found = json.loads((folder / _MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            _put(folder / _MANIFEST, json.dumps(wanted, indent=2).encode())
            found = wanted
        if found != wanted:
            differing = sorted(name for name in found.keys() | wanted if found.get(name) != wanted.get(name))
            message = (
                f"{folder} was left by another run ({', '.join(differing)} differ): "
                "remove it, or choose another folder by --work"
            )
            raise RowFileError(message)
        self.done = frozenset(
            int(path.stem) for path in folder.iterdir() if path.suffix == _SUFFIX and path.stem.isdecimal()
        )
        """The blocks that were finished before this run."""

    def load(self, first: int) -> bytes:
        """Return a finished block."""
        return self._path(first).read_bytes()

    def save(self, first: int, data: bytes) -> None:
        """Save a block atomically."""
        _put(self._path(first), data)

    def remove(self) -> None:
        """Delete the folder once all results are used."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, first: int) -> Path:
        return self.folder / f"{first:012}{_SUFFIX}"


def _hold_private(folder: Path) -> None:
    state = folder.stat()
    if state.st_uid != os.getuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        message = (
            f"others may write to {folder}, and results in it are trusted: choose another folder by --work"
        )
        raise RowFileError(message)


def _put(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
