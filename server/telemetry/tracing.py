"""OpenTelemetry tracing: one span per call and one per judged frame in it; needs the extra `otel`.

A call continues the trace of the W3C `traceparent` in its metadata. Attributes hold numbers and recipe
names, and no text of users or policies. The standard `OTEL_*` environment variables apply (service name,
sampler, headers, certificates).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from rewards import __version__
from server.observer import CallObserver, Observer
from server.telemetry.request_ids import request_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import grpc

    from rewards.errors import TouchstoneError
    from rewards.scores import Scores

__all__ = ["Tracing", "exporting"]

_SERVICE = "rewards.v1.RewardService"


def exporting(endpoint: str) -> TracerProvider:
    """Return a provider that exports spans to `endpoint` by OTLP/gRPC; the caller must shut it down."""
    resource = Resource.create({"service.name": "touchstone", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class Tracing(Observer):
    """Observer that creates spans with the tracer of `provider`."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._tracer = provider.get_tracer("touchstone", __version__)

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        carrier = {key: value for key, value in metadata if isinstance(value, str)}
        span = self._tracer.start_span(
            f"{_SERVICE}/{method}",
            TraceContextTextMapPropagator().extract(carrier),
            SpanKind.SERVER,
            attributes={
                "rpc.system": "grpc",
                "rpc.service": _SERVICE,
                "rpc.method": method,
                "network.peer.address": peer,
                "touchstone.request_id": request_id_of(metadata),
            },
        )
        return _Traced(self._tracer, span)


class _Traced(CallObserver):
    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        self._tracer = tracer
        self._span = span
        self._recipe = ""
        self._rollouts = 0

    def on_recipe(self, recipe: str) -> None:
        self._recipe = recipe
        self._span.set_attribute("touchstone.recipe", recipe)

    def on_admitted(self, rollouts: int, size: int) -> None:
        self._rollouts += rollouts
        self._span.add_event("accepted", {"touchstone.rollouts": rollouts, "touchstone.bytes": size})

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        now = time.time_ns()
        judged = [one for one in scores.verdicts if one is not None]
        span = self._tracer.start_span(
            "judge",
            trace.set_span_in_context(self._span),
            start_time=now - round(seconds * 1e9),
            attributes={
                "touchstone.recipe": self._recipe,
                "touchstone.rollouts": len(scores),
                "touchstone.invalid": len(scores.errors),
                "touchstone.correct": sum(one.correct is True for one in judged),
                "touchstone.judging_seconds": sum(one.seconds for one in judged),
                "touchstone.last": last,
            },
        )
        span.end(now)

    def on_end(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        self._span.set_attribute("rpc.grpc.status_code", code.value[0])
        self._span.set_attribute("touchstone.rollouts", self._rollouts)
        if error is not None:
            # By its type and not as an exception: what it says may quote the id of a rollout.
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
