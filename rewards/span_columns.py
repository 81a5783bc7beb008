"""The spans of a batch as columns, the form of the wire, without an object for each span."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rewards.deferred import Deferred
from rewards.evaluation import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["OneSpanEach", "SpanColumns", "SpanTable", "columns_by_label"]


class SpanColumns(NamedTuple):
    """Spans one after the other, row by row; all but `names` have one entry for each span."""

    rows: list[int]
    starts: list[int]
    ends: list[int]
    kinds: list[int]
    """The index of each span's label in `names`."""
    names: list[str]


class OneSpanEach(Deferred["tuple[Span, ...]"]):
    """Spans of `size` rows, one in each of `rows` and none in the others, all with one label."""

    __slots__ = ("columns",)

    def __init__(self, size: int, rows: list[int], starts: list[int], ends: list[int], label: str) -> None:
        self.columns = SpanColumns(rows, starts, ends, [0] * len(rows), [label])
        super().__init__(size, partial(_row_by_row, size, self.columns))


class SpanTable(Deferred["Mapping[str, Sequence[Span]]"]):
    """For each of `size` rows the spans of each label in `found`: those of some rows, and which these are."""

    __slots__ = ("_found",)

    def __init__(
        self, size: int, found: Sequence[tuple[NDArray[np.intp], Sequence[Sequence[Span]], str]]
    ) -> None:
        self._found = found
        super().__init__(size, partial(_by_label, size, found))

    def take(self, rows: Sequence[int]) -> Deferred[Mapping[str, Sequence[Span]]]:
        """Return the spans of just these rows."""
        size = len(rows)
        place = np.full(len(self), -1)
        place[rows] = np.arange(size)
        found: list[tuple[NDArray[np.intp], Sequence[Sequence[Span]], str]] = []
        for where, given, label in self._found:
            if not isinstance(given, OneSpanEach) or len(set(rows)) < size:
                return super().take(rows)
            mine, starts, ends, _, (name,) = given.columns
            to = place[where[mine]].tolist()
            kept = [at for at, row in enumerate(to) if row >= 0]
            spans = OneSpanEach(
                size, [to[at] for at in kept], [starts[at] for at in kept], [ends[at] for at in kept], name
            )
            found.append((np.arange(size), spans, label))
        return SpanTable(size, found)

    def columns(self) -> dict[str, SpanColumns]:
        """Return the spans of each label that has any."""
        columns: dict[str, SpanColumns] = {}
        for rows, given, label in self._found:
            if label in columns or not isinstance(given, OneSpanEach):
                return _gathered(self)
            if given.columns.rows:
                taken = rows[np.asarray(given.columns.rows)].tolist()
                columns[label] = given.columns._replace(rows=taken)
        return columns


def columns_by_label(spans: Sequence[Mapping[str, Sequence[Span]]]) -> dict[str, SpanColumns]:
    """Return the spans of each label that has any, of rows that hold them by label."""
    return spans.columns() if isinstance(spans, SpanTable) else _gathered(spans)


def _gathered(spans: Sequence[Mapping[str, Sequence[Span]]]) -> dict[str, SpanColumns]:
    columns: dict[str, tuple[SpanColumns, dict[str, int]]] = {}
    for row, by_label in enumerate(spans):
        for label, found in by_label.items():
            if (of_label := columns.get(label)) is None:
                of_label = columns[label] = (SpanColumns([], [], [], [], []), {})
            (rows, starts, ends, kinds, _), numbers = of_label
            for start, end, name in found:
                rows.append(row)
                starts.append(start)
                ends.append(end)
                kinds.append(numbers.setdefault(name, len(numbers)))
    return {label: one._replace(names=list(numbers)) for label, (one, numbers) in columns.items()}


def _row_by_row(size: int, columns: SpanColumns) -> list[tuple[Span, ...]]:
    found: list[tuple[Span, ...]] = [()] * size
    for row, start, end, kind in zip(*columns[:4], strict=True):
        found[row] = (Span(start, end, columns.names[kind]),)
    return found


def _by_label(
    size: int, found: Sequence[tuple[NDArray[np.intp], Sequence[Sequence[Span]], str]]
) -> list[dict[str, Sequence[Span]]]:
    spans: list[dict[str, Sequence[Span]]] = [{} for _ in range(size)]
    for rows, given, label in found:
        for row, some in zip(rows.tolist(), given, strict=False):
            if some:
                spans[row][label] = tuple(some)
    return spans
