from __future__ import annotations

import math

import numpy as np
import pytest
from any_rollouts import rollouts
from hypothesis import given

from rewards import Rollout
from rewards.errors import InvalidRolloutError
from rewards.recipe.summary import RecipeSummary
from rewards.v1 import rollout_pb2
from rewards.wire.rollouts import rollout_from_wire, rollout_to_wire, summary_from_wire, summary_to_wire


def travelled(rollout: Rollout) -> Rollout:
    raw = rollout_to_wire(rollout).SerializeToString()
    return rollout_from_wire(rollout_pb2.Rollout.FromString(raw))


@given(rollouts())
def test_a_rollout_arrives_as_it_left(rollout: Rollout) -> None:
    arrived = travelled(rollout)
    assert arrived == rollout
    if rollout.logprobs is not None:
        assert np.asarray(arrived.logprobs).tobytes() == np.asarray(rollout.logprobs).tobytes()


@pytest.mark.parametrize("length", [0, 1, 31, 32, 127, 128, 4096, 2**15, 2**19])
def test_rollout_to_wire_carries_token_fields_of_any_length(length: int) -> None:
    ids = np.arange(length) - 100
    rollout = Rollout(
        completion="", completion_ids=ids, logprobs=-np.abs(ids) / 7, completion_mask=ids % 3 == 0
    )
    assert travelled(rollout) == rollout


def test_rollout_to_wire_packs_as_protobuf_does() -> None:
    rollout = Rollout(
        completion="", completion_ids=[1, -1], logprobs=[-0.0, -math.inf], completion_mask=[1, 0]
    )
    message = rollout_to_wire(rollout)
    assert list(message.completion_ids.values) == [1, -1]
    assert [math.copysign(1, value) for value in message.logprobs.values] == [-1, -1]
    assert list(message.completion_mask.values) == [True, False]


def test_token_fields_with_fields_of_a_later_version_arrive() -> None:
    message = rollout_to_wire(Rollout(completion="", logprobs=[-1.0, -2.0]))
    message.logprobs.MergeFromString(b"\x12\x03new")
    assert np.asarray(rollout_from_wire(message).logprobs).tolist() == [-1.0, -2.0]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        pytest.param(
            rollout_pb2.Rollout(logprobs=rollout_pb2.TokenLogprobs(values=[math.nan])), "logprobs", id="nan"
        ),
        pytest.param(
            rollout_pb2.Rollout(logprobs=rollout_pb2.TokenLogprobs(values=[0.5])), "logprobs", id="positive"
        ),
        pytest.param(
            rollout_pb2.Rollout(
                logprobs=rollout_pb2.TokenLogprobs(values=[0.0]),
                completion_ids=rollout_pb2.TokenIds(values=[1, 2]),
            ),
            "",
            id="lengths",
        ),
        pytest.param(rollout_pb2.Rollout(finish_reason=77), "finish_reason", id="later-finish-reason"),
    ],
)
def test_a_rollout_that_contradicts_itself_is_refused(message: rollout_pb2.Rollout, field: str) -> None:
    with pytest.raises(InvalidRolloutError) as caught:
        rollout_from_wire(message)
    assert caught.value.field == field


@pytest.mark.parametrize("scope", ["row", "group"])
def test_a_summary_arrives_as_it_left(scope: str) -> None:
    summary = RecipeSummary(
        name="mine",
        version=3,
        description="d",
        digest="abc",
        required_fields=("a", "b"),
        optional_fields=("metadata.task",),
        scope=scope,
        components=("c",),
    )
    assert summary_from_wire(summary_to_wire(summary)) == summary
