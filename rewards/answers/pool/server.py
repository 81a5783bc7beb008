"""The pool's own process: takes tasks from callers, hands them to workers, and replaces workers that die.

One thread and one loop. Its workers are forked from it when everything they need has been imported, so
a fresh one is warm within milliseconds. New tasks run in the *quick lane*. One that is still running
after :data:`QUANTUM` gives way as soon as another waits: its worker moves to the *slow lane* at a
lower priority, or, when that is full, is killed and its task run again later from the start. So quick
tasks never wait for slow ones, and a task's time in a queue never counts. Callers take turns.

It decides nothing: what a task's death means is told in :func:`_fate`, all else comes from workers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import os
import selectors
import signal
import socket
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Literal

from rewards.answers.comparing.compare import Decision
from rewards.answers.pool.frames import Channel
from rewards.answers.pool.rendezvous import peer_user
from rewards.answers.pool.task import Outcome, Task
from rewards.answers.pool.worker import run_worker, warm_up
from rewards.verdict import Status

if TYPE_CHECKING:
    from rewards.answers.limits import Limits

__all__ = [
    "FIRST_CALLER",
    "LINGER",
    "MAX_CRASHES",
    "MAX_LOSSES",
    "MAX_TASKS_A_CALLER",
    "QUANTUM",
    "SLOW_NICE",
    "Server",
]

QUANTUM = 0.05
"""CPU seconds after which a running task is slow."""

LINGER = 0.5
"""Seconds that the pool outlives its last caller."""

FIRST_CALLER = 30.0
"""Seconds that a pool waits for the caller who started it."""

MAX_TASKS_A_CALLER = 1 << 16
"""A caller with more tasks than this at once does not keep to the protocol."""

MAX_LOSSES = 10
"""How often a task is run again whose worker was killed from outside."""

MAX_CRASHES = 2
"""A task that crashed its worker this often did so by itself."""

SLOW_NICE = 10
"""The niceness of slow workers: they give way to quick ones, yet get on when others load the machine."""

_Lane = Literal["quick", "slow"]


@dataclasses.dataclass(eq=False, slots=True)
class _Job:
    """A task of a caller."""

    caller: _Caller
    number: int
    task: Task
    worker: _Worker | None = None
    losses: int = 0
    crashes: int = 0


@dataclasses.dataclass(eq=False, slots=True)
class _Caller:
    """A process that asks."""

    channel: Channel
    jobs: dict[int, _Job] = dataclasses.field(default_factory=dict)
    queues: dict[_Lane, deque[_Job]] = dataclasses.field(
        default_factory=lambda: {"quick": deque(), "slow": deque()}
    )


@dataclasses.dataclass(eq=False, slots=True)
class _Worker:
    """A process that decides."""

    pid: int
    channel: Channel
    lane: _Lane = "quick"
    job: _Job | None = None
    spent_before: float = 0.0
    """Its CPU time when it got its task."""
    seen: tuple[float, float] = (0.0, 0.0)
    """When it was last seen to have computed, and its CPU time then."""

    @property
    def cpu(self) -> float:
        """The CPU time it has had, in seconds."""
        try:
            return time.clock_gettime((~self.pid << 3) | 2)  # how Linux names the clock of a process
        except OSError:
            return 0.0  # it is gone, which is noticed elsewhere

    @property
    def spent(self) -> float:
        """The CPU time it has had for its task."""
        return self.cpu - self.spent_before


class Server:
    """Serves callers on `listener` until none is left."""

    def __init__(self, listener: socket.socket, limits: Limits) -> None:
        self._listener = listener
        self._limits = limits
        self._lane_size = limits.worker_count
        self._selector = selectors.DefaultSelector()
        self._callers: deque[_Caller] = deque()
        self._workers: list[_Worker] = []
        self._leaving = time.monotonic() + FIRST_CALLER

    def run(self) -> None:
        """Serve; returns when the last caller has been gone for a while."""
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
                os.kill(worker.pid, signal.SIGKILL)
                os.waitpid(worker.pid, 0)

    def _step(self) -> None:
        for key, events in self._selector.select(self._patience()):
            owner = key.data
            if owner is None:
                self._accept()
            elif isinstance(owner, _Caller):
                self._hear_caller(owner, events)
            else:
                self._hear_worker(owner)
        self._check_sleepers()
        self._dispatch()

    def _patience(self) -> float:
        """How long to wait for someone to speak."""
        now = time.monotonic()
        if not self._callers:
            return max(0.0, self._leaving - now)
        if any(caller.queues["quick"] for caller in self._callers):
            return QUANTUM / 2
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
        self._tell(caller, {"ready": os.getpid()})

    def _hear_caller(self, caller: _Caller, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                caller.channel.flush()
                self._watch(caller)
            if events & selectors.EVENT_READ:
                for message in caller.channel.receive():
                    self._heed(caller, message)
        except (EOFError, KeyError, TypeError, ValueError):  # gone, or does not keep to the protocol
            self._drop(caller)

    def _heed(self, caller: _Caller, message: dict[str, Any]) -> None:
        if "ping" in message:
            self._tell(caller, {"pong": True})
            return
        if (number := message.get("cancel")) is not None:
            job = caller.jobs.pop(number, None)
            if job is not None and job.worker is not None:
                self._kill(job.worker)
            return  # if it is queued, it is passed over when its turn comes
        job = _Job(caller, int(message["id"]), Task.from_json(message["task"]))
        if job.number in caller.jobs or len(caller.jobs) >= MAX_TASKS_A_CALLER:
            raise EOFError
        caller.jobs[job.number] = job
        caller.queues["quick"].append(job)

    def _drop(self, caller: _Caller) -> None:
        self._selector.unregister(caller.channel)
        caller.channel.close()
        self._callers.remove(caller)
        for job in caller.jobs.values():
            if job.worker is not None:
                self._kill(job.worker)
        if not self._callers:
            self._leaving = time.monotonic() + LINGER

    def _tell(self, caller: _Caller, message: dict[str, Any]) -> None:
        if caller in self._callers:
            with contextlib.suppress(EOFError):  # its end is noticed where it is read
                caller.channel.send(message)
                self._watch(caller)

    def _watch(self, caller: _Caller) -> None:
        write = selectors.EVENT_WRITE if caller.channel.wants_to_write else 0
        self._selector.modify(caller.channel, selectors.EVENT_READ | write, caller)

    def _finish(self, job: _Job, outcome: Outcome) -> None:
        if job.caller.jobs.pop(job.number, None) is not None:
            self._tell(job.caller, {"id": job.number, "outcome": outcome.to_json()})

    # Workers.

    def _fork(self, lane: _Lane) -> _Worker | None:
        parent = os.getpid()
        with contextlib.ExitStack() as undo:
            try:
                ours, theirs = (undo.enter_context(end) for end in socket.socketpair())
                pid = os.fork()
            except OSError:  # the machine is full for now; what is queued waits
                return None
            undo.pop_all()
        if pid == 0:
            self._become_worker(theirs, parent)
        theirs.close()
        ours.setblocking(False)  # noqa: FBT003
        worker = _Worker(pid, Channel(ours), lane)
        self._workers.append(worker)
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)
        if lane == "slow":
            _lower(worker)
        return worker

    def _become_worker(self, sock: socket.socket, parent: int) -> None:
        try:
            # Whatever else is open here must close when the pool or a caller does.
            os.closerange(3, sock.fileno())
            os.closerange(sock.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
            run_worker(sock, self._limits, parent)
            os._exit(0)
        finally:
            os._exit(1)

    def _hear_worker(self, worker: _Worker) -> None:
        try:
            messages = worker.channel.receive()
        except EOFError:
            self._bury(worker)
            return
        for message in messages:
            job, worker.job = worker.job, None
            if job is not None:
                job.worker = None
                self._finish(job, Outcome.from_json(message))

    def _bury(self, worker: _Worker) -> None:
        self._selector.unregister(worker.channel)
        worker.channel.close()
        os.kill(worker.pid, signal.SIGKILL)  # it is ending; should it not be, waiting for it would not end
        _, status = os.waitpid(worker.pid, 0)
        if worker not in self._workers:
            return  # killed by us, and given up then
        self._workers.remove(worker)
        if (job := worker.job) is not None:
            job.worker = None
            outcome = _fate(job, status)
            if outcome is None:
                job.caller.queues[worker.lane].appendleft(job)
            else:
                self._finish(job, outcome)

    def _kill(self, worker: _Worker) -> None:
        """End `worker` at once; it is reaped when its socket closes."""
        self._workers.remove(worker)
        if worker.job is not None:
            worker.job.worker = None
            worker.job = None
        os.kill(worker.pid, signal.SIGKILL)

    def _check_sleepers(self) -> None:
        """The wall-clock backstop: whoever has a task and does not even try to compute, goes."""
        now = time.monotonic()
        for worker in [worker for worker in self._workers if worker.job is not None]:
            job = worker.job
            since, cpu = worker.seen
            if job is None or now < since + self._limits.wall_factor * self._limits.cpu_seconds:
                continue
            if worker.cpu > cpu:
                worker.seen = now, worker.cpu  # only starved: its CPU time is what counts
                continue
            self._kill(worker)
            self._finish(job, Outcome(Decision(Status.TIMEOUT, None, "the worker stood still")))

    # Who gets which worker.

    def _dispatch(self) -> None:
        while (job := self._next("quick")) is not None:
            worker = self._free_quick_worker()
            if worker is None:
                self._put_back(job, "quick")
                break
            self._hand(job, worker)
        slow = [worker for worker in self._workers if worker.lane == "slow"]
        idle = [worker for worker in slow if worker.job is None]
        while (idle or len(slow) < self._lane_size) and (job := self._next("slow")) is not None:
            worker = idle.pop() if idle else self._fork("slow")
            if worker is None:
                self._put_back(job, "slow")
                break
            if worker not in slow:
                slow.append(worker)
            self._hand(job, worker)
        for worker in idle:
            self._kill(worker)  # its priority cannot be raised again
        while sum(worker.lane == "quick" for worker in self._workers) < self._lane_size:
            if self._fork("quick") is None:
                break

    def _free_quick_worker(self) -> _Worker | None:
        quick = [worker for worker in self._workers if worker.lane == "quick"]
        for worker in quick:
            if worker.job is None:
                return worker
        if len(quick) < self._lane_size:
            return self._fork("quick")
        over = [worker for worker in quick if worker.spent >= QUANTUM]
        if not over:
            return None
        if len(self._workers) - len(quick) < self._lane_size:
            slowest = max(over, key=lambda worker: worker.spent)
            slowest.lane = "slow"
            _lower(slowest)
        else:
            newest = min(over, key=lambda worker: worker.spent)
            job = newest.job
            self._kill(newest)
            if job is not None:
                job.caller.queues["slow"].append(job)
                self._tell(job.caller, {"id": job.number, "parked": True})
        return self._fork("quick")

    def _next(self, lane: _Lane) -> _Job | None:
        for _ in range(len(self._callers)):
            caller = self._callers[0]
            self._callers.rotate(-1)
            while caller.queues[lane]:
                job = caller.queues[lane].popleft()
                if job.number in caller.jobs:
                    return job
        return None

    def _put_back(self, job: _Job, lane: _Lane) -> None:
        """There is no worker yet; its caller keeps the turn, or two callers would never alternate."""
        job.caller.queues[lane].appendleft(job)
        self._callers.remove(job.caller)
        self._callers.appendleft(job.caller)

    def _hand(self, job: _Job, worker: _Worker) -> None:
        job.worker, worker.job = worker, job
        worker.spent_before = worker.cpu
        worker.seen = time.monotonic(), worker.spent_before
        with contextlib.suppress(EOFError):  # its end is noticed where it is read
            worker.channel.send(job.task.to_json())


def _fate(job: _Job, status: int) -> Outcome | None:
    """What the death of its worker means for `job`; None if it is to be run again."""
    killer = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    if killer == signal.SIGPROF:
        seconds = job.task.cpu_seconds
        return Outcome(Decision(Status.TIMEOUT, None, f"{seconds:g} s of CPU time were not enough"), seconds)
    if killer in {signal.SIGKILL, signal.SIGTERM} or status == 0:  # it had come to its end just before
        job.losses += 1
        if job.losses <= MAX_LOSSES:
            return None
        return Outcome(Decision(Status.ERROR, None, f"its worker was lost {job.losses} times"))
    job.crashes += 1
    if job.crashes < MAX_CRASHES:
        return None
    how = signal.Signals(killer).name if killer else f"exit status {os.waitstatus_to_exitcode(status)}"
    return Outcome(
        Decision(Status.RESOURCE_LIMIT, None, f"it crashed its worker {job.crashes} times ({how})")
    )


def _lower(worker: _Worker) -> None:
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, worker.pid, SLOW_NICE)
