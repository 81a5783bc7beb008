"""Between the wire and the domain: rollouts and recipe summaries, both ways and exact to the bit.

Whatever comes in is untrusted: a rollout that does not convert raises :class:`InvalidRolloutError`.
Scores are in :mod:`rewards.wire.scores`, errors of whole calls in :mod:`rewards.wire.status`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewards.recipe.summary import RecipeSummary
from rewards.rollout import OPTIONAL, SETTERS, TOKEN_FIELDS, Rollout
from rewards.v1 import reward_service_pb2, rollout_pb2
from rewards.wire.field_forms import DESCRIPTORS, FORMS, function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewards.wire.field_forms import FieldForm

__all__ = [
    "READERS",
    "about_bytes",
    "rollout_from_wire",
    "rollout_to_wire",
    "rows_with_tokens",
    "summary_from_wire",
    "summary_to_wire",
]


# Rollouts.


def rollout_to_wire(
    rollout: Rollout, make: Callable[[], rollout_pb2.Rollout] = rollout_pb2.Rollout
) -> rollout_pb2.Rollout:
    """Return the message for `rollout`, created by `make`: within a request, say."""
    return _write(rollout, make())  # type: ignore[no-any-return]


def about_bytes(rollout: Rollout) -> int:
    """Return the approximate bytes of the message for `rollout`; the exact size is as costly as sending."""
    return _size(rollout, 64)  # type: ignore[no-any-return]


def rollout_from_wire(message: rollout_pb2.Rollout) -> Rollout:
    """Return the rollout in `message`.

    Raises:
        InvalidRolloutError: it contradicts itself.
    """
    return _read(message)  # type: ignore[no-any-return]


READERS: Mapping[str, Callable[[Sequence[rollout_pb2.Rollout]], list[Any]]] = {
    name: function("messages", [f"return [{form.read} for message in messages]"])
    for name, form in FORMS.items()
}
"""Of each field of a rollout, the function that reads it from many messages."""

_HAS_TOKENS = " or ".join(f"message.HasField({DESCRIPTORS[name].name!r})" for name in TOKEN_FIELDS)

rows_with_tokens: Callable[[Sequence[rollout_pb2.Rollout]], list[int]] = function(
    "messages", [f"return [row for row, message in enumerate(messages) if {_HAS_TOKENS}]"]
)
"""Return the rows of the messages that have token fields, in which there may be what no rollout holds."""


def _checked(message: rollout_pb2.Rollout) -> Rollout:
    return Rollout(**{name: read((message,))[0] for name, read in READERS.items()})


_read = function(
    "message",
    [
        f"if {_HAS_TOKENS}:",
        "    return checked(message)",
        "rollout = new(Rollout)",  # to check what protobuf has checked would take as long again
        *(f"put_{name}(rollout, {form.read})" for name, form in FORMS.items()),
        "return rollout",
    ],
    checked=_checked,
    new=object.__new__,
    Rollout=Rollout,
    **{f"put_{name}": put for name, put in SETTERS.items()},
)


def _of_each_field(line: Callable[[FieldForm], str], result: str) -> Callable[..., Any]:
    """Return the function of a rollout and `result` that runs `line` for each field that the rollout has."""
    lines = []
    for name, form in FORMS.items():
        there = " is not None" if name in OPTIONAL else ""  # the others are empty where they are not there
        lines += [f"if (value := rollout.{name}){there}:", f"    {line(form)}"]
    return function(f"rollout, {result}", [*lines, f"return {result}"])


_write = _of_each_field(lambda form: form.write, "message")
_size = _of_each_field(lambda form: f"size += {form.size}", "size")


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
