"""Batches of rollouts, and parts of them."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rewards import Batch, Rollout
from rewards.errors import InvalidCallError
from rewards.rollout import FIELDS, RolloutColumns
from rewards.v1 import rollout_pb2
from rewards.wire.rollouts import rollout_from_wire, rollout_to_wire, rollouts_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def test_ids_are_unique_in_a_batch() -> None:
    one = Rollout(completion="", id="one")
    with pytest.raises(InvalidCallError, match=r"rollouts\[0\] and rollouts\[2\] share the id 'one'"):
        Batch([one, Rollout(completion=""), one])
    assert len(Batch([Rollout(completion=""), Rollout(completion="")])) == 2


def test_a_batch_holds_rollouts_only() -> None:
    with pytest.raises(InvalidCallError, match=r"rollouts\[1\] is of type str"):
        Batch([Rollout(completion=""), "text"])


def test_a_part_of_a_batch_remembers_its_rows() -> None:
    batch = Batch([Rollout(completion=text) for text in "abcd"])
    part = batch.take([3, 1]).take([1])
    assert [rollout.completion for rollout in part] == ["b"]
    assert part.rows.tolist() == [1]


ROLLOUTS = [
    Rollout(completion="a", id="1", ground_truth="4", metadata={"task": "math"}, logprobs=[-1.0]),
    Rollout(completion="b", group_id="g", think_prefilled=True),
    Rollout(completion="c", ground_truth=["5", "6"], finish_reason="stop"),
]


def read_one_by_one(asked: list[str]) -> RolloutColumns:
    """The columns of ROLLOUTS, as something that reads them keeps them; `asked` lists what it had to read."""

    def read(field: str) -> Sequence[Any]:
        asked.append(field)
        return [getattr(rollout, field) for rollout in ROLLOUTS]

    return RolloutColumns(len(ROLLOUTS), read)


def test_columns_are_read_once_and_only_those_that_are_asked_for() -> None:
    asked: list[str] = []
    batch = Batch(read_one_by_one(asked))
    assert list(batch.completions) == list(batch.completions) == ["a", "b", "c"]
    assert asked == ["id", "completion"]


def test_columns_give_the_rollouts_they_are_of() -> None:
    batch = Batch(read_one_by_one([]))
    assert list(batch) == ROLLOUTS
    assert batch.rollouts is batch.rollouts
    assert batch[1] == ROLLOUTS[1]


@pytest.mark.parametrize("field", FIELDS)
def test_columns_of_rollouts_hold_their_fields(field: str) -> None:
    assert list(Batch(ROLLOUTS).columns[field]) == [getattr(rollout, field) for rollout in ROLLOUTS]


@pytest.mark.parametrize("rows", [[], [2], [2, 0], [0, 1, 2], [1, 1]])
def test_take_gives_the_same_rows_of_columns_and_of_rollouts(rows: list[int]) -> None:
    of_rollouts, of_columns = Batch(ROLLOUTS).take(rows), Batch(read_one_by_one([])).take(rows)
    assert list(of_rollouts) == list(of_columns) == [ROLLOUTS[row] for row in rows]
    assert of_columns.rows.tolist() == rows
    assert list(of_columns.ground_truths) == [ROLLOUTS[row].ground_truth for row in rows]


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        ("ground_truth", [1]),
        ("group_id", [0, 2]),
        ("tokens", [1, 2]),
        ("logprobs", [1, 2]),
        ("metadata.task", [1, 2]),
        ("num_tokens", [1, 2]),
        ("prompt", []),
    ],
)
def test_missing_names_the_rows_without_a_field(field: str, rows: list[int]) -> None:
    assert Batch(ROLLOUTS).missing(field).tolist() == rows
    assert Batch(read_one_by_one([])).missing(field).tolist() == rows


def test_ids_are_unique_in_columns_too() -> None:
    columns = RolloutColumns(2, lambda field: ["x", "x"] if field == "id" else [""] * 2)
    with pytest.raises(InvalidCallError, match="share the id 'x'"):
        Batch(columns)


def test_filled_fields_are_those_that_any_rollout_gives() -> None:
    rollouts = [Rollout(completion="x", id=str(n), ground_truth="1" if n == 2 else None) for n in range(4)]
    columns = RolloutColumns.of(rollouts)
    assert columns.filled == ("completion", "ground_truth", "id")
    assert RolloutColumns.of([]).filled == ()


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(lambda rollouts: rollouts, id="made"),
        pytest.param(lambda rollouts: pickle.loads(pickle.dumps(rollouts)), id="pickled"),  # noqa: S301  # ours
        pytest.param(lambda rollouts: [copy.copy(one) for one in rollouts], id="copied"),
        pytest.param(lambda _: read_one_by_one([]).rollouts, id="views"),
    ],
)
@pytest.mark.parametrize("rows", [[0], [1], [2], [0, 1, 2]])
def test_message_of_a_rollout_is_the_same_however_it_was_made(
    of: Callable[[list[Rollout]], Sequence[Rollout]], rows: list[int]
) -> None:
    expected = [rollout_to_wire(ROLLOUTS[row]) for row in rows]
    messages = [rollout_pb2.Rollout() for _ in rows]
    given = of(ROLLOUTS)
    rollouts_to_wire(RolloutColumns.of([given[row] for row in rows]), iter(messages).__next__)
    assert messages == expected
    assert [rollout_from_wire(message) for message in messages] == [ROLLOUTS[row] for row in rows]


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [1, 2], [3, 1], [2], [2, 2], []])
def test_rows_taken_are_those_rollouts_in_that_order(rows: list[int]) -> None:
    rollouts = [Rollout(completion=f"{n}", id=str(n), logprobs=[-1.0] * n) for n in range(4)]
    taken = RolloutColumns.of(rollouts).take(np.asarray(rows, dtype=np.intp))
    assert list(taken["completion"]) == [str(row) for row in rows]
    assert list(taken.rollouts) == [rollouts[row] for row in rows]
