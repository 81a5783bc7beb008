"""The verdicts and spans of a batch as columns, and their view row by row.

Columns are what is computed, counted and sent: no object is made for a row until somebody looks at one.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from rewards.evaluation import Span
from rewards.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from rewards.verdict import Method, Status

__all__ = ["RowSequence", "SpanColumns", "SpansByComponent", "VerdictColumns"]

T_co = TypeVar("T_co", covariant=True)


class RowSequence(Sequence[T_co], abc.ABC):
    """A sequence whose items are made when one is first looked at; compared and pickled as a plain one."""

    @property
    @abc.abstractmethod
    def _rows(self) -> Sequence[T_co]:
        """The items."""

    @abc.abstractmethod
    def take(self, rows: NDArray[np.intp]) -> RowSequence[T_co]:
        """Return just these rows, in this order."""

    @overload
    def __getitem__(self, at: int) -> T_co: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T_co]: ...

    def __getitem__(self, at: int | slice) -> T_co | Sequence[T_co]:
        return self._rows[at]

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (RowSequence, list, tuple)):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # its items may be mappings

    def __repr__(self) -> str:
        return repr(self._rows)

    def __reduce__(self) -> tuple[type[tuple[T_co, ...]], tuple[tuple[T_co, ...]]]:
        return tuple, (tuple(self),)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class VerdictColumns(RowSequence["Verdict | None"]):
    """The distinct verdicts of a batch field by field, and for each row which of them it has.

    >>> from rewards.verdict import Status
    >>> columns = VerdictColumns(np.asarray([1, 0, 1]), [Status.CORRECT], ["4"], [None], [""], [0.0])
    >>> [row and row.extracted for row in columns]
    ['4', None, '4']
    """

    choices: NDArray[np.intp]
    """For each row the index of its verdict, counted from 1; 0 for no verdict."""
    statuses: Sequence[Status]
    extracted: Sequence[str | None]
    methods: Sequence[Method | None]
    reasons: Sequence[str]
    seconds: Sequence[float]

    @classmethod
    def of(cls, verdicts: Sequence[Verdict | None]) -> VerdictColumns:
        """Return the columns of verdicts given row by row; one object in many rows is one verdict."""
        if isinstance(verdicts, cls):
            return verdicts
        distinct = list({id(one): one for one in verdicts if one is not None}.values())
        numbers = {id(one): number for number, one in enumerate(distinct, 1)}
        return cls(
            np.asarray([numbers.get(id(one), 0) for one in verdicts], dtype=np.intp),
            [one.status for one in distinct],
            [one.extracted for one in distinct],
            [one.method for one in distinct],
            [one.reason for one in distinct],
            [one.seconds for one in distinct],
        )

    @classmethod
    def joined(
        cls, size: int, parts: Sequence[tuple[NDArray[np.intp], Sequence[Verdict | None]]]
    ) -> VerdictColumns:
        """Join verdicts on some of `size` rows each; of two on one row the first counts."""
        if _is_whole(size, parts):
            return cls.of(parts[0][1])
        choices = np.zeros(size, dtype=np.intp)
        found = [cls.of(verdicts) for _, verdicts in parts]
        before = 0
        for (rows, _), columns in zip(parts, found, strict=True):
            free = (choices[rows] == 0) & (columns.choices > 0)
            choices[rows[free]] = columns.choices[free] + before
            before += len(columns.statuses)
        return cls(
            choices,
            [one for columns in found for one in columns.statuses],
            [one for columns in found for one in columns.extracted],
            [one for columns in found for one in columns.methods],
            [one for columns in found for one in columns.reasons],
            [one for columns in found for one in columns.seconds],
        )

    def take(self, rows: NDArray[np.intp]) -> VerdictColumns:
        return VerdictColumns(
            self.choices[rows], self.statuses, self.extracted, self.methods, self.reasons, self.seconds
        )

    def used(self) -> VerdictColumns:
        """Return the same rows without the verdicts that none of them has."""
        kept = np.bincount(self.choices, minlength=len(self.statuses) + 1) > 0
        if kept[1:].all():
            return self
        kept[0] = True
        at = (np.flatnonzero(kept)[1:] - 1).tolist()
        return VerdictColumns(
            (np.cumsum(kept) - 1)[self.choices],
            [self.statuses[each] for each in at],
            [self.extracted[each] for each in at],
            [self.methods[each] for each in at],
            [self.reasons[each] for each in at],
            [self.seconds[each] for each in at],
        )

    def __len__(self) -> int:
        return len(self.choices)

    @cached_property
    def _rows(self) -> list[Verdict | None]:
        choices = self.choices.tolist()
        verdicts = {choice: self._verdict(choice - 1) for choice in set(choices) if choice}
        return [verdicts.get(choice) for choice in choices]

    def _verdict(self, at: int) -> Verdict:
        return Verdict(
            status=self.statuses[at],
            extracted=self.extracted[at],
            method=self.methods[at],
            reason=self.reasons[at],
            seconds=self.seconds[at],
        )


class SpanColumns(RowSequence[tuple[Span, ...]]):
    """The spans of one component on `size` rows: columns with one entry for each span, ordered by row.

    >>> SpanColumns(3, [2, 0], [5, 1], [6, 4], ["b", "a"])[0]
    (Span(start=1, end=4, label='a'),)
    """

    def __init__(
        self,
        size: int,
        rows: Sequence[int] | NDArray[np.intp],
        starts: Sequence[int] | NDArray[np.intp],
        ends: Sequence[int] | NDArray[np.intp],
        labels: Sequence[str] | NDArray[np.object_],
    ) -> None:
        self._size = size
        self.rows = np.asarray(rows, dtype=np.intp)
        self.starts = np.asarray(starts, dtype=np.intp)
        self.ends = np.asarray(ends, dtype=np.intp)
        self.labels = np.asarray(labels, dtype=np.object_)
        if (self.rows[1:] < self.rows[:-1]).any():
            order = np.argsort(self.rows, kind="stable")
            self.rows, self.labels = self.rows[order], self.labels[order]
            self.starts, self.ends = self.starts[order], self.ends[order]

    @classmethod
    def of(cls, spans: Sequence[Sequence[Span]]) -> SpanColumns:
        """Return the columns of spans given row by row."""
        if isinstance(spans, cls):
            return spans
        found = [(row, *span) for row, some in enumerate(spans) for span in some]
        return cls(len(spans), *(zip(*found, strict=True) if found else [()] * 4))

    @classmethod
    def joined(
        cls, size: int, parts: Sequence[tuple[NDArray[np.intp], Sequence[Sequence[Span]]]]
    ) -> SpanColumns:
        """Join spans of some of `size` rows each; of two parts with one row the first counts."""
        if _is_whole(size, parts):
            return cls.of(parts[0][1])
        taken = np.zeros(size, dtype=np.bool_)
        found = []
        for rows, spans in parts:
            columns = cls.of(spans)
            place = rows[columns.rows]
            kept = ~taken[place]
            found.append((place[kept], columns.starts[kept], columns.ends[kept], columns.labels[kept]))
            taken[rows] = True
        return cls(size, *map(np.concatenate, zip(*found, strict=True)))

    def take(self, rows: NDArray[np.intp]) -> SpanColumns:
        first, after = self._bounds[rows], self._bounds[rows + 1]
        at = np.asarray([*chain.from_iterable(map(range, first.tolist(), after.tolist()))], dtype=np.intp)
        place = np.repeat(np.arange(len(rows)), after - first)
        return SpanColumns(len(rows), place, self.starts[at], self.ends[at], self.labels[at])

    def __len__(self) -> int:
        return self._size

    @cached_property
    def _rows(self) -> list[tuple[Span, ...]]:
        spans = list(map(Span, self.starts.tolist(), self.ends.tolist(), self.labels.tolist()))
        return [tuple(spans[first:after]) for first, after in pairwise(self._bounds.tolist())]

    @cached_property
    def _bounds(self) -> NDArray[np.intp]:
        """For each row the index of its first span, and at the end the number of spans."""
        return np.searchsorted(self.rows, np.arange(self._size + 1))


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SpansByComponent(RowSequence["Mapping[str, tuple[Span, ...]]"]):
    """The spans of `size` rows, as columns of each component; a row has those components that found any."""

    size: int
    columns: Mapping[str, SpanColumns]

    @classmethod
    def of(cls, spans: Sequence[Mapping[str, Sequence[Span]]]) -> SpansByComponent:
        """Return the columns of spans given row by row."""
        if isinstance(spans, cls):
            return spans
        labels = dict.fromkeys(label for row in spans for label in row)
        return cls(
            len(spans), {label: SpanColumns.of([row.get(label, ()) for row in spans]) for label in labels}
        )

    @classmethod
    def joined(
        cls, size: int, parts: Mapping[str, Sequence[tuple[NDArray[np.intp], Sequence[Sequence[Span]]]]]
    ) -> SpansByComponent:
        """Join the spans of each component on some of `size` rows each."""
        return cls(size, {label: SpanColumns.joined(size, found) for label, found in parts.items()})

    def take(self, rows: NDArray[np.intp]) -> SpansByComponent:
        return SpansByComponent(
            len(rows), {label: columns.take(rows) for label, columns in self.columns.items()}
        )

    def __len__(self) -> int:
        return self.size

    @cached_property
    def _rows(self) -> Sequence[Mapping[str, tuple[Span, ...]]]:
        found: list[dict[str, tuple[Span, ...]]] = [{} for _ in range(self.size)]
        for label, columns in self.columns.items():
            for by_label, spans in zip(found, columns, strict=True):
                if spans:
                    by_label[label] = spans
        return found


def _is_whole(size: int, parts: Sequence[tuple[NDArray[np.intp], object]]) -> bool:
    """Return True for a single part that holds all `size` rows in their order."""
    return len(parts) == 1 and np.array_equal(parts[0][0], np.arange(size))
