from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from server.scheduling import fair_scheduler
from server.scheduling.fair_scheduler import FairScheduler, RecentMax

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("clock")]


class Clock:
    """The time that the scheduler and its event loop go by: it stands still but for :meth:`advance`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        monkeypatch.setattr(loop, "time", self.read)
        monkeypatch.setattr(
            fair_scheduler, "time", SimpleNamespace(monotonic=self.read, perf_counter=self.read)
        )

    def read(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        """Let time go by within a task."""
        self.now += seconds

    async def advance(self, seconds: float) -> None:
        """Let time go by, and whatever is due begin."""
        self.now += seconds
        await settled()


async def settled() -> None:
    """Let the loop do what can be done at once."""
    for _ in range(10):
        await asyncio.sleep(0)


class Blocked:
    """Work that begins, and is over when it is let go."""

    def __init__(self) -> None:
        self._began, self._opened = threading.Semaphore(0), threading.Event()

    def __call__(self) -> str:
        self._began.release()
        self._opened.wait()
        return "done"

    async def begun(self) -> None:
        await asyncio.to_thread(self._began.acquire)

    def let_go(self) -> None:
        self._opened.set()


@pytest_asyncio.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


async def test_fair_scheduler_serves_a_modest_caller_after_one_of_each_other(
    executor: ThreadPoolExecutor,
) -> None:
    scheduler = FairScheduler(executor, 1)
    opened = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(scheduler.run("busy", opened.wait))
    await asyncio.sleep(0)
    tasks = [
        asyncio.create_task(scheduler.run(caller, lambda caller=caller: done.append(caller)))
        for caller in (*["busy"] * 20, "modest", "busy")
    ]
    await asyncio.sleep(0)
    opened.set()
    await asyncio.gather(first, *tasks)
    assert done.index("modest") == 1
    assert len(done) == 22


async def test_fair_scheduler_goes_on_after_a_failure(executor: ThreadPoolExecutor) -> None:
    scheduler = FairScheduler(executor, 1)

    def fail() -> None:
        raise KeyError(1)

    failing = asyncio.create_task(scheduler.run("a", fail))
    following = asyncio.create_task(scheduler.run("a", lambda: 1))
    with pytest.raises(KeyError):
        await failing
    assert await following == 1


async def test_fair_scheduler_forgets_one_that_gives_up_waiting(executor: ThreadPoolExecutor) -> None:
    scheduler = FairScheduler(executor, 1)
    opened = threading.Event()
    ran: list[int] = []
    first = asyncio.create_task(scheduler.run("a", opened.wait))
    await asyncio.sleep(0)
    impatient = asyncio.create_task(scheduler.run("a", lambda: ran.append(1)))
    patient = asyncio.create_task(scheduler.run("a", lambda: ran.append(2)))
    await asyncio.sleep(0)
    impatient.cancel()
    opened.set()
    await asyncio.gather(first, patient)
    assert ran == [2]


async def test_fair_scheduler_keeps_the_thread_of_work_that_nobody_waits_for(
    executor: ThreadPoolExecutor,
) -> None:
    scheduler = FairScheduler(executor, 1)
    began, opened = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        opened.wait()

    given_up = asyncio.create_task(scheduler.run("a", work))
    await asyncio.to_thread(began.wait)
    given_up.cancel()
    await asyncio.wait([given_up])
    following = asyncio.create_task(scheduler.run("a", lambda: 1))
    await asyncio.sleep(0)
    assert not following.done()
    opened.set()
    assert await following == 1


async def test_fair_scheduler_lets_others_go_on_beside_long_work(clock: Clock) -> None:
    blocked = Blocked()
    with ThreadPoolExecutor(2) as threads:
        scheduler = FairScheduler(threads, 2, time_slice=1)
        long = asyncio.create_task(scheduler.run("a", blocked))
        await blocked.begun()
        other = asyncio.create_task(scheduler.run("b", lambda: 1))
        await clock.advance(0.9)
        assert not other.done()
        await clock.advance(0.2)
        assert await other == 1
        assert await scheduler.run("b", lambda: 2) == 2
        assert not long.done()
        blocked.let_go()
        assert await long == "done"


async def test_fair_scheduler_runs_one_task_at_a_time_within_its_time_slice(clock: Clock) -> None:
    begun: list[str] = []
    works = {caller: Blocked() for caller in "ab"}

    def work(caller: str) -> None:
        begun.append(caller)
        works[caller]()

    with ThreadPoolExecutor(2) as threads:
        scheduler = FairScheduler(threads, 2, time_slice=1)
        tasks = [asyncio.create_task(scheduler.run(caller, partial(work, caller))) for caller in "ab"]
        await works["a"].begun()
        await clock.advance(0.9)
        assert begun == ["a"]
        works["a"].let_go()
        await works["b"].begun()
        works["b"].let_go()
        await asyncio.gather(*tasks)
    assert begun == ["a", "b"]


async def test_fair_scheduler_puts_later_work_off_but_not_for_ever(
    executor: ThreadPoolExecutor, clock: Clock
) -> None:
    scheduler = FairScheduler(executor, 1, time_slice=100, max_delay=1, quiet_period=0.1)
    done: list[str] = []

    def doing(name: str) -> asyncio.Task[None]:
        return asyncio.create_task(scheduler.run(name, lambda: done.append(name), later=name == "long"))

    blocked = Blocked()
    first = asyncio.create_task(scheduler.run("a", blocked))
    await blocked.begun()
    long, *others = [doing(name) for name in ("long", "b", "c")]
    await settled()
    blocked.let_go()
    await asyncio.gather(first, *others)
    await clock.advance(0.2)
    await long
    assert done == ["b", "c", "long"]

    blocked = Blocked()
    first = asyncio.create_task(scheduler.run("a", blocked))
    await blocked.begun()
    tasks = [doing("long"), doing("b")]
    await settled()
    await clock.advance(1.1)
    tasks.append(doing("c"))
    await settled()
    blocked.let_go()
    await asyncio.gather(first, *tasks)
    assert done[3:] == ["b", "long", "c"]


async def test_fair_scheduler_puts_later_work_off_to_a_quiet_period(
    executor: ThreadPoolExecutor, clock: Clock
) -> None:
    scheduler = FairScheduler(executor, 1, quiet_period=1, max_delay=30)
    done: list[str] = []

    async def doing(name: str) -> None:
        await scheduler.run("a", lambda: done.append(name), later=name == "long")

    await doing("first frame")
    long = asyncio.create_task(doing("long"))
    await settled()
    await clock.advance(0.5)  # the next frame is on its way
    await doing("second frame")
    await clock.advance(0.9)
    assert not long.done()
    await clock.advance(0.2)
    await long
    assert done == ["first frame", "second frame", "long"]


async def test_fair_scheduler_does_later_work_once_however_long_it_takes(clock: Clock) -> None:
    blocked = Blocked()
    ran: list[str] = []

    def work() -> str:
        ran.append("long")
        return blocked()

    with ThreadPoolExecutor(2) as threads:
        scheduler = FairScheduler(threads, 2, time_slice=1, max_delay=2)
        long = asyncio.create_task(scheduler.run("a", work, later=True))
        await blocked.begun()
        await clock.advance(5)  # longer than it would have waited, and than its time slice
        assert await scheduler.run("b", lambda: "meanwhile") == "meanwhile"
        blocked.let_go()
        assert await long == "done"
    assert ran == ["long"]


async def test_fair_scheduler_forgets_later_work_that_is_given_up(
    executor: ThreadPoolExecutor, clock: Clock
) -> None:
    scheduler = FairScheduler(executor, 1, time_slice=100, max_delay=1)
    blocked = Blocked()
    ran: list[int] = []
    first = asyncio.create_task(scheduler.run("a", blocked))
    await blocked.begun()
    early, late, patient = (
        asyncio.create_task(scheduler.run("a", lambda n=n: ran.append(n), later=True)) for n in range(3)
    )
    await settled()
    early.cancel()
    await clock.advance(2)
    late.cancel()
    await settled()
    blocked.let_go()
    await asyncio.gather(first, patient)
    assert ran == [2]


async def test_recent_max_sends_quick_work_to_the_loop_and_the_rest_to_threads(
    executor: ThreadPoolExecutor, clock: Clock
) -> None:
    scheduler = FairScheduler(executor, 1)
    here = threading.get_ident()
    recent_max = RecentMax()
    assert await scheduler.run("a", threading.get_ident) != here
    assert await scheduler.run("a", threading.get_ident, recent_max=recent_max) == here
    await scheduler.run("a", lambda: clock.spend(0.1), recent_max=recent_max)
    assert await scheduler.run("a", threading.get_ident, recent_max=recent_max) != here
    for _ in range(50):
        await scheduler.run("a", lambda: None, recent_max=recent_max)
    assert await scheduler.run("a", threading.get_ident, recent_max=recent_max) == here
    assert await scheduler.run("a", threading.get_ident) != here


async def test_fair_scheduler_serves_callers_in_turn_on_the_loop(executor: ThreadPoolExecutor) -> None:
    scheduler = FairScheduler(executor, 1)
    recent_max = RecentMax()
    done: list[str] = []
    callers = [*["busy"] * 20, "modest", "busy"]
    await asyncio.gather(
        *(
            scheduler.run(caller, lambda caller=caller: done.append(caller), recent_max=recent_max)
            for caller in callers
        )
    )
    assert done.index("modest") == 1
    assert len(done) == 22


async def test_fair_scheduler_leaves_the_loop_to_others_between_tasks(
    executor: ThreadPoolExecutor,
) -> None:
    scheduler = FairScheduler(executor, 1)
    recent_max = RecentMax()
    seen: list[int] = []
    done: list[int] = []

    async def watch() -> None:
        while len(done) < 10:
            seen.append(len(done))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await asyncio.gather(
        *(scheduler.run("a", lambda n=n: done.append(n), recent_max=recent_max) for n in range(10))
    )
    await watching
    assert len(set(seen)) > 5


async def test_fair_scheduler_goes_on_after_a_failure_on_the_loop(executor: ThreadPoolExecutor) -> None:
    scheduler = FairScheduler(executor, 1)
    recent_max = RecentMax()

    def fail() -> None:
        raise KeyError(1)

    failing = asyncio.create_task(scheduler.run("a", fail, recent_max=recent_max))
    following = asyncio.create_task(scheduler.run("a", lambda: 1, recent_max=recent_max))
    with pytest.raises(KeyError):
        await failing
    assert await following == 1


async def test_fair_scheduler_goes_on_with_quick_work_while_threads_are_busy(clock: Clock) -> None:
    blocked = Blocked()
    with ThreadPoolExecutor(2) as threads:
        scheduler = FairScheduler(threads, 2, time_slice=1)
        long = [asyncio.create_task(scheduler.run("a", blocked)) for _ in range(2)]
        for _ in long:
            await blocked.begun()
            await clock.advance(1.1)
        waiting = asyncio.create_task(scheduler.run("b", lambda: 1))
        quick = [scheduler.run(caller, lambda: 2, recent_max=RecentMax()) for caller in "cde"]
        assert await asyncio.gather(*quick) == [2, 2, 2]
        assert not waiting.done()
        blocked.let_go()
        assert await waiting == 1
        await asyncio.gather(*long)


async def test_fair_scheduler_goes_on_with_all_that_waits_behind_long_work(clock: Clock) -> None:
    blocked = Blocked()
    with ThreadPoolExecutor(2) as threads:
        scheduler = FairScheduler(threads, 2, time_slice=1)
        long = asyncio.create_task(scheduler.run("a", blocked))
        await blocked.begun()
        waiting = [asyncio.create_task(scheduler.run("b", lambda n=n: n)) for n in range(20)]
        await clock.advance(1.1)
        assert await asyncio.gather(*waiting) == list(range(20))
        assert not long.done()
        blocked.let_go()
        assert await long == "done"
