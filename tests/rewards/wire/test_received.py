"""A batch as it came over the wire."""

from __future__ import annotations

import math

import pytest
from any_rollouts import rollouts
from hypothesis import given
from hypothesis import strategies as st

from rewards import Rollout
from rewards.rollout import FIELDS, Batch
from rewards.v1 import rollout_pb2
from rewards.wire.received import ReceivedBatch
from rewards.wire.rollouts import rollout_to_wire

GOOD = [
    Rollout(completion="fine", id="a", ground_truth="1"),
    Rollout(completion="tokens", id="b", logprobs=[-1.0], completion_ids=[1], finish_reason="length"),
    Rollout(completion="all", id="c", prompt="?", ground_truth=["1", "2"], group_id="", metadata={"k": "v"}),
]
WRONG = {
    "finish_reason": rollout_pb2.Rollout(id="w", completion="x", finish_reason=77, group_id="g"),
    "ground_truth": rollout_pb2.Rollout(id="w", completion="x", ground_truths=["4"] * 1025),
    "logprobs": rollout_pb2.Rollout(id="w", logprobs=rollout_pb2.TokenLogprobs(values=[math.nan])),
    "": rollout_pb2.Rollout(
        id="w",
        logprobs=rollout_pb2.TokenLogprobs(values=[0.0]),
        completion_ids=rollout_pb2.TokenIds(values=[1, 2]),
    ),
}


@given(st.lists(rollouts(), max_size=4, unique_by=lambda rollout: rollout.id))
def test_fields_that_are_read_without_the_rollouts_are_theirs(sent: list[Rollout]) -> None:
    batch = ReceivedBatch([rollout_to_wire(rollout) for rollout in sent])
    plain = Batch(sent)
    assert len(batch) == len(sent)
    assert list(batch.ids) == [rollout.id for rollout in sent]
    assert batch.completions == plain.completions
    assert batch.ground_truths == plain.ground_truths
    assert batch.think_prefilled == plain.think_prefilled
    for field in ("ground_truth", "tokens", "group_id"):
        assert batch.missing(field).tolist() == plain.missing(field).tolist()
    assert list(batch) == sent
    assert not batch.invalid


def test_an_empty_rollout_stands_for_one_that_contradicts_itself() -> None:
    messages = [
        rollout_pb2.Rollout(id="a", completion="fine", ground_truths=["1"]),
        rollout_pb2.Rollout(id="b", completion="not", ground_truths=["1"], finish_reason=77),
    ]
    batch = ReceivedBatch(messages)
    assert [error.field for error in batch.invalid.values()] == ["finish_reason"]
    assert list(batch.completions) == ["fine", ""]
    assert list(batch.ground_truths) == ["1", None]
    assert batch[1] == Rollout(completion="", id="b")


@pytest.mark.parametrize("field", WRONG)
@pytest.mark.parametrize("others", [[], GOOD], ids=["alone", "among others"])
def test_received_batch_tells_a_row_that_contradicts_itself(field: str, others: list[Rollout]) -> None:
    batch = ReceivedBatch([*map(rollout_to_wire, others), WRONG[field]])
    assert {row: error.field for row, error in batch.invalid.items()} == {len(others): field}
    stand_in = Rollout(completion="", id="w")
    assert list(batch) == [*others, stand_in]
    for name in FIELDS:
        assert list(batch.columns[name])[-1] == getattr(stand_in, name)


def test_received_batch_of_nothing_is_empty() -> None:
    batch = ReceivedBatch([])
    assert (len(batch), list(batch), batch.invalid) == (0, [], {})
