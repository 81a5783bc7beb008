"""Components by data source: their means over the rows of each source of a mixed data set."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from rewards.analysis.cells import plain
from rewards.analysis.missing import is_missing
from trainer_adapters.scoring.ranks import warn
from trainer_adapters.scoring.rows import cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOST_SOURCES", "OTHER", "SOURCE_COLUMNS", "Sources"]

LOG = logging.getLogger("touchstone.adapters")

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
        named: the column of the sources, where a dot reaches into an object; by default the first of
            SOURCE_COLUMNS that a row has.
    """

    def __init__(self, named: str | None = None) -> None:
        self._named = named
        self._seen: dict[str, str] = {}
        self._warned = False

    def means(
        self, components: Mapping[str, NDArray[np.float64]], rows: Sequence[Mapping[str, object]]
    ) -> dict[str, float]:
        """Return the mean of each component, as `name`, and over the rows of each source, as `name/source`.

        Rows without a value are left out, and a mean over none is absent.

        Args:
            components: the values of each component over a batch.
            rows: its rows.
        """
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if source := self.of(row):
                places.setdefault(source, []).append(place)
        if rows and not places:
            self._warn(rows[0])
        found = {}
        for name, column in components.items():
            values = column.tolist()
            found[name] = _mean(values)
            found |= {
                f"{name}/{source}": _mean([values[place] for place in some])
                for source, some in places.items()
            }
        return {name: mean for name, mean in found.items() if mean is not None}

    def of(self, row: Mapping[str, object]) -> str:
        """Return the source of a row; empty for a row without one."""
        names = SOURCE_COLUMNS if self._named is None else (self._named,)
        values = (plain(cell(row, name)) for name in names)
        text = next((str(value).strip() for value in values if _is_label(value)), "")
        if text and text not in self._seen and len(self._seen) < MOST_SOURCES:
            self._seen[text] = text[:_LONGEST]
        return self._seen.get(text, OTHER) if text else ""

    def _warn(self, row: Mapping[str, object]) -> None:
        """Warn, once, that a column which was named holds no sources."""
        if self._named is not None and not self._warned:
            self._warned = True
            there = ", ".join(sorted(row)) or "no columns"
            warn(LOG, f"source: no row of a batch has a source in {self._named!r}; there are {there}")


def _is_label(value: object) -> bool:
    return isinstance(value, (str, int, float, bool)) and not is_missing(value)


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else None
