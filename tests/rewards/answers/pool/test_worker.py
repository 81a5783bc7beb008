"""A worker and its limits."""

from __future__ import annotations

from pools import HANGING, Asker, area, status

from rewards.verdict import Status


def test_worker_that_burns_its_cpu_time_is_killed(asker: Asker) -> None:
    asker.ask(HANGING % 7, cpu_seconds=0.2)
    (outcome,) = asker.wait(HANGING % 7)
    assert outcome.status == Status.TIMEOUT
    assert outcome.seconds == 0.2


def test_worker_refuses_what_wants_too_much_memory(asker: Asker) -> None:
    asker.ask("2^{10^{9}}", cpu_seconds=20)
    assert status(asker, "2^{10^{9}}") == Status.RESOURCE_LIMIT
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.CORRECT
