"""A batch of rollouts: columns by field, of which the rollouts are views row by row.

Most rewards look at one or two fields, and to make a rollout costs more than to judge it. So a column is read
when somebody asks for it, and so are the rollouts made of a batch that came without any.
"""

from __future__ import annotations

from collections import deque
from functools import partial, reduce
from itertools import repeat
from operator import attrgetter, is_, itemgetter, or_
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rewards.errors import InvalidCallError
from rewards.rollout.rollout import (
    ANY,
    BITS,
    FIELDS,
    OPTIONAL,
    SETTERS,
    TOKEN_FIELDS,
    Rollout,
    policy_text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Batch", "RolloutColumns", "advice", "refuse_shared_ids"]

T = TypeVar("T")


class RolloutColumns:
    """The fields of some rollouts, one column each.

    Args:
        size: the number of rollouts.
        read: returns the column of a field; called once for each field that is asked for. Its values are
            those that the checks of :class:`Rollout` accept unchanged.
        rollouts: the rollouts themselves, where they are there already.
    """

    __slots__ = ("_columns", "_filled", "_of", "_read", "_rollouts", "size")

    def __init__(
        self,
        size: int,
        read: Callable[[str], Sequence[Any]],
        rollouts: tuple[Rollout, ...] | None = None,
    ) -> None:
        self.size = size
        self._read = read
        self._rollouts = rollouts
        self._columns: dict[str, Sequence[Any]] = {}
        self._filled: tuple[str, ...] | None = None
        self._of: Callable[[], tuple[Rollout, ...]] | None = None

    @classmethod
    def of(cls, rollouts: Sequence[Rollout]) -> RolloutColumns:
        """Return the columns of these rollouts.

        Raises:
            InvalidCallError: something that is no rollout.
        """
        given = tuple(rollouts)
        kinds = set(map(type, given))
        for row, rollout in enumerate(given) if kinds != {Rollout} else ():
            if not isinstance(rollout, Rollout):
                message = f"rollouts[{row}] is of type {type(rollout).__name__}; it must be a Rollout"
                raise InvalidCallError(message)
        return cls(len(given), lambda field: list(map(attrgetter(field), given)), given)

    def __getitem__(self, field: str) -> Sequence[Any]:
        if (column := self._columns.get(field)) is None:
            column = self._columns[field] = self._read(field)
        return column

    @property
    def rollouts(self) -> tuple[Rollout, ...]:
        """The rollouts, row by row."""
        if self._rollouts is None:
            self._rollouts = self._views() if self._of is None else self._of()
        return self._rollouts

    def _views(self) -> tuple[Rollout, ...]:
        # Field by field: this takes less than half of the time of a constructor that checks nothing.
        views = [object.__new__(Rollout) for _ in range(self.size)]
        for name, put in SETTERS.items():
            deque(map(put, views, self[name] if name in FIELDS else repeat(ANY)), maxlen=0)
        return tuple(views)

    @property
    def filled(self) -> tuple[str, ...]:
        """The fields of which some rollout may hold another value than the default."""
        if self._filled is None:
            if self._rollouts is None:
                found = [name for name in FIELDS if self._holds(name)]
            else:
                given = reduce(or_, map(attrgetter("_given"), self._rollouts), 0)
                found = [name for name, bit in BITS.items() if given & bit]
            self._filled = tuple(found)
        return self._filled

    def _holds(self, name: str) -> bool:
        return not all(map(is_, self[name], repeat(None))) if name in OPTIONAL else any(self[name])

    def take(self, rows: NDArray[np.intp]) -> RolloutColumns:
        """Return the columns of just these rows, in this order."""
        wanted = rows.tolist()
        start = wanted[0] if wanted else 0
        if wanted == list(range(start, start + len(wanted))):
            if len(wanted) == self.size:
                return self
            # Rows that follow one another are a slice, which takes a fraction of the time.
            of: Callable[[Sequence[Any]], Any] = itemgetter(slice(start, start + len(wanted)))
        else:
            of = partial(_rows_of, rows=wanted)
        taken = RolloutColumns(len(wanted), lambda field: of(self[field]))
        # Of its own class. The rollouts only if they are asked for: to count references to each takes time.
        taken._filled = self._filled
        if self._rollouts is not None or self._of is not None:
            taken._of = lambda: of(self.rollouts)
        return taken


def _rows_of(column: Sequence[T], rows: list[int]) -> tuple[T, ...]:
    return tuple([column[row] for row in rows])


class Batch:
    """Rollouts that are scored together, with a cache of the data derived from them.

    Raises:
        InvalidCallError: two rollouts of one id, or something that is no rollout.
    """

    __slots__ = ("_derived", "columns", "rows")

    def __init__(
        self, rollouts: Sequence[Rollout] | RolloutColumns, *, rows: NDArray[np.intp] | None = None
    ) -> None:
        self.columns = rollouts if isinstance(rollouts, RolloutColumns) else RolloutColumns.of(rollouts)
        """The values of each field of :class:`Rollout`, row by row: `batch.columns["prompt"]`."""
        self.rows = np.arange(self.columns.size) if rows is None else rows
        """Index of each rollout in the batch of the call, shape (B,)."""
        self._derived: dict[Hashable, object] = {}
        if rows is None:
            refuse_shared_ids(self.columns["id"])

    @property
    def rollouts(self) -> tuple[Rollout, ...]:
        """The rollouts, row by row."""
        return self.columns.rollouts

    @property
    def ids(self) -> Sequence[str]:
        """The id of each rollout, empty where it has none."""
        return self.columns["id"]

    @property
    def completions(self) -> Sequence[str]:
        """The completion of each rollout."""
        return self.columns["completion"]

    @property
    def policy_texts(self) -> Sequence[str]:
        """The text of each rollout that the policy wrote, see :attr:`Rollout.policy_text`."""
        return self.derive("policy_texts", lambda batch: _policy_texts(batch.columns))

    @property
    def ground_truths(self) -> Sequence[str | Sequence[str] | None]:
        """The golds of each rollout, as :attr:`Rollout.ground_truth` has them."""
        return self.columns["ground_truth"]

    @property
    def think_prefilled(self) -> Sequence[bool]:
        """True for each completion that starts inside the reasoning."""
        return self.columns["think_prefilled"]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Rollout]:
        return iter(self.rollouts)

    def __getitem__(self, row: int) -> Rollout:
        return self.rollouts[row]

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Batch:
        """Return the batch of just these rows, in this order."""
        rows = np.asarray(rows, dtype=np.intp)
        return Batch(self.columns.take(rows), rows=self.rows[rows])

    def derive(self, key: Hashable, make: Callable[[Batch], T]) -> T:
        """Return `make(self)`, computed once per `key`: tokenised words, extracted answers."""
        if key not in self._derived:
            self._derived[key] = make(self)
        return self._derived[key]  # type: ignore[return-value]  # a key belongs to one type

    def missing(self, field: str) -> NDArray[np.intp]:
        """Return the rows whose rollouts lack `field`.

        `tokens` stands for any of the token fields, `metadata.k` for the key `k`.
        """
        return self.derive(("missing", field), lambda batch: _missing(batch, field))


