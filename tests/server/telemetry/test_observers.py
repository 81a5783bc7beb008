"""Several observers as one, and what a process reports of them."""

from __future__ import annotations

import json
import os

import pytest
from running import right

from rewards import LocalScorer
from server.config import ServerConfig
from server.observer import CallObserver, Observer
from server.telemetry import definitions as of
from server.telemetry.observers import Observers, observed, reported
from server.telemetry.registry import Snapshot


class Noting(Observer):
    """Notes the methods and request ids of calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []

    def call(self, method: str, peer: str, metadata: object) -> CallObserver:
        del peer
        self.calls.append((method, dict(metadata)["x-request-id"]))  # type: ignore[call-overload]
        return CallObserver()


def test_observers_tell_all_of_them_one_request_id() -> None:
    one, other = Noting(), Noting()
    call = Observers(one, other).call("Score", "peer", [("x-request-id", "not an id"), ("other", "x")])
    assert one.calls == other.calls
    ((_, request_id),) = call.trailing_metadata
    assert one.calls == [("Score", request_id)]
    assert request_id != "not an id"


def test_observers_know_no_method_but_those_of_the_service() -> None:
    noting = Noting()
    Observers(noting).call("somebody's /text", "peer", [("x-request-id", "a")])
    ((method, _),) = noting.calls
    assert "text" not in method


@pytest.mark.parametrize(
    ("settings", "measuring"),
    [({}, False), ({"metrics_address": "127.0.0.1:0"}, True), ({"console": "127.0.0.1:0"}, True)],
)
def test_observed_measures_where_somebody_looks(settings: dict[str, str], *, measuring: bool) -> None:
    with observed(ServerConfig(recipes=("boxed",), **settings)) as observers:  # type: ignore[arg-type]
        assert observers.measuring is measuring


def test_reported_counts_reach_the_pipe_by_the_end() -> None:
    reading, writing = os.pipe()
    with (
        observed(ServerConfig(recipes=("boxed",), console="127.0.0.1:0")) as observers,
        reported(observers, writing),
    ):
        call = observers.call("Score", "peer", [])
        call.on_recipe("boxed@1")
        call.on_admitted(1, 100)
        call.on_scored(LocalScorer("boxed").score([right(1)]), 0.1, last=True)
    with os.fdopen(reading) as said:
        lines = [json.loads(line) for line in said]
    (recent,) = next(line for line in lines if isinstance(line, list))
    assert (recent["recipe"], recent["rollouts"]) == ("boxed@1", 1)
    last = [line for line in lines if isinstance(line, dict)][-1]
    assert Snapshot.from_json(json.dumps(last)).value(of.ROLLOUTS) == 1
