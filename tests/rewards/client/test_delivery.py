"""Frames that a client sends, and rows that come back to their places."""

from __future__ import annotations

import pytest

from rewards import Batch, Rollout
from rewards.client.delivery import PendingFrames
from rewards.v1 import reward_service_pb2 as pb
from server.elements import holds_too_much


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"ground_truth": [""] * 1024}, id="golds"),
        pytest.param({"metadata": {str(n): "" for n in range(1024)}}, id="metadata"),
    ],
)
def test_frames_that_are_pending_are_small_enough_for_a_server(fields: dict[str, object]) -> None:
    pending = PendingFrames(Batch([Rollout(completion="", **fields)] * 600))  # type: ignore[arg-type]
    for rows in pending.frames(whole_groups=False):
        frame = pb.Frame()
        pending.write(rows, frame.rollouts.add)
        raw = pb.ScoreStreamRequest(frame=frame).SerializeToString()
        assert not holds_too_much(raw, in_frames=True)
