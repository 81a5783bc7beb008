"""The verdicts of a batch as columns: each different one once, and for each row which is its own.

What travels and what is counted, without a look at every row of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rewards.deferred import Deferred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.verdict import Verdict

__all__ = ["ChosenVerdicts", "choices_of"]


class ChosenVerdicts(Deferred["Verdict | None"]):
    """For each row the verdict `different[choices[row]]`, where `different[0]` is None.

    >>> from rewards.verdict import Status, Verdict
    >>> right = Verdict(status=Status.CORRECT)
    >>> ChosenVerdicts([None, right], [1, 0, 1]) == [right, None, right]
    True
    """

    __slots__ = ("choices", "different")

    def __init__(self, different: Sequence[Verdict | None], choices: list[int]) -> None:
        self.different = different
        self.choices = choices
        super().__init__(len(choices), partial(_row_by_row, different, choices))


def choices_of(verdicts: Sequence[Verdict | None]) -> tuple[Sequence[Verdict], list[int]]:
    """The different verdicts, and for each row which of them is its own, counted from 1; 0 for none."""
    if isinstance(verdicts, ChosenVerdicts):
        return verdicts.different[1:], verdicts.choices  # type: ignore[return-value]  # None is the first alone
    # By identity: the judge gives one object to all rows with one answer, and to look is all it costs.
    numbers: dict[int, int] = {id(None): 0}
    different: list[Verdict] = []
    choices: list[int] = []
    for verdict in verdicts:
        if (choice := numbers.get(id(verdict))) is None and verdict is not None:
            different.append(verdict)
            choice = numbers[id(verdict)] = len(different)
        choices.append(choice or 0)
    return different, choices


def _row_by_row(different: Sequence[Verdict | None], choices: list[int]) -> list[Verdict | None]:
    return [different[choice] for choice in choices]
