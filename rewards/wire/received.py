"""Rollouts as received in one message, read column by column where only one field is needed.

Most recipes look at completions and golds, and to make a rollout costs more than to judge it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewards.errors import InvalidRolloutError
from rewards.rollout import MOST_GOLDS, Batch, Rollout, refuse_shared_ids
from rewards.wire.rollouts import golds_from_wire, rollout_from_wire, rows_to_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rewards.v1 import rollout_pb2

__all__ = ["ReceivedBatch"]


class ReceivedBatch(Batch):
    """The rollouts in `messages`, each made on first access.

    In the place of a rollout that contradicts itself stands an empty one, and `invalid` says why.

    Raises:
        InvalidCallError: two rollouts of one id.
    """

    __slots__ = (
        "_checked",
        "_completions",
        "_ground_truths",
        "_made",
        "_messages",
        "_think_prefilled",
        "ids",
        "invalid",
    )

    def __init__(self, messages: Sequence[rollout_pb2.Rollout]) -> None:
        self._messages = messages
        self._made: tuple[Rollout, ...] | None = None
        self._derived = {}
        self.rows = np.arange(len(messages))
        self.ids: Sequence[str] = [message.id for message in messages]
        refuse_shared_ids(self.ids)
        self._completions = [message.completion for message in messages]
        self._ground_truths = golds_from_wire(messages)
        self._think_prefilled = [message.think_prefilled for message in messages]
        self.invalid: Mapping[int, InvalidRolloutError]
        """The errors of the rows whose rollouts contradict themselves."""
        crowded = [
            row
            for row, golds in enumerate(self._ground_truths)
            if type(golds) is tuple and len(golds) > MOST_GOLDS
        ]
        self._checked, self.invalid = _checked(messages, [*rows_to_check(messages), *crowded])
        for row in self.invalid:
            self._completions[row], self._ground_truths[row], self._think_prefilled[row] = "", None, False

    @property
    def rollouts(self) -> tuple[Rollout, ...]:
        if self._made is None:
            self._made = tuple(map(self.__getitem__, range(len(self._messages))))
        return self._made

    def __getitem__(self, row: int) -> Rollout:
        if self._made is not None:
            return self._made[row]
        return self._checked.get(row) or rollout_from_wire(self._messages[row])

    @property
    def completions(self) -> Sequence[str]:
        return self._completions

    @property
    def ground_truths(self) -> Sequence[str | Sequence[str] | None]:
        return self._ground_truths

    @property
    def think_prefilled(self) -> Sequence[bool]:
        return self._think_prefilled


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
