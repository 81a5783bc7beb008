"""Results of rollouts, kept on disk in parts by prompt, so that prompts can be counted in little memory.

Rollouts of one prompt may stand anywhere in a file. Each result is 25 bytes (a hash of the prompt, the
number of the row, passed or not) in one of 64 part files that the hash chooses, so that a part holds all of
a prompt and fits into memory: ten million rollouts make parts of 4 MB. A checkpoint says how far the input
was read and how long each part was then; a run that was killed cuts the parts back to it and goes on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import heapq
import json
import os
import shutil
from typing import TYPE_CHECKING, Final

import numpy as np

from rewards.errors import RowFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

__all__ = ["UNJUDGED", "GroupCount", "Result", "Spill", "key_of"]

UNJUDGED: Final = -1

Result = tuple[bytes, int, int]
"""The key of a prompt, the number of a row, and 1 (passed), 0 (failed) or `UNJUDGED`."""

_PARTS: Final = 64
_KEY_BYTES: Final = 16
_RECORD: Final = np.dtype([("high", "<u8"), ("low", "<u8"), ("row", "<u8"), ("passed", "i1")])
_GROUP: Final = np.dtype([("first", "<u8"), ("rollouts", "<u4"), ("judged", "<u4"), ("passed", "<u4")])
_GROUPS_READ: Final = 1024
_CHECKPOINT: Final = "checkpoint.json"


@dataclasses.dataclass(frozen=True, slots=True)
class GroupCount:
    """The rollouts of one prompt."""

    first: int
    """The number of the row where the prompt comes first."""
    rollouts: int
    judged: int
    passed: int


def key_of(text: str) -> bytes:
    """Return a prompt's hash of 16 bytes; two of ten million collide with a chance of 10^-25."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


class Spill:
    """The part files of one run, in a folder.

    Args:
        folder: made if it is not there; what a killed run left in it is taken up.
        settings: all that the results depend on; a folder of a run with others is refused.

    Raises:
        RowFileError: the folder belongs to another run.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.folder = folder
        self._settings = json.loads(json.dumps(settings))
        self.rows = 0
        """Number of rows of the input that are done."""
        self.bad_rows = 0
        """Number of those rows that could not be read or lack a field needed to judge them."""
        folder.mkdir(parents=True, exist_ok=True)
        sizes = self._resumed()
        self._files = [self._opened(part, size) for part, size in enumerate(sizes)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            os.close(file)
        self._files = []

    def add(self, results: Sequence[Result]) -> None:
        """Add the results of some rows."""
        if not results:
            return
        parts: dict[int, bytearray] = {}
        for key, row, passed in results:
            record = parts.setdefault(key[0] % _PARTS, bytearray())
            record += key + row.to_bytes(8, "little") + passed.to_bytes(1, "little", signed=True)
        for part, records in parts.items():
            _write(self._files[part], records)

    def checkpoint(self, *, rows: int, bad_rows: int) -> None:
        """Write a checkpoint after so many rows; a run that is killed later resumes from here."""
        self.rows, self.bad_rows = rows, bad_rows
        state = {
            "settings": self._settings,
            "rows": rows,
            "bad_rows": bad_rows,
            "sizes": [os.fstat(file).st_size for file in self._files],
        }
        new = self.folder / f"{_CHECKPOINT}.new"
        with new.open("w", encoding="utf-8") as stream:
            json.dump(state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self.folder / _CHECKPOINT)

    def groups(self) -> Iterator[GroupCount]:
        """Iterate over the prompts in the order of their first rows, each with its counts."""
        with contextlib.ExitStack() as stack:
            streams = []
            for part in range(_PARTS):
                counted = _counted(np.fromfile(self._path(part), dtype=_RECORD))
                path = self.folder / f"groups-{part:02}"
                counted.tofile(path)
                streams.append(stack.enter_context(contextlib.closing(_groups_of(path))))
                del counted
            yield from heapq.merge(*streams, key=lambda group: group.first)

    def remove(self) -> None:
        """Delete the folder once all results are used."""
        shutil.rmtree(self.folder)

    def _path(self, part: int) -> Path:
        return self.folder / f"part-{part:02}"

    def _resumed(self) -> list[int]:
        """Return the length of each part at the last checkpoint; 0 for all where there is none."""
        try:
            state = json.loads((self.folder / _CHECKPOINT).read_text("utf-8"))
        except FileNotFoundError:
            return [0] * _PARTS
        if state["settings"] != self._settings:
            differing = [
                name for name, value in self._settings.items() if state["settings"].get(name) != value
            ]
            message = (
                f"{self.folder} was left by another run ({', '.join(differing) or 'settings'} differ): "
                "remove it, or choose another folder by --work"
            )
            raise RowFileError(message)
        sizes = [int(size) for size in state["sizes"]]
        there = [path.stat().st_size if (path := self._path(part)).exists() else 0 for part in range(_PARTS)]
        if any(size > found for size, found in zip(sizes, there, strict=True)):
            return [0] * _PARTS  # the machine went down and took with it what the checkpoint speaks of
        self.rows, self.bad_rows = int(state["rows"]), int(state["bad_rows"])
        return sizes

    def _opened(self, part: int, size: int) -> int:
        file = os.open(self._path(part), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.ftruncate(file, size)
        return file


def _write(file: int, data: bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _counted(records: NDArray[np.void]) -> NDArray[np.void]:
    """Return one record per prompt, in the order of first rows."""
    order = np.lexsort((records["row"], records["low"], records["high"]))
    records = records[order]
    starts = np.flatnonzero(
        np.concatenate(
            (
                np.ones(min(len(records), 1), dtype=np.bool_),
                (records["high"][1:] != records["high"][:-1]) | (records["low"][1:] != records["low"][:-1]),
            )
        )
    )
    groups = np.zeros(len(starts), dtype=_GROUP)
    if len(starts):
        groups["first"] = records["row"][starts]
        groups["rollouts"] = np.diff(starts, append=len(records))
        groups["judged"] = np.add.reduceat((records["passed"] != UNJUDGED).astype(np.uint32), starts)
        groups["passed"] = np.add.reduceat((records["passed"] == 1).astype(np.uint32), starts)
    return groups[np.argsort(groups["first"], kind="stable")]


def _groups_of(path: Path) -> Generator[GroupCount]:
    with path.open("rb") as stream:
        while len(data := stream.read(_GROUPS_READ * _GROUP.itemsize)):
            for first, rollouts, judged, passed in np.frombuffer(data, dtype=_GROUP).tolist():
                yield GroupCount(first, rollouts, judged, passed)
