"""One worker: reads a task, decides it within its CPU time and memory, answers, and waits for the next.

The kernel enforces the limits. When the CPU time of a task is up, `ITIMER_PROF` kills the process: no
handler runs, so nothing that holds the interpreter can put it off. A worker ends with its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.answers.comparing.compare import compare_with_sympy
from rewards.answers.pool.frames import Channel
from rewards.answers.pool.task import Task, verdict_to_json
from rewards.answers.question import Policy
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    import socket

    from rewards.answers.limits import Limits

__all__ = ["MAX_TASKS", "run_worker", "warm_up"]

MAX_TASKS = 1_000
"""Number of tasks after which a worker is replaced by a fresh one: sympy's caches only ever grow."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


_FAMILIAR = (
    (r"\frac{1}{2}+\sqrt{2}", r"\sqrt{2}+\frac{1}{2}"),
    ("x^2+1=0", "x^2=-1"),
    ("(1,2)", "[1,2)"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1\\3\end{pmatrix}"),
    (r"\pi\sin(x)", r"\sin x\pi"),
    (r"\{1,2\}", "2, 1"),
    (r"\frac{1}{3}", r"\int_0^1 x^2\,dx"),
    ("2", r"\int_0^{\pi}\sin x\,dx"),
    ("y^2+1", r"\int_0^y 2x\,dx+1"),
    (r"\frac{\pi^2}{6}", r"\sum_{n=1}^{\infty}\frac{1}{n^2}"),
    ("1", r"\lim_{x\to 0}\frac{\sin x}{x}"),
)
"""An answer and a gold of each common kind, for the warm-up."""


def warm_up() -> None:
    """Pay the start-up costs of a first task; workers forked afterwards are warm."""
    for answer, gold in _FAMILIAR:
        compare_with_sympy(answer, gold, Policy())


def run_worker(sock: socket.socket, limits: Limits, parent: int) -> None:
    """Decide tasks from `sock` until it closes. Never forks, never returns anything but by the socket."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    _limit_memory(limits.memory_bytes)
    channel = Channel(sock)
    with contextlib.suppress(EOFError):
        for _ in range(MAX_TASKS):
            while not (messages := channel.receive()):
                pass
            (message,) = messages  # a worker has one task at a time
            verdict = _decided(Task.from_json(message))
            channel.send(verdict_to_json(verdict))
            if verdict.status is Status.RESOURCE_LIMIT:
                return  # memory that ran out once is not trusted again


def _decided(task: Task) -> Verdict:
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, task.cpu_seconds)
    try:
        verdict = compare_with_sympy(task.answer, task.gold, task.policy)
    except (MemoryError, RecursionError) as error:
        verdict = Verdict(status=Status.RESOURCE_LIMIT, reason=f"evaluation ended in {type(error).__name__}")
    except Exception as error:  # noqa: BLE001  # a defect of ours is no verdict on the answer
        verdict = Verdict(status=Status.ERROR, reason=f"the worker failed with {type(error).__name__}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return dataclasses.replace(verdict, seconds=time.process_time() - began)


def _limit_memory(extra: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + extra
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with contextlib.suppress(OSError):
        # Should the machine run out of memory, it is a worker that goes, not the trainer.
        Path("/proc/self/oom_score_adj").write_text("1000")
