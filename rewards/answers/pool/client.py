"""A caller's side of the worker pool: sends tasks, hears outcomes, and keeps time.

One daemon thread a process does it all, so that submitting never blocks. Should the pool die, another
is started and what was under way is sent once more; what fails twice is an ERROR, never silence.
"""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import itertools
import selectors
import socket
import threading
import time
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from rewards.answers.comparing.compare import Decision
from rewards.answers.pool.frames import Channel
from rewards.answers.pool.rendezvous import connect
from rewards.answers.pool.task import Outcome
from rewards.errors import PoolError
from rewards.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.limits import Limits
    from rewards.answers.pool.task import Task

__all__ = ["MAX_PARKED", "MAX_SENDS", "MAX_STARTS", "READY_SECONDS", "WINDOW", "Pool"]

WINDOW = 256
"""How many tasks may wait at the pool, apart from those it has found to be slow; the rest wait here."""

MAX_PARKED = 1 << 15
"""How many slow tasks may wait at the pool."""

MAX_SENDS = 2
"""How often a task is sent; the second time because the pool died."""

MAX_STARTS = 5
"""How many connections in a row may fail before they are ready."""

READY_SECONDS = 120.0
"""How long a pool may take to warm up."""


@dataclasses.dataclass(eq=False, slots=True)
class _Job:
    task: Task
    done: Callable[[Outcome], None]
    sends: int = 0


