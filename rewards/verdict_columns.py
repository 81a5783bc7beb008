"""The verdicts of a batch as columns: the distinct verdicts, and for each row the index of its own.

What travels and what is counted, without a look at every row of it, and without an object made for each
verdict that nobody looks at.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rewards.deferred import Deferred
from rewards.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.verdict import Method, Status, Verdict

__all__ = ["ChosenVerdicts", "VerdictColumns", "columns_of"]


class VerdictColumns(NamedTuple):
    """Distinct verdicts, field by field."""

    statuses: Sequence[Status]
    extracted: Sequence[str | None]
    methods: Sequence[Method | None]
    reasons: Sequence[str]
    seconds: Sequence[float]


class ChosenVerdicts(Deferred["Verdict | None"]):
    """The verdicts of rows by index into `columns`, counted from 1; 0 stands for no verdict.

    >>> from rewards.verdict import Status
    >>> right = VerdictColumns([Status.CORRECT], ["4"], [None], [""], [0.0])
    >>> [row and row.extracted for row in ChosenVerdicts(right, [1, 0, 1])]
    ['4', None, '4']
    """

    __slots__ = ("choices", "columns")

    def __init__(self, columns: VerdictColumns, choices: Sequence[int]) -> None:
        self.columns = columns
        self.choices = choices
        super().__init__(len(choices), partial(_row_by_row, columns, choices))

    def take(self, rows: Sequence[int]) -> ChosenVerdicts:
        """Return the verdicts of just these rows, and no others in the columns.

        >>> from rewards.verdict import Status
        >>> columns = VerdictColumns([Status.CORRECT] * 2, ["4", "5"], [None] * 2, [""] * 2, [0.0] * 2)
        >>> ChosenVerdicts(columns, [1, 2, 0]).take([2, 1]).columns.extracted
        ['5']
        """
        choices = self.choices
        numbers: dict[int, int] = {0: 0}
        taken = [numbers.setdefault(choices[row], len(numbers)) for row in rows]
        del numbers[0]
        kept = [number - 1 for number in numbers]
        statuses, extracted, methods, reasons, seconds = self.columns
        columns = VerdictColumns(
            [statuses[at] for at in kept],
            [extracted[at] for at in kept],
            [methods[at] for at in kept],
            [reasons[at] for at in kept],
            [seconds[at] for at in kept],
        )
        return ChosenVerdicts(columns, taken)


def columns_of(verdicts: Sequence[Verdict | None]) -> tuple[VerdictColumns, Sequence[int]]:
    """Return the distinct verdicts, and for each row the index of its own, counted from 1; 0 for none."""
    if isinstance(verdicts, ChosenVerdicts):
        return verdicts.columns, verdicts.choices
    # By identity: the judge gives one object to all rows with one answer, and to look is all it costs.
    numbers: dict[int, int] = {id(None): 0}
    different: list[Verdict] = []
    choices: list[int] = []
    for verdict in verdicts:
        if (choice := numbers.get(id(verdict))) is None and verdict is not None:
            different.append(verdict)
            choice = numbers[id(verdict)] = len(different)
        choices.append(choice or 0)
    columns = VerdictColumns(
        [one.status for one in different],
        [one.extracted for one in different],
        [one.method for one in different],
        [one.reason for one in different],
        [one.seconds for one in different],
    )
    return columns, choices


def _row_by_row(columns: VerdictColumns, choices: Sequence[int]) -> list[Verdict | None]:
    different = [None, *map(verdict_of, *columns)]
    return [different[choice] for choice in choices]
