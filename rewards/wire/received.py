"""Rollouts as received in one message, read field by field as far as somebody asks for the field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidRolloutError
from rewards.rollout import Batch, Rollout, RolloutColumns
from rewards.wire.field_forms import FORMS, FieldForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rewards.v1 import rollout_pb2

__all__ = ["ReceivedBatch"]

_DOUBTED = [(name, form) for name, form in FORMS.items() if type(form).doubtful is not FieldForm.doubtful]


class ReceivedBatch(Batch):
    """The rollouts in `messages`.

    In the place of a rollout that contradicts itself stands an empty one, and `invalid` says why.

    Raises:
        InvalidCallError: two rollouts of one id.
    """

    __slots__ = ("invalid",)

    def __init__(self, messages: Sequence[rollout_pb2.Rollout]) -> None:
        columns = RolloutColumns(len(messages), lambda field: FORMS[field].read(messages))
        doubtful: set[int] = set()
        for name, form in _DOUBTED:
            doubtful.update(form.doubtful(messages, partial(columns.__getitem__, name)))
        checked, invalid = _checked(columns, sorted(doubtful))
        if checked:
            columns = RolloutColumns(len(messages), partial(_corrected, columns, checked))
        super().__init__(columns)
        self.invalid: Mapping[int, InvalidRolloutError] = invalid
        """The errors of the rows whose rollouts contradict themselves."""


def _checked(
    columns: RolloutColumns, rows: Iterable[int]
) -> tuple[dict[int, Rollout], dict[int, InvalidRolloutError]]:
    """Return the rollouts of `rows`, made with all checks, and the errors of those that fail."""
    checked: dict[int, Rollout] = {}
    invalid: dict[int, InvalidRolloutError] = {}
    for row in rows:
        fields = {name: columns[name][row] for name in FORMS}
        try:
            checked[row] = Rollout(**fields)
        except InvalidRolloutError as error:
            invalid[row] = error
            checked[row] = Rollout(completion="", id=fields["id"])
    return checked, invalid


def _corrected(columns: RolloutColumns, checked: Mapping[int, Rollout], field: str) -> Sequence[Any]:
    """Return a column with the values of the rollouts that were checked in their rows."""
    column = list(columns[field])
    for row, rollout in checked.items():
        column[row] = getattr(rollout, field)
    return column
