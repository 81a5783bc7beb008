from __future__ import annotations

import asyncio
import queue
from typing import TYPE_CHECKING

import grpc
import pytest
from running import right, serving_here

from rewards import RemoteScorer, Rollout
from rewards.errors import UnknownRecipeError
from server.observer import CallObserver, Observer
from server.telemetry import definitions as of
from server.telemetry.registry import MetricRegistry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards import Scores
    from rewards.errors import TouchstoneError
    from server.telemetry.definitions import MetricFunction


class Recorder(Observer):
    def __init__(self) -> None:
        self.functions: Sequence[MetricFunction] = ()
        self.events: queue.SimpleQueue[tuple[object, ...]] = queue.SimpleQueue()

    def register_functions(self, functions: Sequence[MetricFunction]) -> None:
        self.functions = functions

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        self.events.put((method, peer.split(":", maxsplit=1)[0], dict(metadata).get("authorization")))
        return Recorded(self.events)


class Recorded(CallObserver):
    def __init__(self, events: queue.SimpleQueue[tuple[object, ...]]) -> None:
        self._events = events

    def on_recipe(self, recipe: str) -> None:
        self._events.put(("found", recipe))

    def on_admitted(self, rollouts: int, size: int) -> None:
        self._events.put(("accepted", rollouts, size > 0))

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        assert last
        self._events.put(("scored", scores.totals.tolist(), len(scores.errors), seconds >= 0))

    def on_end(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        self._events.put(("ended", code, type(error)))


@pytest.mark.asyncio
async def test_an_observer_sees_a_call_from_its_arrival_to_its_status() -> None:
    recorder = Recorder()

    def ask(address: str) -> None:
        with RemoteScorer(address, "boxed", token="t") as remote:  # noqa: S106
            remote.score([right(1), Rollout(completion="no gold")], lenient=True)
            percent = Rollout(completion=r"\boxed{3\%}", ground_truth="4")
            remote.score([*[right(n) for n in range(599)], percent])
            remote.recipes()
        with RemoteScorer(address, "boxd") as remote, pytest.raises(UnknownRecipeError):
            remote.score([right(1)])

    async with serving_here("boxed", observer=recorder) as (_, address):
        await asyncio.to_thread(ask, address)
        registry = MetricRegistry()
        registry.set_functions(recorder.functions)
        metrics = registry.snapshot()
        assert metrics.value(of.PENDING_BYTES) == 0
        assert metrics.value(of.PENDING_BYTES_LIMIT) > 0
        assert metrics.value(of.ANSWERS) == 1  # the others are plain at sight
    events = [recorder.events.get() for _ in range(recorder.events.qsize())]
    assert events[:5] == [
        ("Score", "ipv4", "Bearer t"),
        ("found", "boxed@1"),
        ("accepted", 2, True),
        events[3],
        ("ended", grpc.StatusCode.OK, type(None)),
    ]
    assert events[3][0] == "scored"
    assert events[3][2:] == (1, True)
    streamed = events[5:]
    assert sum(event[1] for event in streamed if event[0] == "accepted") == 600
    assert sum(len(event[1]) for event in streamed if event[0] == "scored") == 600
    assert streamed[-1][:2] == ("ended", grpc.StatusCode.INVALID_ARGUMENT)
    assert [event[0] for event in streamed if event[0] in ("ScoreStream", "ListRecipes", "Score")] == [
        "ScoreStream",
        "ListRecipes",
        "Score",
    ]
