"""The caller's connection to the worker pool: sends tasks, receives verdicts and runs timers.

One daemon thread does it all, so that submitting never blocks. If the pool dies or stops answering, another
is started and the open tasks are sent again; after :data:`MAX_SENDS` sends they end as ERROR.
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

from rewards.answers.pool.frames import Channel
from rewards.answers.pool.locate import connect, forget
from rewards.answers.pool.task import verdict_from_json
from rewards.errors import PoolError
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.limits import Limits
    from rewards.answers.pool.news import PoolStats
    from rewards.answers.pool.task import Task

__all__ = ["MAX_PARKED", "MAX_SENDS", "MAX_STARTS", "SILENCE_SECONDS", "WINDOW", "Connection", "TaskRequest"]

WINDOW = 256
"""Maximum number of tasks at the pool, apart from those it has found to be slow; the rest queue here."""

MAX_PARKED = 1 << 15
"""Maximum number of slow tasks at the pool."""

MAX_SENDS = 3
"""Maximum number of sends of a task; it is sent again only because the pool died."""

MAX_STARTS = 5
"""Maximum number of connections in a row that fail before they are ready."""

SILENCE_SECONDS = 120.0
"""Seconds without a message, during warm-up or after a ping, after which the pool is given up."""


@dataclasses.dataclass(eq=False, slots=True)
class TaskRequest:
    """A task with the callback of its verdict."""

    task: Task
    done: Callable[[Verdict], None]
    sends: int = 0


class Connection:
    """A reconnecting connection to the pool, and the thread that serves it until it closes.

    Other threads use the public attributes only, and hold `lock`.
    """

    def __init__(self, limits: Limits, lock: threading.Lock, news: PoolStats) -> None:
        self._limits = limits
        self._news = news
        self._lock = lock
        self.waiting: OrderedDict[int, TaskRequest] = OrderedDict()
        self.sent: dict[int, TaskRequest] = {}
        self.parked: dict[int, TaskRequest] = {}
        """Tasks that were sent and found to be slow."""
        self.cancelled: list[int] = []
        self._arrived: socket.socket | Exception | None = None
        """The socket of a finished connection attempt, or the exception it ended with."""
        self.closing = False
        self.pid: int | None = None
        """Process id of the pool; None before it is ready."""
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._timers_set = itertools.count()
        self._channel: Channel | None = None
        self._ready = False
        self._silent = False
        self._connecting = False
        self._starts = 0
        self._wakeup_out, self._wakeup_in = socket.socketpair()
        self._wakeup_out.setblocking(False)  # noqa: FBT003  # its only argument
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wakeup_in, selectors.EVENT_READ)
        try:
            threading.Thread(target=self._run, name="touchstone-pool", daemon=True).start()
        except BaseException:
            self.abandon()
            raise

    def wake(self) -> None:
        """Wake the thread; the lock is held."""
        with contextlib.suppress(BlockingIOError):  # a wake-up is pending already
            self._wakeup_out.send(b"\0")

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Schedule `call` in the thread at `when`, in monotonic seconds; the lock is held."""
        heapq.heappush(self._timers, (when, next(self._timers_set), call))

    def take(self, ticket: int) -> TaskRequest | None:
        """Remove and return a sent task; the lock is held."""
        return self.sent.pop(ticket, None) or self.parked.pop(ticket, None)

    def abandon(self) -> None:
        """Close all file descriptors."""
        for mine in (self._wakeup_out, self._wakeup_in, self._channel, self._selector, self._arrived):
            if mine is not None and not isinstance(mine, Exception):
                mine.close()

    def _run(self) -> None:
        verdict = Verdict(status=Status.NOT_JUDGED, reason="the pool of workers was closed")
        try:
            while not self.closing:
                self._step()
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            verdict = Verdict(status=Status.ERROR, reason=f"the pool's thread failed: {error!r}")
        with self._lock:
            self.closing = True
            requests = self._take_all()
            self.abandon()
        for request in requests:
            request.done(verdict)

    def _step(self) -> None:
        self._send()
        self._connect_if_needed()  # after sending, which may have found the pool gone
        for key, events in self._selector.select(self._patience()):
            if key.fileobj is self._wakeup_in:
                self._wakeup_in.recv(1 << 16)
            else:
                self._on_readable(events)
        self._call_timers()

    def _take_all(self) -> list[TaskRequest]:
        """Remove and return all tasks; the lock is held."""
        requests = [*self.parked.values(), *self.sent.values(), *self.waiting.values()]
        for tickets in (self.parked, self.sent, self.waiting):
            tickets.clear()
        self.cancelled.clear()
        return requests

    # Time.

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

    # Finding the pool, and losing it.

    def _connect_if_needed(self) -> None:
        with self._lock:
            arrived, self._arrived = self._arrived, None
            needed = bool(self.waiting or self.sent or self.parked)
        if arrived is not None:
            self._connecting = False
            if isinstance(arrived, Exception):
                self._fail(
                    str(arrived) if isinstance(arrived, PoolError) else f"no pool of workers: {arrived!r}"
                )
            else:
                self._listen_to(arrived)
        elif needed and self._channel is None and not self._connecting:
            self._connecting = True
            self._starts += 1
            threading.Thread(target=self._connect, name="touchstone-connect", daemon=True).start()

    def _connect(self) -> None:
        """Connect, in a thread of its own: timers must run while a pool starts."""
        arrived: socket.socket | Exception
        try:
            arrived = connect(self._limits)
        except Exception as error:  # noqa: BLE001  # or those who wait would never hear of it
            arrived = error
        with self._lock:
            if not self.closing:
                self._arrived = arrived
                self.wake()
            elif isinstance(arrived, socket.socket):
                arrived.close()

    def _listen_to(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # noqa: FBT003
        self._channel = Channel(sock)
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._expect_a_word(self._channel)

    def _expect_a_word(self, channel: Channel) -> None:
        self._silent = True
        with self._lock:
            self.at(time.monotonic() + SILENCE_SECONDS, partial(self._check_pulse, channel))

    def _check_pulse(self, channel: Channel) -> None:
        if channel is not self._channel:
            return
        if not self._silent:
            with contextlib.suppress(EOFError):  # its end is noticed where it is read
                channel.send({"ping": True})
            self._expect_a_word(channel)
            return
        with contextlib.suppress(OSError, PoolError):
            forget(self._limits)
        was_ready = self._ready
        self._lose()
        if not was_ready:
            self._fail(f"the pool of workers was not ready within {SILENCE_SECONDS:g} s")

    def _fail(self, reason: str) -> None:
        """Fail all tasks, as no pool can be reached; the next task tries again."""
        self._starts = 0
        with self._lock:
            requests = self._take_all()
        for request in requests:
            request.done(Verdict(status=Status.ERROR, reason=reason))

    def _lose(self) -> None:
        """Drop the lost connection, and queue its tasks again for the next one."""
        was_ready = self._ready
        if self._channel is not None:
            self._selector.unregister(self._channel)
            self._channel.close()
        self._channel = None
        self._ready = False
        self._news.workers = {}
        lost = []
        with self._lock:
            for ticket, request in [*reversed(self.parked.items()), *reversed(self.sent.items())]:
                if request.sends < MAX_SENDS:
                    self.waiting[ticket] = request
                    self.waiting.move_to_end(ticket, last=False)
                else:
                    lost.append(request)
            self.sent.clear()
            self.parked.clear()
            self.cancelled.clear()
        for request in lost:
            reason = f"the pool of workers died {request.sends} times"
            request.done(Verdict(status=Status.ERROR, reason=reason))
        if not was_ready and self._starts >= MAX_STARTS:
            self._fail("the pool of workers ends before it is ready; is sympy installed?")

    # Talking to it.

    def _on_readable(self, events: int) -> None:
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
            self._silent = False
            self._dispatch(message)

    def _dispatch(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready = True
            self.pid = message["ready"]
            self._starts = 0
        elif "parked" in message:
            with self._lock:
                if (request := self.sent.pop(message["id"], None)) is not None:
                    self.parked[message["id"]] = request
        elif "died" in message:
            self._news.deaths[message["died"]] += 1
        elif "workers" in message:
            self._news.workers = message["workers"]
        elif "outcome" in message:
            with self._lock:
                request = self.take(message["id"])
            if request is not None:
                request.done(verdict_from_json(message["outcome"]))

    def _send(self) -> None:
        channel = self._channel
        if channel is None or not self._ready:
            return
        messages: list[dict[str, Any]] = []
        with self._lock:
            messages += ({"cancel": ticket} for ticket in self.cancelled)
            self.cancelled.clear()
            room = min(WINDOW - len(self.sent), MAX_PARKED - len(self.parked))
            while room > 0 and self.waiting:
                ticket, request = self.waiting.popitem(last=False)
                request.sends += 1
                self.sent[ticket] = request
                messages.append({"id": ticket, "task": request.task.to_json()})
                room -= 1
        for message in messages:
            channel.put(message)
        try:
            channel.flush()
        except EOFError:
            self._lose()
            return
        write = selectors.EVENT_WRITE if channel.wants_to_write else 0
        self._selector.modify(channel, selectors.EVENT_READ | write)
