"""Calls as they are measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import grpc
import pytest
from running import eventually
from scraping import page_of, samples_at, value_at

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from server.telemetry import definitions as of

if TYPE_CHECKING:
    from pathlib import Path

Start = "Callable[..., ServerProcess]"

METRICS = ("--metrics-address", "127.0.0.1:0")


def test_measuring_labels_come_from_known_sets_whatever_a_client_sends(
    start_server: Start, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("known\n")
    server = start_server("--recipe", "boxed", "--auth-token-file", str(tokens), *METRICS)
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary("/rewards.v1.RewardService/Score")
        for method in (call, channel.unary_unary("/made.up/Thing")):
            with pytest.raises(grpc.RpcError) as caught:
                method(b"", metadata=[("x-request-id", "mine")])
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            assert ("x-request-id", "mine") in caught.value.trailing_metadata()
        options = pb.ScoreOptions(recipe="made-up")
        with pytest.raises(grpc.RpcError, match="made-up"):
            RewardServiceStub(channel).Score(
                pb.ScoreRequest(options=options), metadata=[("authorization", "Bearer known")]
            )
    refused = partial(value_at, server.metrics, "touchstone_refused_calls_total", reason="authentication")
    assert eventually(lambda: refused() == 2)
    assert value_at(server.metrics, "touchstone_calls_total", method="(other)") == 1
    assert eventually(
        lambda: value_at(server.metrics, "touchstone_calls_total", code="INVALID_ARGUMENT") == 1
    )
    page = page_of(server.metrics)
    assert "made" not in page
    known = {name + end: one for name, one in of.METRICS.items() for end in ("", "_bucket", "_count", "_sum")}
    for sample in samples_at(server.metrics):
        assert set(sample.labels) - {"le"} == set(known[sample.name].labels)
    for metric in of.METRICS.values():
        assert f"# TYPE {metric.name} {metric.kind}" in page
