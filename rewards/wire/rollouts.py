"""Between the wire and the domain: rollouts and recipe summaries, both ways and exact to the bit.

Whatever comes in is untrusted: a rollout that does not convert raises :class:`InvalidRolloutError`.
Scores are in :mod:`rewards.wire.scores`, errors of whole calls in :mod:`rewards.wire.status`.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING

from rewards.recipe.summary import RecipeSummary
from rewards.rollout import Rollout, RolloutColumns
from rewards.v1 import reward_service_pb2, rollout_pb2
from rewards.wire.field_forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "about_bytes",
    "rollout_from_wire",
    "rollout_to_wire",
    "rollouts_to_wire",
    "summary_from_wire",
    "summary_to_wire",
]

_ROLLOUT = 64
"""Bytes of a message around its texts and tokens."""


_AT_ONCE = 32
"""Messages held at a time: few enough that those of eight streams do not start Python's garbage collector."""


# Rollouts.


def rollouts_to_wire(rollouts: RolloutColumns, add: Callable[[], rollout_pb2.Rollout]) -> None:
    """Write rollouts into the messages that `add` returns: new ones of a request, say."""
    columns = [(FORMS[name], rollouts[name]) for name in rollouts.filled]
    for start in range(0, rollouts.size, _AT_ONCE):
        rows = slice(start, min(start + _AT_ONCE, rollouts.size))
        messages = [add() for _ in range(rows.start, rows.stop)]
        for form, column in columns:
            form.write(messages, column[rows])


def rollout_to_wire(rollout: Rollout) -> rollout_pb2.Rollout:
    """Return the message for one rollout."""
    message = rollout_pb2.Rollout()
    rollouts_to_wire(RolloutColumns.of([rollout]), lambda: message)
    return message


def about_bytes(rollouts: RolloutColumns) -> list[int]:
    """Return the approximate bytes of each rollout's message; the exact size is as costly as sending."""
    sizes = [_ROLLOUT] * rollouts.size
    for name in rollouts.filled:
        if (more := FORMS[name].sizes(rollouts[name])) is not None:
            sizes = list(map(add, sizes, more))
    return sizes


def rollout_from_wire(message: rollout_pb2.Rollout) -> Rollout:
    """Return the rollout in `message`, with all checks.

    Raises:
        InvalidRolloutError: it contradicts itself.
    """
    return Rollout(**{name: form.read((message,))[0] for name, form in FORMS.items()})


# Recipes.


def summary_to_wire(summary: RecipeSummary) -> reward_service_pb2.Recipe:
    """Return the message for `summary`."""
    scope = reward_service_pb2.RecipeScope.Value(f"RECIPE_SCOPE_{summary.scope.upper()}")
    return reward_service_pb2.Recipe(
        name=summary.name,
        version=summary.version,
        description=summary.description,
        digest=summary.digest,
        required_fields=summary.required_fields,
        optional_fields=summary.optional_fields,
        scope=scope,
        components=summary.components,
    )


def summary_from_wire(message: reward_service_pb2.Recipe) -> RecipeSummary:
    """Return the summary in `message`; any scope other than that of rows is taken for `group`."""
    return RecipeSummary(
        name=message.name,
        version=message.version,
        description=message.description,
        digest=message.digest,
        required_fields=tuple(message.required_fields),
        optional_fields=tuple(message.optional_fields),
        scope="row" if message.scope == reward_service_pb2.RECIPE_SCOPE_ROW else "group",
        components=tuple(message.components),
    )
