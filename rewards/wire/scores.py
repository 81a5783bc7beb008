"""Scores between the wire and the domain, exact to the bit, column by column: nothing is done per number.

What comes in is untrusted: scores that do not convert raise :class:`ProtocolError`. Rollouts and recipes
are in :mod:`rewards.wire.rollouts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewards.columns import SpanColumns, SpansByComponent, VerdictColumns
from rewards.errors import InvalidRolloutError, MissingFieldError, ProtocolError
from rewards.scores import Scores, first_verdicts
from rewards.v1 import score_pb2
from rewards.verdict import Method, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.verdict import Verdict

__all__ = ["header_to_wire", "scores_from_wire", "scores_to_wire"]

_STATUS_TO_WIRE = {
    status: score_pb2.VerdictStatus.Value(f"VERDICT_STATUS_{status.name}") for status in Status
}
_STATUS_FROM_WIRE: Mapping[int, Status] = {number: status for status, number in _STATUS_TO_WIRE.items()}
_METHOD_TO_WIRE: dict[Method | None, score_pb2.VerdictMethod.ValueType] = {
    None: score_pb2.VERDICT_METHOD_UNSPECIFIED,
    **{method: score_pb2.VerdictMethod.Value(f"VERDICT_METHOD_{method.name}") for method in Method},
}
_METHOD_FROM_WIRE: Mapping[int, Method | None] = {
    number: method for method, number in _METHOD_TO_WIRE.items()
}


def header_to_wire(scores: Scores, *, server_version: str) -> score_pb2.ScoreHeader:
    """Return the header common to all scores by the same recipe; `scores` may be of no rollout at all."""
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
    scores: Scores,
    indices: Sequence[int],
    ids: Sequence[str],
    block: score_pb2.ScoreBlock,
    *,
    spans: bool = True,
    parts: bool = True,
) -> None:
    """Write `scores` into `block`; row k belongs to the rollout with index `indices[k]` and id `ids[k]`."""
    node_of = {label: number for number, label in enumerate(scores.nodes)}
    block.indices.extend(indices)
    if any(ids):
        block.ids.extend(ids)
    block.totals.extend(scores.totals.tolist())
    block.values.extend(_table(scores.nodes.values()))
    block.errors.extend([_error_to_wire(row, error) for row, error in scores.errors.items()])
    for label, verdicts in scores.judgements.items():
        _verdicts_to_wire(verdicts, block.verdicts.add(node=node_of[label]))
    if parts:
        block.part_names.extend(scores.parts)
        block.parts.extend(_table(scores.parts.values()))
    if spans:
        for label, columns in SpansByComponent.of(scores.spans).columns.items():
            if len(columns.rows):
                _spans_to_wire(columns, block.spans.add(node=node_of[label]))


def scores_from_wire(
    block: score_pb2.ScoreBlock, header: score_pb2.ScoreHeader, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], Scores]:
    """Return the scores in `block`, and the row of the caller that each belongs to.

    Args:
        block: what the server sent.
        header: what it sent before.
        rows: for each index that the server may use, the caller's row.

    Raises:
        ProtocolError: an index beyond `rows`, columns that do not match each other or the header, or a
            verdict of a later version.
    """
    indices = np.asarray(block.indices, dtype=np.intp)
    size = len(indices)
    _refuse(size > 0 and int(indices.max()) >= len(rows), f"an answer for one rollout beyond {len(rows)}")
    _refuse(len(block.totals) != size, "another number of totals than of rollouts")
    given = rows[indices]
    labels = [node.label for node in header.nodes]
    nodes = _columns(labels, block.values, size)
    judgements = {
        _label(verdicts.node, labels): _verdicts_from_wire(verdicts, size) for verdicts in block.verdicts
    }
    return given, Scores(
        totals=np.asarray(block.totals, dtype=np.float64),
        components={node.label: nodes[node.label] for node in header.nodes if node.is_component},
        nodes=nodes,
        verdicts=first_verdicts(judgements.values(), size),
        judgements=judgements,
        spans=_spans_from_wire(block.spans, labels, size),
        parts=_columns(block.part_names, block.parts, size),
        errors=dict(_error_from_wire(error, given) for error in block.errors),
        recipe=header.recipe,
        recipe_digest=header.recipe_digest,
        environment_digest=header.environment_digest,
    )


def _refuse(wrong: bool, what: str) -> None:  # noqa: FBT001  # reads as a sentence
    if wrong:
        message = f"the server sent {what}"
        raise ProtocolError(message)


def _label(node: int, labels: Sequence[str]) -> str:
    _refuse(node >= len(labels), f"evidence of a node beyond the {len(labels)} announced")
    return labels[node]


# Numbers.


def _table(columns: Iterable[NDArray[np.float64]]) -> list[float]:
    found = list(columns)
    numbers: list[float] = np.concatenate(found).tolist() if found else []
    return numbers


def _columns(names: Sequence[str], values: Sequence[float], size: int) -> dict[str, NDArray[np.float64]]:
    _refuse(
        len(values) != len(names) * size,
        f"{len(values)} values for {size} rollouts, of each of which it announced {len(names)}",
    )
    return dict(zip(names, np.asarray(values, dtype=np.float64).reshape(len(names), size), strict=True))


# Verdicts.


def _verdicts_to_wire(verdicts: Sequence[Verdict | None], message: score_pb2.Verdicts) -> None:
    different = VerdictColumns.of(verdicts).used()
    texts: dict[str | None, int] = {None: 0}
    message.choices.extend(different.choices.tolist())
    message.statuses.extend([_STATUS_TO_WIRE[status] for status in different.statuses])
    message.methods.extend([_METHOD_TO_WIRE[method] for method in different.methods])
    message.extracted.extend([texts.setdefault(text, len(texts)) for text in different.extracted])
    message.reasons.extend([texts.setdefault(reason or None, len(texts)) for reason in different.reasons])
    message.seconds.extend(different.seconds)
    del texts[None]
    message.texts.extend(texts)  # type: ignore[arg-type]  # None is not in it any more


def _verdicts_from_wire(message: score_pb2.Verdicts, size: int) -> VerdictColumns:
    texts: list[str | None] = [None, *message.texts]
    choices = np.asarray(message.choices, dtype=np.intp)
    statuses, methods, extracted = list(message.statuses), list(message.methods), list(message.extracted)
    reasons, seconds = list(message.reasons), list(message.seconds)
    columns = (statuses, methods, extracted, reasons, seconds)
    _refuse(len({len(column) for column in columns}) != 1, "columns of different lengths of verdicts")
    _refuse(len(choices) != size, "another number of verdicts than of rollouts")
    _refuse(choices.max(initial=0) > len(statuses), "a choice among verdicts that it left out")
    _refuse(max(extracted + reasons, default=0) >= len(texts), "verdicts whose texts it left out")
    unknown = set(statuses) - _STATUS_FROM_WIRE.keys() or set(methods) - _METHOD_FROM_WIRE.keys()
    _refuse(bool(unknown), f"a verdict that this version does not know ({unknown})")
    return VerdictColumns(
        choices,
        [_STATUS_FROM_WIRE[status] for status in statuses],
        [texts[text] for text in extracted],
        [_METHOD_FROM_WIRE[method] for method in methods],
        [texts[text] or "" for text in reasons],
        seconds,
    )


# Spans.


def _spans_to_wire(columns: SpanColumns, message: score_pb2.Spans) -> None:
    labels = columns.labels.tolist()
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    message.rows.extend(columns.rows.tolist())
    message.starts.extend(columns.starts.tolist())
    message.ends.extend(columns.ends.tolist())
    message.kinds.extend([numbers[label] for label in labels])
    message.labels.extend(numbers)


def _spans_from_wire(
    messages: Iterable[score_pb2.Spans], labels: Sequence[str], size: int
) -> SpansByComponent:
    found: dict[str, list[tuple[NDArray[Any], ...]]] = {}
    for message in messages:
        rows, starts, ends, kinds = columns = tuple(
            np.asarray(column, dtype=np.intp)
            for column in (message.rows, message.starts, message.ends, message.kinds)
        )
        names = np.asarray(list(message.labels), dtype=np.object_)
        _refuse(len({len(column) for column in columns}) != 1, "spans that lack something")
        _refuse(rows.max(initial=-1) >= size, "a span of no rollout")
        _refuse(kinds.max(initial=-1) >= len(names), "a span of no kind")
        found.setdefault(_label(message.node, labels), []).append((rows, starts, ends, names[kinds]))
    return SpansByComponent(
        size,
        {
            label: SpanColumns(size, *map(np.concatenate, zip(*columns, strict=True)))
            for label, columns in found.items()
        },
    )


# Rollouts that could not be scored.


def _error_to_wire(row: int, error: InvalidRolloutError) -> score_pb2.RolloutError:
    missing = isinstance(error, MissingFieldError)
    return score_pb2.RolloutError(
        row=row,
        reason=score_pb2.ROLLOUT_ERROR_REASON_MISSING_FIELD
        if missing
        else score_pb2.ROLLOUT_ERROR_REASON_INVALID,
        field=error.field,
        reward=error.reward,
        message=str(error),
    )


def _error_from_wire(
    error: score_pb2.RolloutError, given: NDArray[np.intp]
) -> tuple[int, InvalidRolloutError]:
    _refuse(error.row >= len(given), "an error of no rollout")
    kind = (
        MissingFieldError
        if error.reason == score_pb2.ROLLOUT_ERROR_REASON_MISSING_FIELD
        else InvalidRolloutError
    )
    # The server calls a rollout without id by its place in the message; the caller knows another.
    told = kind(error.message, field=error.field, reward=error.reward)
    return error.row, told.about(f"rollouts[{given[error.row]}]")
