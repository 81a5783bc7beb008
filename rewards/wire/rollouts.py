"""Between the wire and the domain: rollouts and recipe summaries, both ways and exact to the bit.

Whatever comes in is untrusted: a rollout that does not convert raises :class:`InvalidRolloutError`.
Scores are in :mod:`rewards.wire.scores`, errors of whole calls in :mod:`rewards.wire.status`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rewards.errors import InvalidRolloutError
from rewards.recipe.summary import RecipeSummary
from rewards.rollout import Rollout, refuse_many_golds, rollout_from_trusted
from rewards.v1 import reward_service_pb2, rollout_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from rewards.rollout import FinishReason

    class _Packed(Protocol):
        """A message whose only field, number 1, is a packed array of elements of a fixed width."""

        def MergeFromString(self, serialized: bytes) -> int: ...  # noqa: N802
        def SerializeToString(self) -> bytes: ...  # noqa: N802
        def DiscardUnknownFields(self) -> None: ...  # noqa: N802
        def SetInParent(self) -> None: ...  # noqa: N802


__all__ = [
    "about_bytes",
    "golds_from_wire",
    "rollout_from_wire",
    "rollout_to_wire",
    "rows_to_check",
    "summary_from_wire",
    "summary_to_wire",
]

_FINISH_TO_WIRE: Mapping[FinishReason, rollout_pb2.FinishReason.ValueType] = {
    "stop": rollout_pb2.FINISH_REASON_STOP,
    "length": rollout_pb2.FINISH_REASON_LENGTH,
}
_FINISH_FROM_WIRE: Mapping[int, FinishReason | None] = {
    rollout_pb2.FINISH_REASON_UNSPECIFIED: None,
    **{number: finish for finish, number in _FINISH_TO_WIRE.items()},
}
_FIRST_FIELD_PACKED = b"\x0a"
"""The tag of field 1 with wire type 2, which a packed array has."""

_PART = 8
"""Bytes around a gold or an entry of metadata, rather too many: empty ones are work for the server, too."""

_MORE = 0x80
"""The bit of a variable-length integer that says that another byte of it follows."""


# Rollouts.


def rollout_to_wire(
    rollout: Rollout, make: Callable[[], rollout_pb2.Rollout] = rollout_pb2.Rollout
) -> rollout_pb2.Rollout:
    """Return the message for `rollout`, created by `make`: within a request, say."""
    message = make()
    # Every field costs, even where it holds what it would hold anyway; keywords would cost twice as much.
    message.completion = rollout.completion
    if rollout.id:
        message.id = rollout.id
    if rollout.prompt:
        message.prompt = rollout.prompt
    if isinstance(golds := rollout.ground_truth, str):
        message.ground_truths.append(golds)
    elif golds is not None:
        message.ground_truths.extend(golds)
    if rollout.group_id is not None:
        message.group_id = rollout.group_id
    if rollout.think_prefilled:
        message.think_prefilled = True
    if rollout.metadata:
        message.metadata.update(rollout.metadata)
    if rollout.finish_reason is not None:
        message.finish_reason = _FINISH_TO_WIRE[rollout.finish_reason]
    _tokens_to_wire(rollout, message)
    return message


def _tokens_to_wire(rollout: Rollout, message: rollout_pb2.Rollout) -> None:
    if rollout.completion_ids is not None:
        _pack(message.completion_ids, np.asarray(rollout.completion_ids, dtype="<i4"))
    if rollout.logprobs is not None:
        _pack(message.logprobs, np.asarray(rollout.logprobs, dtype="<f4"))
    if rollout.completion_mask is not None:
        _pack(message.completion_mask, np.asarray(rollout.completion_mask, dtype=np.bool_))


def about_bytes(rollout: Rollout) -> int:
    """Return the approximate bytes of the message for `rollout`; the exact size is as costly as sending."""
    text = 64 + len(rollout.completion) + len(rollout.prompt)
    if isinstance(golds := rollout.ground_truth, str):
        text += len(golds)
    elif golds is not None:
        text += _PART * len(golds) + sum(map(len, golds))
    if metadata := rollout.metadata:
        text += sum(_PART + len(key) + len(value) for key, value in metadata.items())
    tokens = rollout.num_tokens
    return text if tokens is None else text + 9 * tokens


def rollout_from_wire(message: rollout_pb2.Rollout) -> Rollout:
    """Return the rollout in `message`.

    Raises:
        InvalidRolloutError: it contradicts itself.
    """
    if (finish := message.finish_reason) not in _FINISH_FROM_WIRE:
        text = f"finish_reason is {finish}; this version knows {sorted(_FINISH_FROM_WIRE)}"
        raise InvalidRolloutError(text, field="finish_reason")
    golds = golds_from_wire((message,))[0]
    if type(golds) is tuple:
        refuse_many_golds(len(golds))
    has = message.HasField
    # What protobuf took for text is text: it holds no lone surrogates.
    rollout = rollout_from_trusted(
        message.completion,
        message.id,
        message.prompt,
        golds,
        _FINISH_FROM_WIRE[finish],
        message.think_prefilled,
        message.group_id if has("group_id") else None,
        dict(metadata) if (metadata := message.metadata) else {},
    )
    if not _has_tokens(message):
        return rollout
    return dataclasses.replace(
        rollout,
        completion_ids=_unpack(message.completion_ids, "<i4") if has("completion_ids") else None,
        logprobs=_unpack(message.logprobs, "<f4") if has("logprobs") else None,
        completion_mask=_unpack(message.completion_mask, "?") if has("completion_mask") else None,
    )


def golds_from_wire(messages: Iterable[rollout_pb2.Rollout]) -> list[str | tuple[str, ...] | None]:
    """Return the :attr:`Rollout.ground_truth` of each of the rollouts in `messages`."""
    return [
        golds[0] if len(golds := message.ground_truths) == 1 else tuple(golds) or None for message in messages
    ]


def rows_to_check(messages: Iterable[rollout_pb2.Rollout]) -> list[int]:
    """Return the rows of `messages` that :func:`rollout_from_wire` may refuse, other than for many golds."""
    known = _FINISH_FROM_WIRE
    return [
        row
        for row, message in enumerate(messages)
        # As `_has_tokens`, without a call for each.
        if (has := message.HasField)("completion_ids")
        or has("logprobs")
        or has("completion_mask")
        or message.finish_reason not in known
    ]


def _has_tokens(message: rollout_pb2.Rollout) -> bool:
    has = message.HasField
    return has("completion_ids") or has("logprobs") or has("completion_mask")


def _pack(message: _Packed, array: NDArray[np.generic]) -> None:
    # A packed array of a fixed width is its tag, its length in bytes, and the bytes of the array. To
    # write them as such is a hundred times faster than to hand over one Python number per token.
    raw = array.tobytes()
    message.SetInParent()
    message.MergeFromString(_FIRST_FIELD_PACKED + _varint(len(raw)) + raw)


def _unpack(message: _Packed, dtype: str) -> NDArray[np.generic]:
    message.DiscardUnknownFields()  # so that nothing but the array is left
    raw = message.SerializeToString()
    if not raw:
        return np.empty(0, dtype)
    start = 1
    while raw[start] & _MORE:  # skip the length
        start += 1
    return np.frombuffer(raw, dtype, offset=start + 1)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= _MORE:
        found.append(number % _MORE | _MORE)
        number //= _MORE
    found.append(number)
    return bytes(found)


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
