from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pools import HANGING, HOPELESS, Asker, alive, area, children, until

from rewards.answers.limits import Limits
from rewards.answers.pool import server as pool_server
from rewards.answers.pool.client import Pool
from rewards.answers.pool.frames import Channel
from rewards.answers.pool.line import MAX_SENDS, WINDOW
from rewards.answers.pool.locate import connect
from rewards.answers.pool.server import LINGER
from rewards.answers.pool.task import Task
from rewards.answers.question import Policy
from rewards.errors import InvalidParameterError, PoolError
from rewards.verdict import Method, Status

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[4]


def status(asker: Asker, answer: str) -> Status:
    return asker.wait(answer)[0].status


def busy(pool: Pool) -> list[int]:
    """The workers that are computing: those whose CPU time grows."""

    def spent(pid: int) -> float:
        return time.clock_gettime((~pid << 3) | 2)

    assert pool.pid is not None
    before = {pid: spent(pid) for pid in children(pool.pid)}
    time.sleep(0.05)
    return [pid for pid, cpu in before.items() if alive(pid) and spent(pid) > cpu]


def test_tasks_are_decided(asker: Asker) -> None:
    asker.ask(*area(1))
    asker.ask(area(2)[0], area(1)[1])
    asker.ask("x+3", "{{")
    asker.ask("{{", "x+3")
    right, wrong, unreadable_gold, unreadable = asker.wait(area(1)[0], area(2)[0], "x+3", "{{")
    assert (right.status, right.method) == (Status.CORRECT, Method.SYMBOLIC)
    assert right.seconds > 0
    assert wrong.status == Status.INCORRECT
    assert unreadable_gold.status == Status.UNPARSEABLE_GOLD
    assert unreadable.status == Status.INCORRECT


def test_what_burns_its_time_is_killed_by_cpu_time(asker: Asker) -> None:
    asker.ask(HANGING % 7, cpu_seconds=0.2)
    (outcome,) = asker.wait(HANGING % 7)
    assert outcome.status == Status.TIMEOUT
    assert outcome.seconds == 0.2


def test_what_wants_too_much_memory_is_refused(asker: Asker) -> None:
    asker.ask("2^{10^{9}}", cpu_seconds=20)
    assert status(asker, "2^{10^{9}}") == Status.RESOURCE_LIMIT
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.CORRECT


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
def test_a_task_whose_worker_dies(asker: Asker, with_signal: int, times: int, expected: Status) -> None:
    answer = HANGING % 9
    asker.ask(answer, cpu_seconds=2.0)
    killed = 0
    while killed < times:
        for worker in busy(asker.pool) if asker.pool.pid else ():
            os.kill(worker, with_signal)
            until(lambda pid=worker: not alive(pid))
            killed += 1
    assert status(asker, answer) == expected


def test_quick_tasks_do_not_wait_for_slow_ones(asker: Asker) -> None:
    slow = [HANGING % n for n in range(20, 26)]
    quick = [area(n)[0] for n in range(20)]
    tickets = [asker.ask(answer, cpu_seconds=100) for answer in slow]
    for n in range(20):
        asker.ask(*area(n))
    assert {outcome.status for outcome in asker.wait(*quick)} == {Status.CORRECT}
    assert not set(slow) & set(asker.outcomes)
    for ticket in tickets:
        asker.pool.cancel(ticket)


def test_a_parked_task_keeps_its_whole_limit(asker: Asker) -> None:
    slow = [HANGING % n for n in (30, 31, 32)]
    for answer in slow:
        asker.ask(answer, cpu_seconds=0.3)
    asker.ask(*area(1))
    outcomes = asker.wait(area(1)[0], *slow)
    assert [outcome.status for outcome in outcomes] == [Status.CORRECT, *[Status.TIMEOUT] * 3]
    assert {outcome.seconds for outcome in outcomes[1:]} == {0.3}


def test_cancelled_tasks_cost_nothing_more(asker: Asker) -> None:
    tickets = [asker.ask(HANGING % n, cpu_seconds=1000) for n in range(40, 46)]
    until(lambda: bool(asker.pool.pid and busy(asker.pool)))
    for ticket in tickets:
        asker.pool.cancel(ticket)
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.CORRECT
    until(lambda: not busy(asker.pool))
    assert list(asker.outcomes) == [area(1)[0]]


def test_timers_ring_in_order_while_tasks_run(asker: Asker) -> None:
    rang: list[str] = []
    both = threading.Event()
    ticket = asker.ask(HANGING % 50, cpu_seconds=100)
    now = time.monotonic()
    asker.pool.at(now + 0.2, lambda: (rang.append("second"), both.set()))
    asker.pool.at(now + 0.1, lambda: rang.append("first"))
    assert both.wait(60)
    assert rang == ["first", "second"]
    asker.pool.cancel(ticket)


def test_a_pool_that_dies_is_replaced_and_asked_again(own_folder: Path) -> None:
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


def test_closing_ends_the_pool_and_what_it_was_doing(own_folder: Path) -> None:
    asker = Asker(Pool(Limits(workers=1)))
    asker.ask(HANGING % 70, cpu_seconds=1000)
    until(lambda: bool(asker.pool.pid and busy(asker.pool)))
    assert asker.pool.pid is not None
    everyone = [asker.pool.pid, *children(asker.pool.pid)]
    asker.pool.close()
    assert status(asker, HANGING % 70) == Status.NOT_JUDGED
    until(lambda: not any(map(alive, everyone)))
    assert not list(own_folder.glob("*/*.sock"))


