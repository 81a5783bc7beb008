"""Calls and frames let in, made to wait or refused, by the bytes in work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc
import pytest
from google.rpc import error_details_pb2
from running import hanging, right
from service_calls import START, details, frame, refused, request

from rewards import RemoteScorer
from rewards.errors import ServerOverloadedError
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable


def test_admission_takes_back_the_room_of_a_cancelled_call(serve_here: Callable[..., str]) -> None:
    tiny = serve_here("boxed", max_message_bytes=30_000, max_pending_bytes=30_000, workers=1)
    with grpc.insecure_channel(tiny) as channel:
        call = RewardServiceStub(channel).Score.future(request(*[hanging(40 + n) for n in range(20)]))
        time.sleep(0.3)
        call.cancel()
    # Far sooner than the twenty answers would take.
    with RemoteScorer(tiny, "boxed", patience=5) as remote:
        rollouts = [right(n) for n in range(10)]
        assert remote.score(rollouts).totals.all()


def _is_refused(stub: RewardServiceStub) -> bool:
    try:
        stub.Score(request(right(1)))
    except grpc.RpcError as refusal:
        return refusal.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    return False


def test_admission_to_a_full_server_says_when_to_come_back(serve_here: Callable[..., str]) -> None:
    tiny = serve_here("boxed", max_message_bytes=10_000, max_pending_bytes=10_000)
    with grpc.insecure_channel(tiny) as channel:
        stub = RewardServiceStub(channel)
        full = request(*[hanging(370 + n) for n in range(5)])
        slow = stub.Score.future(full)
        while not _is_refused(stub):
            slow = stub.Score.future(full) if slow.done() else slow  # our small call came first
        failure = refused(lambda: stub.Score(request(right(1))), grpc.StatusCode.RESOURCE_EXHAUSTED)
        (info,) = details(failure, error_details_pb2.RetryInfo)
        assert info.retry_delay.ToMilliseconds() == 500
        with RemoteScorer(tiny, "boxed", patience=0.1) as remote, pytest.raises(ServerOverloadedError):
            remote.score([right(1)])
        with RemoteScorer(tiny, "boxed", patience=600.0) as remote:
            assert remote.score([right(1)]).totals.tolist() == [1.0]
        assert sum(len(block.indices) for block in slow.result().blocks) == 5


def test_admission_makes_open_streams_wait_for_room(serve_here: Callable[..., str]) -> None:
    tiny = serve_here("boxed", max_message_bytes=10_000, max_pending_bytes=10_000)
    with grpc.insecure_channel(tiny) as channel:
        frames = (frame(number, right(number), right(number + 1)) for number in range(100))
        responses = list(RewardServiceStub(channel).ScoreStream(iter([START, *frames])))
    assert sorted(response.scores.frame for response in responses[1:]) == list(range(100))
