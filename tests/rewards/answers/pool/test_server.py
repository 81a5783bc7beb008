"""The server of a pool: turns, limits, and callers that go."""

from __future__ import annotations

import os
import signal
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from pool_scripts import CALLER, start
from pools import HANGING, HOPELESS, Asker, alive, area, busy, children, status, until

from rewards.answers.limits import Limits
from rewards.answers.pool import server as pool_server
from rewards.answers.pool.frames import Channel
from rewards.answers.pool.locate import connect
from rewards.answers.pool.server import LINGER
from rewards.answers.pool.task import Task
from rewards.answers.question import Policy
from rewards.verdict import Status

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("with_signal", "times", "expected"),
    [
        (signal.SIGSEGV, pool_server.MAX_CRASHES, Status.RESOURCE_LIMIT),
        (signal.SIGSEGV, pool_server.MAX_CRASHES - 1, Status.TIMEOUT),
        pytest.param(
            *(signal.SIGKILL, pool_server.MAX_LOSSES + 1, Status.ERROR), marks=pytest.mark.slow
        ),  # fifty workers in turn
        (signal.SIGKILL, 2, Status.TIMEOUT),
    ],
    ids=["crashes", "crashes once", "is killed again and again", "is killed from outside"],
)
def test_server_judges_again_a_task_whose_worker_dies(
    asker: Asker, with_signal: int, times: int, expected: Status
) -> None:
    answer = HANGING % 9
    asker.ask(answer, cpu_seconds=2.0)
    killed = 0
    while killed < times:
        for worker in busy(asker.pool)[:1] if asker.pool.pid else ():
            os.kill(worker, with_signal)
            until(lambda pid=worker: not alive(pid))
            killed += 1
    assert status(asker, answer) == expected


def test_server_does_not_let_quick_tasks_wait_for_slow_ones(asker: Asker) -> None:
    slow = [HANGING % n for n in range(20, 26)]
    quick = [area(n)[0] for n in range(20)]
    tickets = [asker.ask(answer, cpu_seconds=100) for answer in slow]
    for n in range(20):
        asker.ask(*area(n))
    assert {outcome.status for outcome in asker.wait(*quick)} == {Status.CORRECT}
    assert not set(slow) & set(asker.outcomes)
    for ticket in tickets:
        asker.pool.cancel(ticket)


def test_server_leaves_a_parked_task_its_whole_limit(asker: Asker) -> None:
    slow = [HANGING % n for n in (30, 31, 32)]
    for answer in slow:
        asker.ask(answer, cpu_seconds=0.3)
    asker.ask(*area(1))
    outcomes = asker.wait(area(1)[0], *slow)
    assert [outcome.status for outcome in outcomes] == [Status.CORRECT, *[Status.TIMEOUT] * 3]
    assert {outcome.seconds for outcome in outcomes[1:]} == {0.3}


def test_server_is_shared_by_callers_and_ends_with_the_last(own_folder: Path) -> None:
    assert own_folder.is_dir()
    waiting = CALLER + "sys.stdin.readline()\n"
    with start(waiting) as one, start(waiting) as other:
        assert one.stdout is not None
        assert other.stdout is not None
        first, second = one.stdout.readline().split(), other.stdout.readline().split()
        assert first == second
        assert first[0] == "CORRECT"
        pool = int(first[1])
        everyone = [pool, *children(pool)]
        one.communicate("\n")
        time.sleep(2 * LINGER)
        assert alive(pool)
        other.communicate("\n")
    assert (one.returncode, other.returncode) == (0, 0)
    until(lambda: not any(map(alive, everyone)))


def test_server_ends_with_a_caller_that_is_killed(own_folder: Path) -> None:
    assert own_folder.is_dir()
    body = f"""
        judge.ask([Question({HANGING % 80!r}, ({HOPELESS!r},)), Question({HANGING % 81!r}, ({HOPELESS!r},))])
        time.sleep(1000)
    """
    with start(CALLER + textwrap.dedent(body)) as caller:
        assert caller.stdout is not None
        pool = int(caller.stdout.readline().split()[1])
        everyone = [pool, *children(pool)]
        caller.kill()
    until(lambda: not any(map(alive, everyone)))


MANY = 2000
"""So many that the slices of all take twenty seconds of CPU time."""


def messages_until(channel: Channel, key: str, message: dict[str, object]) -> list[dict[str, object]]:
    """What comes over a channel after `message` was sent, up to one that has this key."""
    found: list[dict[str, object]] = []
    channel.send(message)
    while not any(key in one for one in found):
        found += channel.receive()
    return found


def test_server_serves_callers_in_turn(own_folder: Path) -> None:
    """A caller with one question waits for a few of the thousands of another, not for all."""
    assert own_folder.is_dir()
    limits = Limits(workers=1, cpu_seconds=1000)
    with connect(limits) as first, connect(limits) as second:
        many, few = Channel(first), Channel(second)
        for sock in (first, second):
            sock.settimeout(60)
        for number in range(MANY):
            many.send({"id": number, "task": Task(HANGING % number, HOPELESS, Policy(), 1000.0).to_json()})
        messages_until(many, "pong", {"ping": True})  # all of them are in the queue
        messages_until(few, "outcome", {"id": 1, "task": Task("5", "5.0", Policy(), 1.0).to_json()})
        meanwhile = messages_until(many, "pong", {"ping": True})
    assert sum("parked" in message for message in meanwhile) < MANY / 2
