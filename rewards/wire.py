"""Between the wire and the domain: rollouts, scores and recipe summaries, both ways and exact to the bit.

The only file that reads or writes the fields of `rewards.v1` messages that carry data. Whatever
comes in is untrusted: a rollout that does not convert raises :class:`InvalidRolloutError`, scores
that do not convert raise :class:`ProtocolError`. Errors of whole calls are in
:mod:`rewards.wire_errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from rewards.errors import InvalidRolloutError, MissingFieldError, ProtocolError
from rewards.reward import Span
from rewards.rollout import Rollout
from rewards.scores import Scores
from rewards.summary import RecipeSummary
from rewards.v1 import reward_service_pb2, rollout_pb2, score_pb2
from rewards.verdict import Method, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.rollout import FinishReason

    class _Packed(Protocol):
        """A message whose only field, number 1, is a packed array of elements of a fixed width."""

        def MergeFromString(self, serialized: bytes) -> int: ...  # noqa: N802
        def SerializeToString(self) -> bytes: ...  # noqa: N802
        def DiscardUnknownFields(self) -> None: ...  # noqa: N802
        def SetInParent(self) -> None: ...  # noqa: N802


__all__ = [
    "header_to_wire",
    "invalid_to_wire",
    "rollout_from_wire",
    "rollout_to_wire",
    "scores_from_wire",
    "scores_to_wire",
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
_STATUS_TO_WIRE = {
    status: score_pb2.VerdictStatus.Value(f"VERDICT_STATUS_{status.name}") for status in Status
}
_STATUS_FROM_WIRE: Mapping[int, Status] = {number: status for status, number in _STATUS_TO_WIRE.items()}
_METHOD_TO_WIRE = {
    method: score_pb2.VerdictMethod.Value(f"VERDICT_METHOD_{method.name}") for method in Method
}
_METHOD_FROM_WIRE: Mapping[int, Method | None] = {
    score_pb2.VERDICT_METHOD_UNSPECIFIED: None,
    **{number: method for method, number in _METHOD_TO_WIRE.items()},
}
_FIRST_FIELD_PACKED = b"\x0a"
"""The tag of field 1 with wire type 2, which a packed array has."""

_MORE = 0x80
"""The bit of a variable-length integer that says that another byte of it follows."""


# Rollouts.


def rollout_to_wire(rollout: Rollout) -> rollout_pb2.Rollout:
    """The message for `rollout`."""
    message = rollout_pb2.Rollout(
        id=rollout.id,
        prompt=rollout.prompt,
        completion=rollout.completion,
        ground_truths=rollout.golds,
        think_prefilled=rollout.think_prefilled,
        group_id=rollout.group_id,
        metadata=rollout.metadata,
    )
    if rollout.finish_reason is not None:
        message.finish_reason = _FINISH_TO_WIRE[rollout.finish_reason]
    if rollout.completion_ids is not None:
        _pack(message.completion_ids, np.asarray(rollout.completion_ids, dtype="<i4"))
    if rollout.logprobs is not None:
        _pack(message.logprobs, np.asarray(rollout.logprobs, dtype="<f4"))
    if rollout.completion_mask is not None:
        _pack(message.completion_mask, np.asarray(rollout.completion_mask, dtype=np.bool_))
    return message


def rollout_from_wire(message: rollout_pb2.Rollout) -> Rollout:
    """The rollout in `message`.

    Raises:
        InvalidRolloutError: it contradicts itself.
    """
    if message.finish_reason not in _FINISH_FROM_WIRE:
        text = f"finish_reason is {message.finish_reason}; this version knows {sorted(_FINISH_FROM_WIRE)}"
        raise InvalidRolloutError(text, field="finish_reason")
    golds = message.ground_truths
    has = message.HasField
    return Rollout(
        id=message.id,
        prompt=message.prompt,
        completion=message.completion,
        ground_truth=None if not golds else golds[0] if len(golds) == 1 else tuple(golds),
        completion_ids=_unpack(message.completion_ids, "<i4") if has("completion_ids") else None,
        logprobs=_unpack(message.logprobs, "<f4") if has("logprobs") else None,
        completion_mask=_unpack(message.completion_mask, "?") if has("completion_mask") else None,
        finish_reason=_FINISH_FROM_WIRE[message.finish_reason],
        think_prefilled=message.think_prefilled,
        group_id=message.group_id if has("group_id") else None,
        metadata=dict(message.metadata),
    )


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


# Scores.


def header_to_wire(scores: Scores, *, server_version: str) -> score_pb2.ScoreHeader:
    """What holds for any scores by the same recipe; `scores` may be of no rollout at all."""
    return score_pb2.ScoreHeader(
        recipe=scores.recipe,
        recipe_digest=scores.recipe_digest,
        environment_digest=scores.environment_digest,
        nodes=[
            score_pb2.Node(label=label, is_component=label in scores.components) for label in scores.nodes
        ],
        server_version=server_version,
    )


def scores_to_wire(
    scores: Scores, indices: Sequence[int], ids: Sequence[str], *, spans: bool = True, parts: bool = True
) -> score_pb2.ScoreBlock:
    """The block for `scores`, whose row k belongs to the rollout with index `indices[k]` and id `ids[k]`."""
    block = score_pb2.ScoreBlock(part_names=list(scores.parts) if parts else ())
    values = _rows(list(scores.nodes.values()), len(scores))
    sub_values = _rows(list(scores.parts.values()) if parts else [], len(scores))
    node_of = {label: number for number, label in enumerate(scores.nodes)}
    add = block.scores.add
    for row, total in enumerate(scores.totals.tolist()):
        if row in scores.errors:
            block.scores.append(invalid_to_wire(indices[row], ids[row], scores.errors[row]))
            continue
        score = add(
            index=indices[row],
            id=ids[row],
            status=score_pb2.ROLLOUT_STATUS_OK,
            total=total,
            values=values[row],
            parts=sub_values[row],
        )
        if (verdict := scores.verdicts[row]) is not None:
            _verdict_to_wire(verdict, score.verdict)
        if spans:
            for label, found in scores.spans[row].items():
                score.spans.add(
                    node=node_of[label],
                    spans=[
                        score_pb2.Span(start=span.start, end=span.end, label=span.label) for span in found
                    ],
                )
    return block


def invalid_to_wire(index: int, id_: str, error: InvalidRolloutError) -> score_pb2.RolloutScore:
    """What comes back for a rollout that cannot be scored."""
    missing = isinstance(error, MissingFieldError)
    return score_pb2.RolloutScore(
        index=index,
        id=id_,
        status=score_pb2.ROLLOUT_STATUS_INVALID,
        error=score_pb2.RolloutError(
            reason=score_pb2.ROLLOUT_ERROR_REASON_MISSING_FIELD
            if missing
            else score_pb2.ROLLOUT_ERROR_REASON_INVALID,
            field=error.field,
            reward=error.reward,
            message=str(error),
        ),
    )


def scores_from_wire(
    block: score_pb2.ScoreBlock, header: score_pb2.ScoreHeader, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Scores]:
    """The scores in `block`, and the row of the caller that each belongs to.

    Args:
        block: what the server sent.
        header: what it sent before.
        rows: for each index that the server may use, the caller's row.

    Raises:
        ProtocolError: an index beyond `rows`, values that do not match the header, or a status of a
            later version.
    """
    indices = np.asarray([score.index for score in block.scores], dtype=np.intp)
    if (indices >= len(rows)).any():
        message = f"the server answered rollout {indices.max()} of {len(rows)}"
        raise ProtocolError(message)
    given = rows[indices]
    errors = {
        at: _error_from_wire(score, int(given[at]))
        for at, score in enumerate(block.scores)
        if score.status == score_pb2.ROLLOUT_STATUS_INVALID
    }
    scored = [at for at in range(len(block.scores)) if at not in errors]
    if any(block.scores[at].status != score_pb2.ROLLOUT_STATUS_OK for at in scored):
        message = "the server sent a rollout status that this version does not know"
        raise ProtocolError(message)
    labels = [node.label for node in header.nodes]
    nodes = _columns(labels, [block.scores[at].values for at in scored], scored, len(indices))
    parts = _columns(list(block.part_names), [block.scores[at].parts for at in scored], scored, len(indices))
    return given, Scores(
        totals=np.asarray([score.total if score.HasField("total") else np.nan for score in block.scores]),
        components={node.label: nodes[node.label] for node in header.nodes if node.is_component},
        nodes=nodes,
        verdicts=[
            _verdict_from_wire(score.verdict) if score.HasField("verdict") else None for score in block.scores
        ],
        spans=[_spans_from_wire(score, labels) if score.spans else {} for score in block.scores],
        parts=parts,
        errors=errors,
        recipe=header.recipe,
        recipe_digest=header.recipe_digest,
        environment_digest=header.environment_digest,
    )


def _rows(columns: list[NDArray[np.float64]], size: int) -> list[list[float]]:
    rows: list[list[float]] = np.column_stack(columns).tolist() if columns else [[]] * size
    return rows


def _columns(
    names: list[str], values: Sequence[Sequence[float]], scored: list[int], size: int
) -> dict[str, NDArray[np.float64]]:
    if any(len(some) != len(names) for some in values):
        message = f"the server announced {len(names)} values per rollout and sent another number of them"
        raise ProtocolError(message)
    table = np.full((len(names), size), np.nan)
    if names and scored:
        table[:, scored] = np.asarray([list(some) for some in values]).T
    return dict(zip(names, table, strict=True))


def _verdict_to_wire(verdict: Verdict, message: score_pb2.Verdict) -> None:
    message.status = _STATUS_TO_WIRE[verdict.status]
    if verdict.method is not None:
        message.method = _METHOD_TO_WIRE[verdict.method]
    if verdict.extracted is not None:
        message.extracted = verdict.extracted
    message.reason = verdict.reason
    message.seconds = verdict.seconds


def _verdict_from_wire(message: score_pb2.Verdict) -> Verdict:
    try:
        status, method = _STATUS_FROM_WIRE[message.status], _METHOD_FROM_WIRE[message.method]
    except KeyError as error:
        text = f"the server sent a verdict ({error}) that this version does not know"
        raise ProtocolError(text) from None
    return Verdict(
        status=status,
        method=method,
        extracted=message.extracted if message.HasField("extracted") else None,
        reason=message.reason,
        seconds=message.seconds,
    )


def _spans_from_wire(score: score_pb2.RolloutScore, labels: list[str]) -> dict[str, tuple[Span, ...]]:
    if any(of_node.node >= len(labels) for of_node in score.spans):
        message = f"the server sent spans of a node beyond the {len(labels)} announced"
        raise ProtocolError(message)
    return {
        labels[of_node.node]: tuple(Span(span.start, span.end, span.label) for span in of_node.spans)
        for of_node in score.spans
    }


def _error_from_wire(score: score_pb2.RolloutScore, row: int) -> InvalidRolloutError:
    error = score.error
    kind = (
        MissingFieldError
        if error.reason == score_pb2.ROLLOUT_ERROR_REASON_MISSING_FIELD
        else InvalidRolloutError
    )
    # The server calls a rollout without id by its place in the message; the caller knows another.
    message = error.message.replace(f"rollouts[{score.index}]", f"rollouts[{row}]", 1)
    return kind(message, field=error.field, reward=error.reward)


# Recipes.


def summary_to_wire(summary: RecipeSummary) -> reward_service_pb2.Recipe:
    """The message for `summary`."""
    scope = reward_service_pb2.RecipeScope.Value(f"RECIPE_SCOPE_{summary.scope.upper()}")
    return reward_service_pb2.Recipe(
        name=summary.name,
        version=summary.version,
        description=summary.description,
        digest=summary.digest,
        required_fields=summary.required_fields,
        scope=scope,
        components=summary.components,
    )


def summary_from_wire(message: reward_service_pb2.Recipe) -> RecipeSummary:
    """The summary in `message`; whatever is not known to look at single rows is taken to look at groups."""
    return RecipeSummary(
        name=message.name,
        version=message.version,
        description=message.description,
        digest=message.digest,
        required_fields=tuple(message.required_fields),
        scope="row" if message.scope == reward_service_pb2.RECIPE_SCOPE_ROW else "group",
        components=tuple(message.components),
    )
