from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from running import right, serving_here

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire
from server.telemetry.observers import Observers
from server.telemetry.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc", reason="traces need the extra `otel`")

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


async def spans_of(ask: object) -> tuple[ReadableSpan, ...]:
    """What is recorded of calls by `ask`, which is given an address and run in a thread."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with serving_here("boxed", observer=Observers(Tracing(provider))) as (_, address):
        await asyncio.to_thread(ask, address)  # type: ignore[arg-type]
    provider.shutdown()
    return exporter.get_finished_spans()


@pytest.mark.asyncio
async def test_tracing_continues_the_trace_of_a_client() -> None:
    def ask(address: str) -> None:
        request = pb.ScoreRequest(
            options=pb.ScoreOptions(recipe="boxed"), rollouts=[rollout_to_wire(right(n)) for n in range(3)]
        )
        metadata = [("traceparent", f"00-{TRACE}-{PARENT}-01"), ("x-request-id", "step-1")]
        with grpc.insecure_channel(address) as channel:
            stub = RewardServiceStub(channel)
            _, call = stub.Score.with_call(request, metadata=metadata)
            assert dict(call.trailing_metadata())["x-request-id"] == "step-1"
            with pytest.raises(grpc.RpcError):
                stub.Score(pb.ScoreRequest())

    judging, scoring, failing = await spans_of(ask)
    assert (scoring.name, scoring.kind) == ("rewards.v1.RewardService/Score", SpanKind.SERVER)
    assert f"{scoring.context.trace_id:032x}" == TRACE
    assert scoring.parent is not None
    assert f"{scoring.parent.span_id:016x}" == PARENT
    assert scoring.attributes is not None
    assert scoring.attributes["touchstone.request_id"] == "step-1"
    assert scoring.attributes["touchstone.recipe"] == "boxed@1"
    assert scoring.attributes["rpc.grpc.status_code"] == 0
    assert judging.parent is not None
    assert (judging.name, judging.parent.span_id) == ("judge", scoring.context.span_id)
    assert judging.attributes is not None
    assert (judging.attributes["touchstone.rollouts"], judging.attributes["touchstone.correct"]) == (3, 3)
    assert judging.start_time is not None
    assert judging.end_time is not None
    assert judging.start_time <= judging.end_time
    assert failing.parent is None
    assert failing.attributes is not None
    assert failing.attributes["error.type"] == "UnknownRecipeError"
    assert failing.status.status_code is StatusCode.ERROR
    assert not failing.events
