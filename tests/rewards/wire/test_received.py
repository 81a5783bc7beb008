from __future__ import annotations

import math

import pytest

from rewards import Rollout
from rewards.rollout import FIELDS
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
