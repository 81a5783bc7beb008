"""Calls as they are measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import grpc
import pytest
from running import eventually, right
from scraping import page_of, samples_at, value_at

from rewards import LocalScorer, Recipe, RecipeSummary, Rollout
from rewards.errors import AuthenticationError, ServerOverloadedError, TouchstoneError
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from server.telemetry import definitions as of
from server.telemetry.definitions import MetricFunction
from server.telemetry.measuring import Measuring

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


BOXED = RecipeSummary.of(Recipe.load("boxed"))


@pytest.fixture
def measuring() -> Measuring:
    observer = Measuring()
    observer.on_recipes_loaded([BOXED], "digest of the environment")
    return observer


def test_a_scored_call_is_counted(measuring: Measuring) -> None:
    rollouts = [right(1), right(2), Rollout(completion="no gold")]
    call = measuring.call("Score", "peer", ())
    call.on_recipe(BOXED.title)
    call.on_admitted(len(rollouts), 100)
    assert measuring.snapshot().value(of.PENDING_ROLLOUTS) == 3
    call.on_scored(LocalScorer("boxed").score(rollouts, lenient=True), 0.5, last=True)
    call.on_end(grpc.StatusCode.OK, None)
    counted = measuring.snapshot()
    assert counted.value(of.PENDING_ROLLOUTS) == 0
    assert counted.by(of.ROLLOUTS, "outcome") == {"invalid": 1, "not_judged": 0, "scored": 2}
    assert counted.value(of.VERDICTS, recipe=BOXED.title, status="CORRECT") == 2
    assert counted.value(of.COMPONENT_GAIN, component=of.TOTAL) == 2
    assert counted.value(of.CALLS, method="Score", code="OK") == 1
    assert counted.value(of.FRAME_SECONDS, method="Score") == 1


@pytest.mark.parametrize(
    ("error", "code", "refused"),
    [
        (AuthenticationError("who?"), grpc.StatusCode.UNAUTHENTICATED, {"authentication": 1}),
        (ServerOverloadedError("full"), grpc.StatusCode.RESOURCE_EXHAUSTED, {"overload": 1}),
        (TouchstoneError("broken"), grpc.StatusCode.INTERNAL, {}),
    ],
)
def test_refused_calls_are_counted_by_reason(
    measuring: Measuring, error: TouchstoneError, code: grpc.StatusCode, refused: dict[str, int]
) -> None:
    measuring.call("Score", "peer", ()).on_end(code, error)
    counted = measuring.snapshot()
    reasons = {"authentication": 0, "overload": 0, "stopping": 0}
    assert counted.by(of.REFUSED_CALLS, "reason") == reasons | refused
    assert counted.value(of.CALLS, code=code.name) == 1


def test_functions_are_called_whenever_metrics_are_collected(measuring: Measuring) -> None:
    held = [1.0, 2.0]
    measuring.register_functions(
        [
            MetricFunction(of.PENDING_BYTES, lambda: sum(held)),
            MetricFunction(of.WORKERS, lambda: len(held), ("quick",)),
            MetricFunction(of.ANSWERS, lambda: 5, ("pool",)),
        ]
    )
    assert measuring.snapshot().value(of.PENDING_BYTES) == 3
    held.append(4.0)
    counted = measuring.snapshot()
    assert counted.value(of.PENDING_BYTES) == 7
    assert counted.by(of.WORKERS, "lane") == {"quick": 3}
    assert counted.by(of.ANSWERS, "source") == {"pool": 5}
