from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from server.scheduling.turns import Pace, Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.asyncio


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


async def test_a_caller_with_one_piece_of_work_waits_for_no_more_than_one_of_each_other(
    executor: ThreadPoolExecutor,
) -> None:
    turns = Turns(executor, 1)
    opened = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(turns.run("busy", opened.wait))
    await asyncio.sleep(0)
    tasks = [
        asyncio.create_task(turns.run(caller, lambda caller=caller: done.append(caller)))
        for caller in (*["busy"] * 20, "modest", "busy")
    ]
    await asyncio.sleep(0)
    opened.set()
    await asyncio.gather(first, *tasks)
    assert done.index("modest") == 1
    assert len(done) == 22


async def test_what_fails_says_so_and_the_next_goes_on(executor: ThreadPoolExecutor) -> None:
    turns = Turns(executor, 1)

    def fail() -> None:
        raise KeyError(1)

    failing = asyncio.create_task(turns.run("a", fail))
    following = asyncio.create_task(turns.run("a", lambda: 1))
    with pytest.raises(KeyError):
        await failing
    assert await following == 1


async def test_one_that_gives_up_waiting_leaves_its_place(executor: ThreadPoolExecutor) -> None:
    turns = Turns(executor, 1)
    opened = threading.Event()
    ran: list[int] = []
    first = asyncio.create_task(turns.run("a", opened.wait))
    await asyncio.sleep(0)
    impatient = asyncio.create_task(turns.run("a", lambda: ran.append(1)))
    patient = asyncio.create_task(turns.run("a", lambda: ran.append(2)))
    await asyncio.sleep(0)
    impatient.cancel()
    opened.set()
    await asyncio.gather(first, patient)
    assert ran == [2]


async def test_work_that_nobody_waits_for_keeps_its_thread_until_it_is_over(
    executor: ThreadPoolExecutor,
) -> None:
    turns = Turns(executor, 1)
    began, opened = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        opened.wait()

    given_up = asyncio.create_task(turns.run("a", work))
    await asyncio.to_thread(began.wait)
    given_up.cancel()
    await asyncio.wait([given_up])
    following = asyncio.create_task(turns.run("a", lambda: 1))
    await asyncio.sleep(0)
    assert not following.done()
    opened.set()
    assert await following == 1


async def test_what_takes_long_holds_up_others_no_longer_than_their_patience() -> None:
    opened = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        turns = Turns(threads, 2, patience=0.01)
        long = asyncio.create_task(turns.run("a", opened.wait))
        await asyncio.sleep(0)
        assert await turns.run("b", lambda: 1) == 1
        assert await turns.run("b", lambda: 2) == 2
        assert not long.done()
        opened.set()
        assert await long


async def test_one_piece_of_work_at_a_time_where_all_are_quick() -> None:
    running, most = 0, 0

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.005)
        running -= 1

    with ThreadPoolExecutor(2) as threads:
        turns = Turns(threads, 2, patience=10)
        await asyncio.gather(*(turns.run(caller, work) for caller in "abab"))
    assert most == 1


async def test_what_may_be_done_later_lets_all_others_go_first_but_not_for_ever(
    executor: ThreadPoolExecutor,
) -> None:
    turns = Turns(executor, 1, deferral=0.05)
    opened = threading.Event()
    done: list[str] = []

    def doing(name: str) -> asyncio.Task[None]:
        return asyncio.create_task(turns.run(name, lambda: done.append(name), later=name == "long"))

    first = asyncio.create_task(turns.run("a", opened.wait))
    await asyncio.sleep(0)
    tasks = [doing(name) for name in ("long", "b", "c")]
    await asyncio.sleep(0)
    opened.set()
    await asyncio.gather(first, *tasks)
    assert done == ["b", "c", "long"]

    opened.clear()
    first = asyncio.create_task(turns.run("a", opened.wait))
    await asyncio.sleep(0)
    tasks = [doing("long"), doing("b")]
    await asyncio.sleep(0.1)
    tasks.append(doing("c"))
    await asyncio.sleep(0)
    opened.set()
    await asyncio.gather(first, *tasks)
    assert done[3:] == ["b", "long", "c"]


async def test_what_may_be_done_later_waits_for_a_lull(executor: ThreadPoolExecutor) -> None:
    turns = Turns(executor, 1, lull=0.2, deferral=30)
    done: list[str] = []

    async def doing(name: str) -> None:
        await turns.run("a", lambda: done.append(name), later=name == "long")

    await doing("first frame")
    long = asyncio.create_task(doing("long"))
    await asyncio.sleep(0.02)  # the next frame is on its way
    await doing("second frame")
    assert not long.done()
    await asyncio.wait_for(long, timeout=10)
    assert done == ["first frame", "second frame", "long"]


