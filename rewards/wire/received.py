"""Rollouts as received in one message, read field by field as far as somebody asks for the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidRolloutError
from rewards.rollout import Batch, Rollout, RolloutColumns
from rewards.v1 import rollout_pb2
from rewards.wire.field_forms import FORMS
from rewards.wire.rollouts import READERS, rollout_from_wire, rows_with_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ReceivedBatch"]

_EMPTY = rollout_pb2.Rollout()
_REFUSING = tuple(name for name, form in FORMS.items() if form.refuses)


class ReceivedBatch(Batch):
    """The rollouts in `messages`.

    In the place of a rollout that contradicts itself stands an empty one, and `invalid` says why.

    Raises:
        InvalidCallError: two rollouts of one id.
    """

    __slots__ = ("invalid",)

    def __init__(self, messages: Sequence[rollout_pb2.Rollout]) -> None:
        checked, invalid = _checked(messages, rows_with_tokens(messages))
        columns = _columns(messages, checked)
        try:
            for field in _REFUSING:
                columns[field]
        except InvalidRolloutError:
            checked, invalid = _checked(messages, range(len(messages)))
            columns = _columns(messages, checked)
        super().__init__(columns)
        self.invalid: Mapping[int, InvalidRolloutError] = invalid
        """The errors of the rows whose rollouts contradict themselves."""


def _columns(messages: Sequence[rollout_pb2.Rollout], checked: Mapping[int, Rollout]) -> RolloutColumns:
    """Return the columns of `messages`; some rows are those of rollouts that were checked already."""
    if len(checked) == len(messages):
        return RolloutColumns.of([checked[row] for row in range(len(messages))])
    if checked:
        messages = [_EMPTY if row in checked else message for row, message in enumerate(messages)]

    def read(field: str) -> Sequence[Any]:
        column = READERS[field](messages)
        for row, rollout in checked.items():
            column[row] = getattr(rollout, field)
        return column

    return RolloutColumns(len(messages), read)


def _checked(
    messages: Sequence[rollout_pb2.Rollout], rows: Iterable[int]
) -> tuple[dict[int, Rollout], dict[int, InvalidRolloutError]]:
    """Return the rollouts of `rows`, converted with all checks, and the errors of those that fail."""
    checked: dict[int, Rollout] = {}
    invalid: dict[int, InvalidRolloutError] = {}
    for row in rows:
        message = messages[row]
        try:
            checked[row] = rollout_from_wire(message)
        except InvalidRolloutError as error:
            invalid[row] = error
            checked[row] = Rollout(completion="", id=message.id)
    return checked, invalid
