"""The columns of a file as its first rows show them: which there are, and what each holds.

One row says too little, since any of its columns may be null. Of each column just a few facts are kept, so
that memory does not grow with what rows hold.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from rewards.analysis.cells import as_object
from rewards.analysis.missing import is_missing
from rewards.errors import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["Sample"]

_MOST_COLUMNS: Final = 2000
_DEPTH: Final = 4
_SHOWN_COLUMNS: Final = 12
_SHOWN_CHARACTERS: Final = 60
_NEAR: Final = 0.7

_GRADES: Final = frozenset(
    {"true", "false", "right", "wrong", "correct", "incorrect", "yes", "no", "pass", "fail", "0", "1"}
)
"""Texts that grade an answer; a column of nothing else is no column of golds."""


@dataclasses.dataclass(slots=True)
class _Held:
    """The values that sampled rows hold in one column."""

    types: set[type] = dataclasses.field(default_factory=set)
    """Of values that are not missing."""

    only_grades: bool = True
    """True if each text grades an answer."""

    inside: bool = False
    """True if it is a column of the objects in another."""


@dataclasses.dataclass(slots=True)
class Sample:
    """A sample of the columns of a file; a dot reaches into a column of objects.

    >>> sample = Sample.of([{"gold": None, "reward_model": {"style": "rule"}}, {"gold": "4"}])
    >>> sample.holds("gold"), sample.has("reward_model.style"), sample.has("golds")
    (True, True, False)
    >>> sample.near(["golds"])
    " (did you mean 'gold'?)"
    """

    rows: int = 0
    """Number of rows in the sample."""

    bad_rows: int = 0
    """Number of further rows that could not be decoded."""

    first_error: str = ""
    """The error of the first row that could not be decoded."""

    columns: dict[str, _Held] = dataclasses.field(default_factory=dict)

    first: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """The first row."""

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]]) -> Sample:
        """Return the sample of some rows."""
        sample = cls()
        for row in rows:
            sample.add(row)
        return sample

    def take(self, row: Mapping[str, object] | None, error: str) -> None:
        """Add a row, or the reason why it cannot be decoded."""
        if row is not None:
            self.add(row)
            return
        self.bad_rows += 1
        self.first_error = self.first_error or error

    def add(self, row: Mapping[str, object]) -> None:
        """Add a row."""
        self.rows += 1
        self.first = self.first or row
        for name, value, inside in _named(row, "", _DEPTH):
            held = self.columns.get(name)
            if held is None:
                if len(self.columns) >= _MOST_COLUMNS:
                    continue
                held = self.columns[name] = _Held(inside=inside)
            if is_missing(value):
                continue
            held.types.add(type(value))
            held.only_grades = (
                held.only_grades and isinstance(value, str) and value.strip().lower() in _GRADES
            )

    @property
    def own(self) -> list[str]:
        """The top-level columns, without those inside of objects."""
        return [name for name, held in self.columns.items() if not held.inside]

    def has_own(self, column: str) -> bool:
        """Return True if there is such a column at the top level."""
        return column in self.columns and not self.columns[column].inside

    def has(self, column: str) -> bool:
        """Return True if there is such a column, whatever it holds."""
        return column in self.columns or len(self.columns) >= _MOST_COLUMNS

    def holds(self, column: str) -> bool:
        """Return True if some row holds a value there."""
        return bool(column) and column in self.columns and bool(self.columns[column].types)

    def holds_only(self, column: str, types: Collection[type]) -> bool:
        """Return True if rows hold values there, all of these types."""
        return self.holds(column) and self.columns[column].types <= set(types)

    def grades(self, column: str) -> bool:
        """Return True if a column grades answers: its texts say right or wrong and nothing else."""
        return self.holds_only(column, (str,)) and self.columns[column].only_grades

    def check(self, column: str, what: str) -> None:
        """Raise for a column that no row has; where there are no rows, any column is accepted.

        Raises:
            InvalidParameterError: naming the nearest, and the columns that there are.
        """
        if self.rows and not self.has(column):
            message = (
                f"no column {column!r} here for {what}{self.near([column])}; columns are {self.listed()}"
            )
            raise InvalidParameterError(message)

    def near(self, wanted: Iterable[str]) -> str:
        """Return ` (did you mean 'x'?)` if a column's name is close to one of those wanted."""
        import difflib  # noqa: PLC0415  # only for a message

        close = [
            (difflib.SequenceMatcher(None, name.lower(), one.lower()).ratio(), name)
            for name in self.columns
            for one in wanted
        ]
        ratio, name = max(close, default=(0.0, ""))
        return f" (did you mean {name[:_SHOWN_CHARACTERS]!r}?)" if ratio >= _NEAR else ""

    def listed(self) -> str:
        """Return the names of the first columns, for a message."""
        names = self.own
        shown = ", ".join(repr(name[:_SHOWN_CHARACTERS]) for name in names[:_SHOWN_COLUMNS])
        more = len(names) - _SHOWN_COLUMNS
        return f"{shown} and {more} more" if more > 0 else shown or "none"


def _named(row: Mapping[str, object], before: str, depth: int) -> Iterator[tuple[str, object, bool]]:
    """Iterate over each column of a row with its value, and True if it is inside of another."""
    for name, value in row.items():
        yield f"{before}{name}", value, bool(before)
        inner = as_object(value) if depth > 1 else None
        if inner is not None:
            yield from _named(inner, f"{before}{name}.", depth - 1)
