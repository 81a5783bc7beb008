from __future__ import annotations

import time

import pytest

from rewards.client import retry as module
from rewards.client.retry import Backoff


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, on a clock that only pauses move."""
    pauses: list[float] = []
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    monkeypatch.setattr(module.time, "monotonic", lambda: sum(pauses))
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
    backoff = Backoff(100, time.monotonic() + 2)
    while backoff.wait():
        pass
    assert sum(slept) <= 2


def test_progress_resets_the_backoff(slept: list[float]) -> None:
    backoff = Backoff(1, None)
    for _ in range(10):
        assert backoff.wait(at_least=0.5)
        backoff.reset()
    assert sum(slept) > 4
