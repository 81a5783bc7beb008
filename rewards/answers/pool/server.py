"""The pool's own process: takes tasks from callers, hands them to workers, and replaces workers that die.

One thread and one loop. Its workers are forked from it when everything they need has been imported, so
a fresh one is warm within milliseconds.

A task's *level* is how long it has computed, on a scale of :data:`QUANTUM`, `GROWTH * QUANTUM` and so on,
and lower levels go first: as many tasks run as there are to be workers, as many again are suspended where
they are, and what is above those is killed, to be run again from the start at the level it had reached.
So a task that takes c seconds of CPU time waits for at most `max(QUANTUM, GROWTH * c)` of each other,
however long those take. A task that rises makes at most one other start again, at each level. That nothing
starves, the slowest one suspended runs beside the others for a tenth of the time. Waiting never counts
against a limit, and callers take turns.

It decides nothing but the verdict on a task whose worker exited (:func:`_exit_verdict`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import os
import selectors
import signal
import time
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

from rewards.answers.pool.frames import Channel, peer_user
from rewards.answers.pool.handle import QUANTUM, Worker
from rewards.answers.pool.task import Task, verdict_from_json, verdict_to_json
from rewards.answers.pool.worker import warm_up
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    import socket

    from rewards.answers.limits import Limits

__all__ = [
    "FIRST_CALLER",
    "LINGER",
    "MAX_CRASHES",
    "MAX_LOSSES",
    "MAX_TASKS_A_CALLER",
    "SLICE",
    "PoolServer",
    "QueuedTask",
]

LINGER = 0.5
"""Seconds that the pool outlives its last caller."""

FIRST_CALLER = 30.0
"""Seconds that a pool waits for its first caller."""

SLICE = 0.05
"""Seconds between scheduling decisions when nothing else happens and no quick task waits."""

MAX_TASKS_A_CALLER = 1 << 16
"""Maximum number of open tasks of a caller; more are a protocol error."""

MAX_LOSSES = 50
"""Maximum number of reruns of a task whose worker was killed from outside."""

MAX_CRASHES = 2
"""Number of crashes or stalls of its workers after which a task is given up."""


@dataclasses.dataclass(eq=False, slots=True)
class QueuedTask:
    """A task of a caller, with its scheduling state."""

    caller: _Caller
    number: int
    task: Task
    level: int = 0
    worker: Worker | None = None
    losses: int = 0
    crashes: int = 0


@dataclasses.dataclass(eq=False, slots=True)
class _Caller:
    """A connected caller and its jobs."""

    channel: Channel
    jobs: dict[int, QueuedTask] = dataclasses.field(default_factory=dict)
    waiting: defaultdict[int, OrderedDict[int, QueuedTask]] = dataclasses.field(
        default_factory=lambda: defaultdict(OrderedDict)
    )
    """Queued jobs by level, those without a worker."""


class PoolServer:
    """Serves callers on `listener` until none is left."""

    def __init__(self, listener: socket.socket, limits: Limits) -> None:
        self._listener = listener
        self._limits = limits
        self._width = limits.worker_count
        self._selector = selectors.DefaultSelector()
        self._callers: deque[_Caller] = deque()
        self._workers: list[Worker] = []
        self._leaving = time.monotonic() + FIRST_CALLER
        self._workers_reported: dict[str, int] = {}

    def run(self) -> None:
        """Serve until :data:`LINGER` seconds after the last caller has left."""
        self._listener.setblocking(False)  # noqa: FBT003  # its only argument
        self._selector.register(self._listener, selectors.EVENT_READ)
        warm_up()
        gc.collect()
        gc.freeze()
        try:
            self._dispatch()
            while self._callers or time.monotonic() < self._leaving:
                self._step()
        finally:
            for worker in self._workers:
                worker.reap()

    def _step(self) -> None:
        for key, events in self._selector.select(self._patience()):
            owner = key.data
            if owner is None:
                self._accept()
            elif isinstance(owner, _Caller):
                self._on_caller_readable(owner, events)
            else:
                self._on_worker_readable(owner)
        self._check_sleepers()
        self._flush()  # what is known by now; to fork a worker takes a while
        self._dispatch()
        self._notify_worker_counts()
        self._flush()

    def _patience(self) -> float:
        """Seconds to wait for the next event."""
        now = time.monotonic()
        if not self._callers:
            return max(0.0, self._leaving - now)
        if self._lowest() == 0:  # and looks out for a worker that has to give way
            left = [QUANTUM - worker.spent for worker in self._workers if worker.job is not None]
            return max(QUANTUM / 10, min(left, default=QUANTUM))
        if self._lowest() is not None or any(worker.suspended for worker in self._workers):
            return SLICE
        return self._limits.wall_factor * self._limits.cpu_seconds

    # Callers.

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        sock.setblocking(False)  # noqa: FBT003
        if peer_user(sock) != os.getuid():
            sock.close()
            return
        caller = _Caller(Channel(sock))
        self._callers.append(caller)
        self._selector.register(caller.channel, selectors.EVENT_READ, caller)
        self._notify(caller, {"ready": os.getpid()})
        self._workers_reported = {}  # the new caller has not heard

    def _on_caller_readable(self, caller: _Caller, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                caller.channel.flush()
                self._watch(caller)
            if events & selectors.EVENT_READ:
                for message in caller.channel.receive():
                    self._on_message(caller, message)
        except (EOFError, KeyError, TypeError, ValueError):  # gone, or does not keep to the protocol
            self._drop(caller)

    def _on_message(self, caller: _Caller, message: dict[str, Any]) -> None:
        if "ping" in message:
            self._notify(caller, {"pong": True})
            return
        if (number := message.get("cancel")) is not None:
            job = caller.jobs.pop(number, None)
            if job is not None:
                caller.waiting[job.level].pop(number, None)
                if job.worker is not None:
                    self._kill(job.worker)
                    self._notify(caller, {"died": "cancelled"})
            return
        job = QueuedTask(caller, int(message["id"]), Task.from_json(message["task"]))
        if job.number in caller.jobs or len(caller.jobs) >= MAX_TASKS_A_CALLER:
            raise EOFError
        caller.jobs[job.number] = job
        caller.waiting[0][job.number] = job

    def _drop(self, caller: _Caller) -> None:
        self._selector.unregister(caller.channel)
        caller.channel.close()
        self._callers.remove(caller)
        for job in caller.jobs.values():
            if job.worker is not None:
                self._kill(job.worker)
        if not self._callers:
            self._leaving = time.monotonic() + LINGER

    def _notify(self, caller: _Caller, message: dict[str, Any]) -> None:
        if caller in self._callers:
            caller.channel.put(message)

    def _flush(self) -> None:
        """Send the buffered messages, one batch per caller: each wake-up interrupts its other work."""
        for caller in self._callers:
            if caller.channel.wants_to_write:
                with contextlib.suppress(EOFError):  # its end is noticed where it is read
                    caller.channel.flush()
                    self._watch(caller)

    def _watch(self, caller: _Caller) -> None:
        write = selectors.EVENT_WRITE if caller.channel.wants_to_write else 0
        self._selector.modify(caller.channel, selectors.EVENT_READ | write, caller)

    def _finish(self, job: QueuedTask, verdict: Verdict) -> None:
        if job.caller.jobs.pop(job.number, None) is not None:
            self._notify(job.caller, {"id": job.number, "outcome": verdict_to_json(verdict)})

    # Workers.

    def _fork(self) -> Worker | None:
        worker = Worker.fork(self._limits)
        if worker is not None:
            self._workers.append(worker)
            self._selector.register(worker.channel, selectors.EVENT_READ, worker)
        return worker

    def _on_worker_readable(self, worker: Worker) -> None:
        try:
            messages = worker.channel.receive()
        except EOFError:
            self._on_worker_exit(worker)
            return
        for message in messages:
            if (job := worker.release()) is not None:
                verdict = verdict_from_json(message)
                if verdict.status is Status.RESOURCE_LIMIT:
                    self._notify(job.caller, {"died": "memory"})
                self._finish(job, verdict)
                worker.resume()  # it may have been suspended on its last few steps

    def _on_worker_exit(self, worker: Worker) -> None:
        self._selector.unregister(worker.channel)
        status = worker.reap()
        if worker not in self._workers:
            return  # killed by us, and given up then
        self._workers.remove(worker)
        if (job := worker.release()) is not None:
            self._notify(job.caller, {"died": _cause(status)})
            self._complete_or_requeue(job, _exit_verdict(job, status))

    def _complete_or_requeue(self, job: QueuedTask, verdict: Verdict | None) -> None:
        """Finish a job whose worker is gone; without a verdict, put it at the head of its queue."""
        if verdict is not None:
            self._finish(job, verdict)
        else:
            self._put_back(job).move_to_end(job.number, last=False)

    def _put_back(self, job: QueuedTask) -> OrderedDict[int, QueuedTask]:
        waiting = job.caller.waiting[job.level]
        waiting[job.number] = job
        return waiting

    def _kill(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.release()
        worker.kill()

    def _preempt(self, worker: Worker) -> None:
        """Kill the worker and queue its job again, from the start and at the level that it has reached."""
        job, level = worker.job, worker.level
        self._kill(worker)
        if job is not None:
            job.level = level
            self._put_back(job)
            self._notify(job.caller, {"id": job.number, "parked": True})
            self._notify(job.caller, {"died": "gave_way"})

    def _check_sleepers(self) -> None:
        """Kill workers that have a job and do not compute: the wall-clock timeout."""
        for worker in self._workers.copy():
            job = worker.job
            if job is not None and worker.stands_still(self._limits.wall_factor * self._limits.cpu_seconds):
                self._kill(worker)
                self._notify(job.caller, {"died": "stood_still"})
                job.crashes += 1
                again = job.crashes < MAX_CRASHES
                verdict = Verdict(status=Status.TIMEOUT, reason=f"its worker stood still {job.crashes} times")
                self._complete_or_requeue(job, None if again else verdict)

    def _notify_worker_counts(self) -> None:
        slow = max(0, sum(worker.job is not None for worker in self._workers) - self._width)
        workers = {"quick": len(self._workers) - slow, "slow": slow}
        if workers != self._workers_reported:
            self._workers_reported = workers
            for caller in self._callers:
                self._notify(caller, {"workers": workers})

    # Who gets which worker.

    def _busy(self) -> list[Worker]:
        """Return the workers with a job, by level, then running ones first, then by CPU time spent."""
        busy = [worker for worker in self._workers if worker.job is not None]
        return sorted(busy, key=lambda worker: (worker.level, worker.suspended, -worker.spent))

    def _dispatch(self) -> None:
        width, busy = self._width, self._busy()
        idle = [worker for worker in self._workers if worker.job is None]
        while (level := self._lowest()) is not None:
            # New ones wait their turn; of the slow one is let in, which is then suspended.
            if len(busy) >= width + (level > 0) and level >= busy[width - 1].level:
                break
            worker = idle.pop() if idle else self._fork()
            if worker is None:
                break
            worker.take(self._next(level))
            busy = self._busy()
        for worker in busy[2 * width :]:
            self._preempt(worker)
        slowest = busy[width : 2 * width][-1:]
        running = busy[:width] + (slowest if self._turn_of_the_slow() else [])
        for worker in busy[: 2 * width]:
            if worker in running:
                worker.resume()
            else:
                worker.suspend()
        for _ in range(max(1, width - len(busy)) - len(idle)):
            self._fork()

    def _turn_of_the_slow(self) -> bool:
        return int(time.monotonic() / SLICE) % 10 == 0

    def _next(self, level: int) -> QueuedTask:
        """Pop the next job queued at `level`, round-robin over the callers."""
        while True:
            caller = self._callers[0]
            self._callers.rotate(-1)
            if waiting := caller.waiting[level]:
                return waiting.popitem(last=False)[1]

    def _lowest(self) -> int | None:
        """Return the lowest level with a queued job; None without one."""
        levels = (level for caller in self._callers for level, waiting in caller.waiting.items() if waiting)
        return min(levels, default=None)


def _cause(status: int) -> str:
    """Return the reason that a worker exited, a key of :data:`rewards.answers.pool.news.EXIT_REASONS`."""
    killer = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if killer == signal.SIGPROF:
        return "cpu_time"
    return "lost" if killer in {signal.SIGKILL, signal.SIGTERM} or status == 0 else "crash"


def _exit_verdict(job: QueuedTask, status: int) -> Verdict | None:
    """Return the verdict on the task of `job` after its worker exited; None if it is to be run again."""
    killer = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if killer == signal.SIGPROF:
        seconds = job.task.cpu_seconds
        reason = f"{seconds:g} s of CPU time were not enough"
        return Verdict(status=Status.TIMEOUT, reason=reason, seconds=seconds)
    if killer in {signal.SIGKILL, signal.SIGTERM} or status == 0:  # it had come to its end just before
        job.losses += 1
        if job.losses <= MAX_LOSSES:
            return None
        return Verdict(status=Status.ERROR, reason=f"its worker was lost {job.losses} times")
    job.crashes += 1
    if job.crashes < MAX_CRASHES:
        return None
    how = signal.Signals(killer).name if killer else f"exit status {os.waitstatus_to_exitcode(status)}"
    reason = f"it crashed its worker {job.crashes} times ({how})"
    return Verdict(status=Status.RESOURCE_LIMIT, reason=reason)