async def test_what_may_be_done_later_is_done_once_however_long_it_takes() -> None:
    ran: list[str] = []

    def work() -> str:
        ran.append("long")
        time.sleep(0.2)  # longer than it would have waited, and than others have patience for
        return "done"

    with ThreadPoolExecutor(2) as threads:
        turns = Turns(threads, 2, patience=0.01, deferral=0.05)
        long = asyncio.create_task(turns.run("a", work, later=True))
        await asyncio.sleep(0.1)
        assert await turns.run("b", lambda: "meanwhile") == "meanwhile"
        assert await long == "done"
    assert ran == ["long"]


async def test_what_waits_for_later_and_is_given_up_leaves_its_place(executor: ThreadPoolExecutor) -> None:
    turns = Turns(executor, 1, deferral=0.01)
    opened = threading.Event()
    ran: list[int] = []
    first = asyncio.create_task(turns.run("a", opened.wait))
    await asyncio.sleep(0)
    early, late, patient = (
        asyncio.create_task(turns.run("a", lambda n=n: ran.append(n), later=True)) for n in range(3)
    )
    await asyncio.sleep(0)
    early.cancel()
    await asyncio.sleep(0.05)
    late.cancel()
    opened.set()
    await asyncio.gather(first, patient)
    assert ran == [2]


async def test_what_is_quick_of_late_runs_on_the_loop_and_all_else_in_threads(
    executor: ThreadPoolExecutor,
) -> None:
    turns = Turns(executor, 1)
    here = threading.get_ident()
    pace = Pace()
    assert await turns.run("a", threading.get_ident) != here
    assert await turns.run("a", threading.get_ident, pace=pace) == here
    await turns.run("a", lambda: time.sleep(0.1), pace=pace)
    assert await turns.run("a", threading.get_ident, pace=pace) != here
    for _ in range(50):
        await turns.run("a", lambda: None, pace=pace)
    assert await turns.run("a", threading.get_ident, pace=pace) == here
    assert await turns.run("a", threading.get_ident) != here


async def test_callers_take_turns_on_the_loop_as_in_threads(executor: ThreadPoolExecutor) -> None:
    turns = Turns(executor, 1)
    pace = Pace()
    done: list[str] = []
    callers = [*["busy"] * 20, "modest", "busy"]
    await asyncio.gather(
        *(turns.run(caller, lambda caller=caller: done.append(caller), pace=pace) for caller in callers)
    )
    assert done.index("modest") == 1
    assert len(done) == 22


async def test_between_two_pieces_of_work_the_loop_does_what_else_there_is(
    executor: ThreadPoolExecutor,
) -> None:
    turns = Turns(executor, 1)
    pace = Pace()
    seen: list[int] = []
    done: list[int] = []

    async def watch() -> None:
        while len(done) < 10:
            seen.append(len(done))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(turns.run("a", lambda n=n: done.append(n), pace=pace) for n in range(10)))
    await watching
    assert len(set(seen)) > 5


async def test_what_fails_on_the_loop_says_so_and_the_next_goes_on(executor: ThreadPoolExecutor) -> None:
    turns = Turns(executor, 1)
    pace = Pace()

    def fail() -> None:
        raise KeyError(1)

    failing = asyncio.create_task(turns.run("a", fail, pace=pace))
    following = asyncio.create_task(turns.run("a", lambda: 1, pace=pace))
    with pytest.raises(KeyError):
        await failing
    assert await following == 1


async def test_while_every_thread_has_something_long_what_is_quick_goes_on() -> None:
    began, opened = threading.Semaphore(0), threading.Event()

    def work() -> None:
        began.release()
        opened.wait()

    with ThreadPoolExecutor(2) as threads:
        turns = Turns(threads, 2, patience=0.01)
        long = [asyncio.create_task(turns.run("a", work)) for _ in range(2)]
        for _ in long:
            await asyncio.to_thread(began.acquire)
        waiting = asyncio.create_task(turns.run("b", lambda: 1))
        quick = [turns.run(caller, lambda: 2, pace=Pace()) for caller in "cde"]
        assert await asyncio.gather(*quick) == [2, 2, 2]
        assert not waiting.done()
        opened.set()
        assert await waiting == 1
        await asyncio.gather(*long)


async def test_all_that_waits_behind_something_long_goes_on_beside_it() -> None:
    opened = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        turns = Turns(threads, 2, patience=0.01)
        long = asyncio.create_task(turns.run("a", opened.wait))
        await asyncio.sleep(0)
        assert await asyncio.gather(*(turns.run("b", lambda n=n: n) for n in range(20))) == list(range(20))
        assert not long.done()
        opened.set()
        assert await long
