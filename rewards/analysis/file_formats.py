"""The files of a path, and their containers.

A folder stands for the files in it, in their natural order (`9.jsonl` before `10.jsonl`), which is how
trainers dump a file a step; or it is a data set that `datasets` saved.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import re
from pathlib import Path
from typing import Final

from rewards.errors import RowFileError

__all__ = ["COMPRESSED", "Container", "Files", "Format", "container_of", "find_files"]


class Container(enum.StrEnum):
    """The container format of rows in a file."""

    JSONL = "jsonl"
    """One JSON object a line, UTF-8; also compressed by gzip or zstandard."""

    PARQUET = "parquet"

    ARROW = "arrow"
    """Arrow streams, as `datasets.Dataset.save_to_disk` writes them."""


class Format(enum.StrEnum):
    """The format of a file: a container, and for trainers' dumps the names of the columns too."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    DATASETS = "datasets"

    TRL = "trl"
    """`completions/completions_00010.parquet` of TRL's trainers with `log_completions`."""

    VERL = "verl"
    """`{step}.jsonl` of verl's `trainer.rollout_data_dir` and `validation_data_dir`."""

    OPENRLHF = "openrlhf"
    """The JSON lines of OpenRLHF's `batch_inference`."""

    @property
    def container(self) -> Container:
        """The container of this format."""
        if self is Format.DATASETS:
            return Container.ARROW
        return Container.PARQUET if self in {Format.PARQUET, Format.TRL} else Container.JSONL


@dataclasses.dataclass(frozen=True)
class Files:
    """Files of one container, in the order in which they are read."""

    container: Container
    paths: tuple[Path, ...]


_SUFFIXES: Final = {
    ".jsonl": Container.JSONL,
    ".ndjson": Container.JSONL,
    ".json": Container.JSONL,
    ".parquet": Container.PARQUET,
    ".arrow": Container.ARROW,
}
COMPRESSED: Final = {".gz", ".zst"}
_PARQUET_MAGIC: Final = b"PAR1"
_STATE: Final = "state.json"
_SPLITS: Final = "dataset_dict.json"


def find_files(path: Path, given: Format | None = None) -> Files:
    """Return the files behind `path`, and their container.

    Raises:
        RowFileError: nothing there that can be read, or a folder of several kinds.
    """
    if path.is_dir():
        return _in_folder(path, given)
    if given is not None:
        return Files(given.container, (path,))
    return Files(container_of(path) or _by_content(path), (path,))


def container_of(path: Path) -> Container | None:
    """Return the container that a file's name implies; None where it implies none.

    >>> container_of(Path("rows.jsonl.gz"))
    <Container.JSONL: 'jsonl'>
    """
    suffixes = path.suffixes
    if suffixes and suffixes[-1] in COMPRESSED:
        return _SUFFIXES.get(suffixes[-2]) if len(suffixes) > 1 else Container.JSONL
    return _SUFFIXES.get(path.suffix)


def _by_content(path: Path) -> Container:
    with path.open("rb") as stream:
        return Container.PARQUET if stream.read(4) == _PARQUET_MAGIC else Container.JSONL


def _in_folder(path: Path, given: Format | None) -> Files:
    if (path / _STATE).is_file():
        return Files(Container.ARROW, _saved(path))
    if (path / _SPLITS).is_file():
        splits = sorted(child.name for child in path.iterdir() if (child / _STATE).is_file())
        message = f"{path} holds several splits; name one of {', '.join(str(path / name) for name in splits)}"
        raise RowFileError(message)
    found: dict[Container, list[Path]] = {}
    for child in path.iterdir():
        container = container_of(child) if child.is_file() else None
        if container is not None and (given is None or container is given.container):
            found.setdefault(container, []).append(child)
    if not found:
        message = f"{path} holds no files of rows: no .jsonl, .parquet or .arrow, and no saved data set"
        raise RowFileError(message)
    if len(found) > 1:
        message = f"{path} holds files of several kinds ({', '.join(sorted(found))}); choose one by --format"
        raise RowFileError(message)
    ((container, paths),) = found.items()
    return Files(container, tuple(sorted(paths, key=_natural)))


def _saved(path: Path) -> tuple[Path, ...]:
    """Return the files of a saved data set, in the order of its rows."""
    try:
        state = json.loads((path / _STATE).read_text("utf-8"))
        names = [entry["filename"] for entry in state["_data_files"]]
        paths = tuple(path / Path(name).name for name in names)  # nothing outside the folder is its own
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path / _STATE} is not what datasets writes: {error!r}"
        raise RowFileError(message) from error
    return paths


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]
