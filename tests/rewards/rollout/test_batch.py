from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rewards import Batch, Rollout
from rewards.errors import InvalidCallError
from rewards.rollout import FIELDS, RolloutColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

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
