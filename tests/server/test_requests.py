"""Requests as bytes: what is read of them, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from google.rpc import error_details_pb2
from running import right
from service_calls import details, refused, request

from rewards import RemoteScorer, Rollout
from rewards.errors import InvalidCallError
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("method", ["Score", "ScoreStream", "ListRecipes"])
@pytest.mark.parametrize("raw", [b"\xff\xff\xff", b"\x12\x05\x1a\x03a\xffb"], ids=["no-message", "no-utf-8"])
def test_bytes_that_are_no_request(method: str, raw: bytes, channel: grpc.Channel) -> None:
    path = f"/rewards.v1.RewardService/{method}"

    def call() -> object:
        if method == "ScoreStream":
            return list(channel.stream_stream(path)(iter([raw])))
        return channel.unary_unary(path)(raw)

    if method == "ListRecipes" and raw[0] != 0xFF:
        call()  # fields that it does not know, and may not judge
    else:
        refused(call, grpc.StatusCode.INVALID_ARGUMENT)


def test_message_over_the_limit_is_refused_for_good(serve_here: Callable[..., str]) -> None:
    small = serve_here("boxed", max_message_bytes=100_000)
    big = Rollout(completion="x" * 200_000, ground_truth="1")
    with grpc.insecure_channel(small) as channel:
        stub = RewardServiceStub(channel)
        failure = refused(lambda: stub.Score(request(big)), grpc.StatusCode.RESOURCE_EXHAUSTED)
        assert not details(failure, error_details_pb2.RetryInfo)
    with RemoteScorer(small, "boxed") as remote:
        with pytest.raises(InvalidCallError, match="100000"):
            remote.score([big])
        assert remote.score([right(1)]).totals.tolist() == [1.0]