class Pool:
    """The pool for `limits`, started when the first task is submitted.

    `done` and `call` run in the pool's thread; they must neither block nor raise.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._tickets = itertools.count(1)
        self._waiting: OrderedDict[int, _Job] = OrderedDict()
        self._sent: dict[int, _Job] = {}
        self._parked: dict[int, _Job] = {}
        """Sent, and found to be slow."""
        self._cancelled: list[int] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._closing = False
        self._bell: socket.socket | None = None
        # What follows belongs to the thread.
        self._channel: Channel | None = None
        self._ready = False
        self._connecting = False
        self._starts = 0
        self.pid: int | None = None
        """The process id of the pool, once it has said that it is ready."""

    def submit(self, task: Task, done: Callable[[Outcome], None]) -> int:
        """Have `task` decided; `done` gets its outcome. Returns a ticket to cancel it by."""
        with self._lock:
            ticket = next(self._tickets)
            self._waiting[ticket] = _Job(task, done)
            self._ring()
        return ticket

    def cancel(self, ticket: int) -> None:
        """Nobody waits for this task any more; its `done` is not called from now on."""
        with self._lock:
            if self._waiting.pop(ticket, None) is None and self._take(ticket) is not None:
                self._cancelled.append(ticket)
                self._ring()

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Call `call` at `when`, in seconds of `time.monotonic()`."""
        with self._lock:
            heapq.heappush(self._timers, (when, next(self._tickets), call))
            self._ring()

    def close(self) -> None:
        """Let go of the pool; open tasks come back as NOT_JUDGED. A later task connects anew."""
        with self._lock:
            if self._bell is not None:
                self._closing = True
                self._ring()

    def abandon(self) -> None:
        """In a process forked from the caller: close what belongs to the caller, touch nothing else."""
        if self._bell is not None:
            for mine in (self._bell, self._ear, self._channel, self._selector):
                if mine is not None:
                    mine.close()

    def _take(self, ticket: int) -> _Job | None:
        """A task that was sent, which is now nobody's; the lock is held."""
        return self._sent.pop(ticket, None) or self._parked.pop(ticket, None)

    def _take_all(self) -> list[_Job]:
        """All tasks, which are now nobody's; the lock is held."""
        jobs = [*self._parked.values(), *self._sent.values(), *self._waiting.values()]
        for tickets in (self._parked, self._sent, self._waiting):
            tickets.clear()
        self._cancelled.clear()
        return jobs

    def _ring(self) -> None:
        """Wake the thread, or start it; the lock is held."""
        if self._bell is None:
            self._bell, self._ear = socket.socketpair()
            self._bell.setblocking(False)  # noqa: FBT003  # its only argument
            self._selector = selectors.DefaultSelector()
            self._selector.register(self._ear, selectors.EVENT_READ)
            threading.Thread(target=self._run, name="touchstone-pool", daemon=True).start()
        with contextlib.suppress(BlockingIOError):  # it rings already
            self._bell.send(b"\0")

    # The thread.

    def _run(self) -> None:
        outcome = Outcome(Decision(Status.NOT_JUDGED, None, "the pool of workers was closed"))
        try:
            while not self._closing:
                self._step()
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            outcome = Outcome(Decision(Status.ERROR, None, f"the pool's thread failed: {error!r}"))
        with self._lock:
            orphans = self._end()
        for job in orphans:
            job.done(outcome)

    def _step(self) -> None:
        for key, events in self._selector.select(self._patience()):
            if key.fileobj is self._ear:
                self._ear.recv(1 << 16)
            else:
                self._hear(events)
        self._call_timers()
        with self._lock:
            needed = bool(self._waiting or self._sent or self._parked)
        if needed and self._channel is None and not self._connecting:
            self._begin_connecting()
        self._send()

    def _end(self) -> list[_Job]:
        """Become as good as new; the lock is held."""
        orphans = self._take_all()
        self._timers.clear()
        self._disconnect()
        self._selector.close()
        if self._bell is not None:
            self._bell.close()
        self._ear.close()
        self._bell = None
        self._connecting = False
        self._closing = False
        return orphans

    def _patience(self) -> float | None:
        with self._lock:
            return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _call_timers(self) -> None:
        due = []
        with self._lock:
            while self._timers and self._timers[0][0] <= time.monotonic():
                due.append(heapq.heappop(self._timers)[2])
        for call in due:
            call()

    def _begin_connecting(self) -> None:
        # Starting a pool takes a moment, in which deadlines must still be kept.
        self._connecting = True
        self._starts += 1
        threading.Thread(target=self._connect, name="touchstone-connect", daemon=True).start()

    def _connect(self) -> None:
        try:
            sock = connect(self._limits)
        except PoolError as error:
            self.at(0.0, partial(self._unreachable, str(error)))
        except Exception as error:  # noqa: BLE001  # or those who wait would never hear of it
            self.at(0.0, partial(self._unreachable, f"the pool of workers cannot be reached: {error!r}"))
        else:
            self.at(0.0, partial(self._connected, sock))

    def _unreachable(self, reason: str) -> None:
        if self._connecting:
            self._fail(reason)

    def _connected(self, sock: socket.socket) -> None:
        if not self._connecting:  # closed in the meantime
            sock.close()
            return
        self._connecting = False
        sock.setblocking(False)  # noqa: FBT003
        self._channel = channel = Channel(sock)
        self._selector.register(channel, selectors.EVENT_READ)
        self.at(time.monotonic() + READY_SECONDS, partial(self._expect_ready, channel))

    def _expect_ready(self, channel: Channel) -> None:
        if channel is self._channel and not self._ready:
            self._disconnect()
            self._fail(f"the pool of workers was not ready within {READY_SECONDS:g} s")

    def _fail(self, reason: str) -> None:
        """There is no pool to be had: say so to everyone who waits, and try again for whoever comes next."""
        self._connecting = False
        self._starts = 0
        with self._lock:
            jobs = self._take_all()
        for job in jobs:
            job.done(Outcome(Decision(Status.ERROR, None, reason)))

    def _disconnect(self) -> None:
        if self._channel is not None:
            self._selector.unregister(self._channel)
            self._channel.close()
        self._channel = None
        self._ready = False

    def _hear(self, events: int) -> None:
        channel = self._channel
        if channel is None:
            return
        try:
            if events & selectors.EVENT_WRITE:
                channel.flush()
            messages = channel.receive() if events & selectors.EVENT_READ else []
        except EOFError:
            self._lose()
            return
        for message in messages:
            self._heed(message)

    def _heed(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready = True
            self.pid = message["ready"]
            self._starts = 0
        elif "parked" in message:
            with self._lock:
                if (job := self._sent.pop(message["id"], None)) is not None:
                    self._parked[message["id"]] = job
        else:
            with self._lock:
                job = self._take(message["id"])
            if job is not None:
                job.done(Outcome.from_json(message["outcome"]))

    def _lose(self) -> None:
        """The pool is gone: send what it had once more, to another one."""
        was_ready = self._ready
        self._disconnect()
        lost = []
        with self._lock:
            for ticket, job in [*reversed(self._parked.items()), *reversed(self._sent.items())]:
                if job.sends < MAX_SENDS:
                    self._waiting[ticket] = job
                    self._waiting.move_to_end(ticket, last=False)
                else:
                    lost.append(job)
            self._sent.clear()
            self._parked.clear()
            self._cancelled.clear()
        for job in lost:
            job.done(Outcome(Decision(Status.ERROR, None, f"the pool of workers died {job.sends} times")))
        if not was_ready and self._starts >= MAX_STARTS:
            self._fail("the pool of workers ends before it is ready; is sympy installed?")

    def _send(self) -> None:
        channel = self._channel
        if channel is None or not self._ready:
            return
        messages: list[dict[str, Any]] = []
        with self._lock:
            messages += ({"cancel": ticket} for ticket in self._cancelled)
            self._cancelled.clear()
            room = min(WINDOW - len(self._sent), MAX_PARKED - len(self._parked))
            while room > 0 and self._waiting:
                ticket, job = self._waiting.popitem(last=False)
                job.sends += 1
                self._sent[ticket] = job
                messages.append({"id": ticket, "task": job.task.to_json()})
                room -= 1
        try:
            for message in messages:
                channel.send(message)
        except EOFError:
            self._lose()
            return
        write = selectors.EVENT_WRITE if channel.wants_to_write else 0
        self._selector.modify(channel, selectors.EVENT_READ | write)