def test_a_closed_pool_takes_tasks_again_at_once(asker: Asker) -> None:
    for n in range(5):
        asker.ask(HANGING % n, cpu_seconds=1000)
        asker.pool.close()
        asker.ask(*area(n))
        assert status(asker, HANGING % n) == Status.NOT_JUDGED
        assert status(asker, area(n)[0]) == Status.CORRECT


SCRIPT = """
import sys, time
sys.path.insert(0, {root!r})
{body}
"""


def start(body: str) -> subprocess.Popen[str]:
    """A caller in a process of its own."""
    code = SCRIPT.format(root=str(ROOT), body=body)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


CALLER = f"""
from rewards.answers.judge import Judge, Limits, Question
judge = Judge(Limits(workers=1, cpu_seconds=1000.0))
question = Question({area(1)[0]!r}, ({area(1)[1]!r},))
print(judge.ask([question])[question].result().status, judge.pool_pid, flush=True)
"""


def test_closing_while_connecting_leaves_nothing_open(own_folder: Path) -> None:
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


def test_callers_share_a_pool_which_ends_with_the_last_of_them(own_folder: Path) -> None:
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


def test_a_caller_that_is_killed_leaves_nothing_behind(own_folder: Path) -> None:
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


def test_a_forked_caller_has_a_connection_of_its_own(own_folder: Path) -> None:
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


def test_the_pool_runs_nothing_of_the_callers_own(own_folder: Path, tmp_path: Path) -> None:
    """Neither the script that asks nor modules beside it are imported by the pool."""
    assert own_folder.is_dir()
    (tmp_path / "sympy.py").write_text("raise SystemExit('not this one')")
    script = tmp_path / "script.py"
    body = SCRIPT.format(root=str(ROOT), body=CALLER).replace("import sys", "print('main')\nimport sys", 1)
    script.write_text(body)
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert ran.stdout.split()[:2] == ["main", "CORRECT"]
    assert ran.stdout.count("main") == 1


def test_callers_take_turns(own_folder: Path) -> None:
    """A caller with one question waits for some of another's hundreds, not for all of them."""
    assert own_folder.is_dir()
    limits = Limits(workers=1)
    many = Asker(Pool(limits))
    many.ask(*area(1))
    many.wait(area(1)[0])
    assert many.pool.pid is not None
    with connect(limits) as sock:
        sock.settimeout(60)
        few = Channel(sock)
        assert few.receive()[0]["ready"] == many.pool.pid
        os.kill(many.pool.pid, signal.SIGSTOP)
        answers = [area(n)[0] for n in range(WINDOW)]
        for n in range(WINDOW):
            many.ask(*area(n))
        time.sleep(0.5)  # most of them are on their way by now
        few.send({"id": 1, "task": Task(*area(2), Policy(), 1.0).to_json()})
        os.kill(many.pool.pid, signal.SIGCONT)
        while not any("outcome" in message for message in few.receive()):
            pass
        answered = time.monotonic()
    many.wait(*answers)
    assert sum(at < answered for at in many.arrivals.values()) < WINDOW / 2
    many.pool.close()


@pytest.mark.parametrize(
    "frame",
    [b"\0\0\0\2[]", b"\xff" * 8, b'\0\0\0\x07{"id":1}', json.dumps({"id": 1, "task": {}}).encode()],
    ids=["no object", "too long", "no task", "no frame"],
)
def test_a_peer_that_breaks_the_protocol_is_cut_off(asker: Asker, frame: bytes) -> None:
    asker.ask(*area(1))
    asker.wait(area(1)[0])
    with connect(Limits(workers=1, cpu_seconds=0.3, memory_bytes=96 << 20)) as sock:
        sock.settimeout(60)
        sock.sendall(frame)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 16):
            pass
    asker.ask(*area(2))
    assert status(asker, area(2)[0]) == Status.CORRECT


def test_a_folder_that_others_can_enter_is_not_trusted(own_folder: Path) -> None:
    folder = own_folder / f"touchstone-{os.getuid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(PoolError, match="belongs to you alone"):
        connect(Limits())
    asker = Asker(Pool(Limits()))
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.ERROR
    asker.pool.close()


def no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")


def broken_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")


@pytest.mark.parametrize("breaking", [no_interpreter, broken_interpreter])
def test_a_pool_that_cannot_start_says_so(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, breaking: Callable[[pytest.MonkeyPatch], None]
) -> None:
    assert own_folder.is_dir()
    breaking(monkeypatch)
    with pytest.raises(PoolError, match="the pool of workers"):
        connect(Limits())


@pytest.mark.parametrize(
    "limit",
    [{"cpu_seconds": 0}, {"workers": -1}, {"memory_bytes": float("nan")}, {"answer_chars": True}],
    ids=str,
)
def test_limits_outside_their_domain_are_refused(limit: dict[str, float]) -> None:
    with pytest.raises(InvalidParameterError):
        Limits(**limit)  # type: ignore[arg-type]