def advice(field: str) -> str:
    """Return what to do where a rollout lacks `field`, which is named as in :meth:`Batch.missing`."""
    if field == "tokens":
        return "pass completion_ids (or logprobs), from which the length in tokens is read"
    return (field in FIELDS and FIELDS[field].fix) or f"give each rollout {field}"


def refuse_shared_ids(ids: Sequence[str]) -> None:
    """Raise unless the rollouts of a call with these `ids`, empty where they have none, can be told apart.

    Raises:
        InvalidCallError: two rollouts of one id.
    """
    different = set(ids)
    if len(different) == len(ids) or len(different) - ("" in different) == sum(map(bool, ids)):
        return
    seen: dict[str, int] = {}
    for row, id_ in enumerate(ids):
        if id_ and (first := seen.setdefault(id_, row)) != row:
            message = f"rollouts[{first}] and rollouts[{row}] share the id {id_!r}; ids are unique in a call"
            raise InvalidCallError(message)


def _policy_texts(columns: RolloutColumns) -> Sequence[str]:
    completions, turns = columns["completion"], columns["turns"]
    if turns.count(None) == len(turns):
        return completions
    return list(map(policy_text_of, completions, turns))


def _missing(batch: Batch, field: str) -> NDArray[np.intp]:
    if field == "tokens":
        tokens = zip(*(batch.columns[name] for name in TOKEN_FIELDS), strict=True)
        lacking = [all(one is None for one in row) for row in tokens]
    elif field.startswith("metadata."):
        key = field.removeprefix("metadata.")
        lacking = [key not in metadata for metadata in batch.columns["metadata"]]
    elif field in FIELDS:
        lacking = [value is None for value in batch.columns[field]]
    else:
        lacking = [getattr(rollout, field) is None for rollout in batch]
    return np.flatnonzero(np.asarray(lacking, dtype=np.bool_))
