from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import TYPE_CHECKING

import grpc
import pytest

from rewards.client import retry as module
from rewards.client.retry import Backoff, Retries, WaitingLog
from rewards.errors import AuthenticationError, ServerOverloadedError, ServerUnavailableError
from rewards.wire.status import status_of

if TYPE_CHECKING:
    from rewards.errors import TouchstoneError


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, on a clock that only pauses move."""
    pauses: list[float] = []
    # The module's own: threads that other tests left behind sleep by the real one.
    clock = SimpleNamespace(sleep=pauses.append, monotonic=lambda: sum(pauses))
    monkeypatch.setattr(module, "time", clock)
    return pauses


def test_backoff_pauses_double_up_to_a_limit_with_jitter(slept: list[float]) -> None:
    backoff = Backoff(1e6, None)
    assert all(backoff.wait() for _ in range(12))
    expected = [min(0.05 * 2**n, 5.0) for n in range(12)]
    assert all(least <= pause <= 1.5 * least for pause, least in zip(slept, expected, strict=True))


def test_backoff_pauses_at_least_as_long_as_a_hint(slept: list[float]) -> None:
    assert Backoff(100, None).wait(at_least=3.0)
    assert 3.0 <= slept[0] <= 4.5


def test_backoff_ends_after_its_time_without_progress(slept: list[float]) -> None:
    backoff = Backoff(10, None)
    while backoff.wait():
        pass
    assert 4 < sum(slept) <= 10


def test_backoff_ends_at_the_deadline(slept: list[float]) -> None:
    backoff = Backoff(100, 2)
    while backoff.wait():
        pass
    assert sum(slept) <= 2


def test_progress_resets_the_backoff(slept: list[float]) -> None:
    backoff = Backoff(1, None)
    for _ in range(10):
        assert backoff.wait(at_least=0.5)
        backoff.reset()
    assert sum(slept) > 4


@pytest.mark.parametrize("seconds", [60, 90, 1000])
def test_backoff_does_not_count_the_attempt_that_failed(seconds: float, slept: list[float]) -> None:
    backoff = Backoff(30, None)
    slept.append(seconds)  # the attempt
    assert backoff.wait()
    assert backoff.waited < 30
    slept.append(31)  # a second one, after the first failure
    assert not backoff.wait()
    backoff.reset()
    assert backoff.waited == 0
    assert backoff.wait()


def test_backoff_without_patience_does_not_wait(slept: list[float]) -> None:
    assert not Backoff(0, None).wait()
    assert slept == []


class Failure(grpc.RpcError):
    """A failed call, as gRPC raises it."""

    def __init__(self, error: TouchstoneError, retry_after: float | None = None) -> None:
        self._status = status_of(error, retry_after=retry_after)

    def code(self) -> grpc.StatusCode:
        return self._status.code

    def details(self) -> str:
        return self._status.details

    def trailing_metadata(self) -> tuple[object, ...]:
        return tuple(SimpleNamespace(key=key, value=value) for key, value in self._status.trailing_metadata)


def waiting(patience: float, failure: Failure) -> None:
    retries = Retries(Backoff(patience, None), "a:1, b:2", lambda reason: f"{reason}; a cause", WaitingLog())
    while True:
        retries.wait_after(failure)


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        pytest.param(
            Failure(ServerUnavailableError("gone")), ServerUnavailableError, [0, 10, 20], id="unreachable"
        ),
        pytest.param(
            Failure(ServerOverloadedError("busy"), 0.2), ServerOverloadedError, [10, 20], id="overloaded"
        ),
        pytest.param(Failure(AuthenticationError("no")), AuthenticationError, [], id="for-good"),
    ],
)
def test_retries_tell_of_the_waiting(
    failure: Failure,
    kind: type[TouchstoneError],
    said: list[int],
    slept: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(kind) as caught:
        waiting(29, failure)
    assert sum(slept) <= 29
    text = "cannot reach a:1, b:2: gone; a cause" if kind is ServerUnavailableError else failure.details()
    assert str(caught.value) == text
    assert caplog.messages == [f"{text}; waiting up to 29 s, {seconds} s so far" for seconds in said]


def test_threads_of_one_scorer_share_the_lines(slept: list[float], caplog: pytest.LogCaptureFixture) -> None:
    log = WaitingLog()
    for _ in range(5):
        assert 0 < log.write(lambda: "waiting") <= 10
    assert caplog.messages == ["waiting"]
    slept.append(10)
    pickle.loads(pickle.dumps(log)).write(lambda: "elsewhere")  # noqa: S301  # ours
    log.write(lambda: "waiting still")
    assert caplog.messages == ["waiting", "elsewhere", "waiting still"]
