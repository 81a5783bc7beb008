"""Components by data source: their means over the rows of each source of a mixed data set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rewards.analysis.missing import is_missing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOST_SOURCES", "OTHER", "SOURCE_COLUMNS", "Sources"]

SOURCE_COLUMNS = ("data_source", "source", "task")
"""Columns that may name the data source of a row, in order of preference; the first is verl's."""

MOST_SOURCES = 20
"""Max number of sources that have metrics of their own, so that a column of other things makes no more."""

OTHER = "other"
"""Name of all further sources."""

_LONGEST = 60
"""Max length of a source's name in the names of metrics."""


class Sources:
    """The data sources that were seen, each with metrics of its own up to MOST_SOURCES of them.

    Args:
        named: the column of the sources; by default the first of SOURCE_COLUMNS that a batch has.
    """

    def __init__(self, named: str | None = None) -> None:
        self._named = named
        self._seen: dict[str, str] = {}

    def means(
        self, components: Mapping[str, NDArray[np.float64]], columns: Mapping[str, object]
    ) -> dict[str, float]:
        """Return the mean of each component, as `name`, and over the rows of each source, as `name/source`.

        Rows without a value are left out, and a mean over none is absent.
        """
        rows: dict[str, list[int]] = {}
        size = max(map(len, components.values()), default=0)
        for row, source in enumerate(self._of_rows(columns, size)):
            if source:
                rows.setdefault(source, []).append(row)
        found = {}
        for name, column in components.items():
            values = column.tolist()
            found[name] = _mean(values)
            found |= {
                f"{name}/{source}": _mean([values[row] for row in some]) for source, some in rows.items()
            }
        return {name: mean for name, mean in found.items() if mean is not None}

    def _of_rows(self, columns: Mapping[str, object], size: int) -> list[str]:
        """Return the source of each row; empty for a row without one."""
        names = SOURCE_COLUMNS if self._named is None else (self._named,)
        column: Any = next((columns[name] for name in names if name in columns), None)
        indexed = hasattr(column, "__getitem__") and hasattr(column, "__len__")
        if not indexed or isinstance(column, (str, bytes, Mapping)) or len(column) != size:
            return []
        return [self._name(column[row]) for row in range(size)]

    def _name(self, value: object) -> str:
        if is_missing(value) or not (text := str(value).strip()):
            return ""
        if text not in self._seen and len(self._seen) < MOST_SOURCES:
            self._seen[text] = text[:_LONGEST]
        return self._seen.get(text, OTHER)


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else None
