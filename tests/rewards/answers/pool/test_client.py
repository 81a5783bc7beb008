"""The client of a pool: tasks, timers, and the end."""

from __future__ import annotations

import os
import signal
import textwrap
import threading
import time
from typing import TYPE_CHECKING

from pool_scripts import CALLER, start
from pools import HANGING, HOPELESS, Asker, alive, area, busy, children, status, until

from rewards.answers.limits import Limits
from rewards.answers.pool.client import Pool
from rewards.answers.pool.line import MAX_SENDS
from rewards.verdict import Status

if TYPE_CHECKING:
    from pathlib import Path


def test_cancel_ends_the_cost_of_a_task(asker: Asker) -> None:
    tickets = [asker.ask(HANGING % n, cpu_seconds=1000) for n in range(40, 46)]
    until(lambda: bool(asker.pool.pid and busy(asker.pool)))
    for ticket in tickets:
        asker.pool.cancel(ticket)
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.CORRECT
    until(lambda: not busy(asker.pool))
    assert list(asker.outcomes) == [area(1)[0]]


def test_pool_timers_ring_in_order_while_tasks_run(asker: Asker) -> None:
    rang: list[str] = []
    both = threading.Event()
    ticket = asker.ask(HANGING % 50, cpu_seconds=100)
    now = time.monotonic()
    asker.pool.at(now + 0.2, lambda: (rang.append("second"), both.set()))
    asker.pool.at(now + 0.1, lambda: rang.append("first"))
    assert both.wait(60)
    assert rang == ["first", "second"]
    asker.pool.cancel(ticket)


def test_pool_that_dies_is_replaced_and_asked_again(own_folder: Path) -> None:
    asker = Asker(Pool(Limits(workers=1)))
    assert own_folder.is_dir()
    answer = HANGING % 60
    asker.ask(answer, cpu_seconds=1000)
    pools = set()
    for _ in range(MAX_SENDS):
        until(lambda: asker.pool.pid not in {None, *pools} and bool(busy(asker.pool)))
        assert asker.pool.pid is not None
        pools.add(asker.pool.pid)
        workers = children(asker.pool.pid)
        os.kill(asker.pool.pid, signal.SIGKILL)
        until(lambda: not any(map(alive, workers)))  # noqa: B023  # used at once
    (outcome,) = asker.wait(answer)
    assert outcome.status == Status.ERROR
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.CORRECT
    asker.pool.close()


def test_close_ends_the_pool_and_its_tasks(own_folder: Path) -> None:
    asker = Asker(Pool(Limits(workers=1)))
    asker.ask(HANGING % 70, cpu_seconds=1000)
    until(lambda: bool(asker.pool.pid and busy(asker.pool)))
    assert asker.pool.pid is not None
    everyone = [asker.pool.pid, *children(asker.pool.pid)]
    asker.pool.close()
    assert status(asker, HANGING % 70) == Status.NOT_JUDGED
    until(lambda: not any(map(alive, everyone)))
    assert not list(own_folder.glob("*/*.sock"))


def test_pool_takes_tasks_again_at_once_after_close(asker: Asker) -> None:
    for n in range(5):
        asker.ask(HANGING % n, cpu_seconds=1000)
        asker.pool.close()
        asker.ask(*area(n))
        assert status(asker, HANGING % n) == Status.NOT_JUDGED
        assert status(asker, area(n)[0]) == Status.CORRECT


def test_close_while_connecting_leaves_nothing_open(own_folder: Path) -> None:
    assert own_folder.is_dir()
    body = f"""
        import os, threading
        from rewards.answers.judge import Judge, Limits, Question
        before = os.listdir("/proc/self/fd")
        for n in range(12):
            judge = Judge(Limits(workers=1))
            question = Question({area(1)[0]!r}, ({area(1)[1]!r},))
            future = judge.ask([question])[question]
            time.sleep(n / 100)  # at any time while a pool is started, found, or warms up
            judge.close()
            print(future.result(60).status)
        for thread in threading.enumerate():
            thread is threading.main_thread() or thread.join()
        assert os.listdir("/proc/self/fd") == before
    """
    with start(textwrap.dedent(body)) as caller:
        said, _ = caller.communicate()
    assert caller.returncode == 0
    assert set(said.split()) <= {"NOT_JUDGED", "CORRECT"}


def test_pool_connects_a_forked_caller_by_itself(own_folder: Path) -> None:
    assert own_folder.is_dir()
    body = f"""
        import os
        hanging = judge.ask([Question({HANGING % 90!r}, ({HOPELESS!r},))])
        child = os.fork()
        if child == 0:
            questions = [question, Question({area(3)[0]!r}, ({area(3)[1]!r},))]
            answers = judge.ask(questions)
            assert answers[question].correct  # remembered
            assert answers[questions[1]].result(60).correct
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        other = Question({area(4)[0]!r}, ({area(4)[1]!r},))
        print(judge.ask([other])[other].result(60).status, judge.pool_pid, flush=True)
    """
    with start(CALLER + textwrap.dedent(body)) as caller:
        assert caller.stdout is not None
        before, after = (line.split() for line in caller.stdout)
    assert caller.returncode == 0
    assert before == after == ["CORRECT", before[1]]
