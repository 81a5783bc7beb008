"""The gRPC server of one process: its health, and how it ends."""

from __future__ import annotations

import signal
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from running import hanging, right

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

Start = "Callable[..., ServerProcess]"


def test_stop_answers_what_was_accepted(start_server: Start) -> None:
    server = start_server("--recipe", "boxed")
    rollouts = [rollout_to_wire(one) for one in (right(1), hanging(51), right(2))]
    options = pb.ScoreOptions(recipe="boxed")
    with grpc.insecure_channel(server.address) as channel:
        stub = RewardServiceStub(channel)
        batch = stub.Score.future(pb.ScoreRequest(options=options, rollouts=rollouts))
        still_sending = threading.Event()

        def requests() -> object:
            yield pb.ScoreStreamRequest(options=options)
            yield pb.ScoreStreamRequest(frame=pb.Frame(rollouts=rollouts))
            still_sending.wait()

        stream = stub.ScoreStream(requests())
        next(stream)
        assert next(stream).scores.block.indices == [0, 2]
        server.process.send_signal(signal.SIGTERM)
        assert next(stream).scores.block.indices == [1]
        # All is answered; then the stream ends in a way that says where to go on.
        with pytest.raises(grpc.RpcError) as caught:
            next(stream)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert [block.totals for block in batch.result(60).blocks] == [[1.0, 1.0], [0.0]]
        still_sending.set()
    assert server.process.wait(60) == 0


def test_serving_health_says_when_it_stops(start_server: Start) -> None:
    server = start_server("--recipe", "boxed")
    with grpc.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service="rewards.v1.RewardService"))
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        server.process.send_signal(signal.SIGINT)
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
    assert server.process.wait(60) == 0


def test_serving_health_is_told_of_each_recipe(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "/r1-zero", "/r1-zero@1", "/dapo"):
            request = health_pb2.HealthCheckRequest(service=f"rewards.v1.RewardService{name}")
            assert health.Check(request).status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            health.Check(health_pb2.HealthCheckRequest(service="rewards.v1.RewardService/r1"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
