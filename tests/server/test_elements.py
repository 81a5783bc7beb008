from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1 import rollout_pb2
from server.elements import MOST_PARTS, MOST_ROLLOUTS, holds_too_much

Message = rollout_pb2.Rollout

FULL = Message(
    id="an id",
    prompt="prompt \x12",
    completion='Z"' * 20,
    ground_truths=["1"],
    finish_reason=2,
    metadata={"k": "v"},
    completion_ids=rollout_pb2.TokenIds(values=[0x12121212] * 40),
    think_prefilled=True,
    group_id="g",
)

MANY = [FULL] * MOST_ROLLOUTS


@pytest.mark.parametrize("in_frames", [False, True], ids=["batch", "frame"])
@pytest.mark.parametrize(
    ("rollouts", "said"),
    [
        pytest.param(MANY, "", id="as-many-rollouts-as-may-be"),
        pytest.param([*MANY, FULL], "rollouts", id="one-rollout-more"),
        pytest.param([Message(ground_truths=["ab"] * (MOST_PARTS // 256))] * 256, "", id="as-many-golds"),
        pytest.param(
            [*[Message(ground_truths=["ab"] * (MOST_PARTS // 256))] * 256, FULL], "golds", id="one-gold-more"
        ),
        pytest.param(
            [Message(metadata={str(n): "" for n in range(MOST_PARTS + 1)})], "metadata", id="metadata"
        ),
        pytest.param([Message(completion='\x12"Z' * 400_000)], "", id="text-of-tags"),
    ],
)
def test_holds_too_much_counts_rollouts_and_their_parts(
    rollouts: list[Message], said: str, *, in_frames: bool
) -> None:
    request = pb.ScoreRequest(options=pb.ScoreOptions(recipe="r"), rollouts=rollouts)
    raw = request.SerializeToString()
    if in_frames:
        raw = pb.ScoreStreamRequest(frame=pb.Frame(number=300, rollouts=rollouts)).SerializeToString()
    found = holds_too_much(raw, in_frames=in_frames)
    assert said in found
    assert bool(found) == bool(said)


def test_holds_too_much_counts_parts_of_a_frame_together() -> None:
    half = pb.ScoreStreamRequest(frame=pb.Frame(rollouts=MANY[: MOST_ROLLOUTS // 2 + 1])).SerializeToString()
    assert not holds_too_much(half, in_frames=True)
    assert len(pb.ScoreStreamRequest.FromString(half + half).frame.rollouts) > MOST_ROLLOUTS
    assert "rollouts" in holds_too_much(half + half, in_frames=True)


@given(st.binary(max_size=30), st.booleans())
def test_holds_too_much_leaves_bytes_that_are_no_message_alone(
    nonsense: bytes,
    in_frames: bool,  # noqa: FBT001  # hypothesis gives it by place
) -> None:
    assert holds_too_much(nonsense * 40_000, in_frames=in_frames) in {
        "",
        f"a message holds more than {MOST_ROLLOUTS} rollouts; send at most as many in one",
        (
            f"the rollouts of a message hold more than {MOST_PARTS} golds and entries of metadata together; "
            "send fewer of them in one"
        ),
    }
    assert not holds_too_much(os.urandom(100_000), in_frames=in_frames)
