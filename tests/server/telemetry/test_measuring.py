"""Metrics of a serving process, by the events that its observer is told."""

from __future__ import annotations

import grpc
import pytest
from running import right

from rewards import LocalScorer, Recipe, RecipeSummary, Rollout
from rewards.errors import AuthenticationError, ServerOverloadedError, TouchstoneError
from server.telemetry import definitions as of
from server.telemetry.definitions import MetricFunction
from server.telemetry.measuring import Measuring

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
