"""The judge of equality questions: cached verdicts, the tiers in this process, then the worker pool.

Asking never blocks and never raises for an answer. Equal questions are judged once, within a call and
across concurrent ones; a verdict for which a worker was killed is never cached. A judge works the same
from the main thread, other threads and event loops, and in a process forked from its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import threading
import time
import weakref
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import TYPE_CHECKING

from rewards.answers.cache import VerdictCache
from rewards.answers.comparing.compare import compare, trace
from rewards.answers.comparing.tracing import account
from rewards.answers.limits import Limits
from rewards.answers.pool.client import Pool
from rewards.answers.pool.task import Task
from rewards.answers.question import Policy, Question
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from rewards.answers.pool.news import PoolStats

__all__ = ["Judge", "Limits", "Stats", "explain", "shared_judge"]

_PRECEDENCE = (
    Status.CORRECT,
    Status.NOT_JUDGED,
    Status.ERROR,
    Status.TIMEOUT,
    Status.RESOURCE_LIMIT,
    Status.INCORRECT,
    Status.UNPARSEABLE_GOLD,
)
"""Statuses by precedence: of several golds the first counts; UNPARSEABLE_GOLD only if all golds are."""

_CORRECT, _ERROR = Status.CORRECT, Status.ERROR  # in Python 3.11 a look into an enumeration costs 0.2 us

_LASTING = frozenset({Status.CORRECT, Status.INCORRECT, Status.UNPARSEABLE_GOLD})
"""Reproducible statuses, which are cached; all others depend on load, memory or luck."""

_LATE = Verdict(status=Status.NOT_JUDGED, reason="the deadline passed before the answer was judged")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stats:
    """Counters of the questions that a judge has handled."""

    asked: int = 0
    remembered: int = 0
    """Answered from the cache."""
    decided: int = 0
    """Decided in this process."""
    joined: int = 0
    """Joined to an equal question that was being judged already."""
    sent: int = 0
    """Sent to the worker pool."""


@dataclasses.dataclass(slots=True)
class _InFlight:
    """A question at the pool, compared gold by gold, and the futures that wait for it."""

    golds: list[str]
    verdicts: list[Verdict]
    seconds_left: float
    waiting: list[Future[Verdict]] = dataclasses.field(default_factory=list)
    ticket: int = 0
    seconds: float = 0.0


class Judge:
    r"""Judges questions within `limits`, and calls `judged` with every verdict not found in the cache.

    >>> judge = Judge()
    >>> question = Question("0.5", (r"\frac{1}{2}",))
    >>> judge.ask([question])[question].status
    <Status.CORRECT: 'CORRECT'>
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        cache: VerdictCache | None = None,
        judged: Callable[[Collection[Verdict]], None] | None = None,
    ) -> None:
        self.limits = Limits() if limits is None else limits
        self._judged = judged
        self._cache = VerdictCache() if cache is None else cache
        self._counts = dict.fromkeys((field.name for field in dataclasses.fields(Stats)), 0)
        self._start()
        _judges.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Question, _InFlight] = {}
        self._pool = Pool(self.limits)

    def _restart_after_fork(self) -> None:
        # Threads do not survive a fork and locks may be held by one of them; what was learned is kept.
        self._pool.abandon()
        self._start()

    @property
    def stats(self) -> Stats:
        """The counters so far."""
        with self._lock:
            return Stats(**self._counts)

    @property
    def pool_news(self) -> PoolStats:
        """Statistics reported by the worker pool."""
        return self._pool.news

    @property
    def num_open(self) -> int:
        """Number of questions at the pool."""
        return len(self._flights)

    @property
    def pool_pid(self) -> int | None:
        """Process id of the worker pool; None before it is ready."""
        return self._pool.pid

    def warm_up(self) -> Future[Verdict]:
        """Start the worker pool; the future is done when a worker has decided a first task, or cannot."""
        warm: Future[Verdict] = Future()
        task = Task(r"x^2-1", r"(x-1)(x+1)", Policy(), self.limits.cpu_seconds)
        self._pool.submit(task, warm.set_result)
        return warm

    def close(self) -> None:
        """Disconnect from the worker pool; open questions come back as NOT_JUDGED."""
        self._pool.close()

    def ask(
        self, questions: Iterable[Question], *, deadline: float | None = None
    ) -> dict[Question, Verdict | Future[Verdict]]:
        """Return each question with its verdict, or a future of it; never blocks.

        Args:
            questions: an equal one is judged once.
            deadline: in seconds of `time.monotonic()`; a question still open then gets NOT_JUDGED.
        """
        answers: dict[Question, Verdict | Future[Verdict]] = dict.fromkeys(questions)  # type: ignore[assignment]  # all None is replaced
        with self._lock:
            self._counts["asked"] += len(answers)
            known = self._cache.known(answers)
            self._counts["remembered"] += len(known)
        answers |= known
        if unknown := [question for question in answers if question not in known]:
            self._answer(unknown, answers, deadline)
        return answers

    def _answer(
        self,
        questions: Sequence[Question],
        answers: dict[Question, Verdict | Future[Verdict]],
        deadline: float | None,
    ) -> None:
        """Put an answer to each of `questions`, none of them cached, into `answers`."""
        decided: dict[Question, Verdict] = {}
        undecided: list[tuple[Question, list[Verdict], list[str]]] = []
        began = time.perf_counter()
        for question in questions:
            found = self._decided_here(question)
            if isinstance(found, Verdict):
                ended = time.perf_counter()
                decided[question] = _on_answer(question, found, ended - began)
                began = ended
            else:
                undecided.append((question, *found))
        with self._lock:
            self._counts["decided"] += len(decided)
            for question, verdict in decided.items():
                if verdict.status is not _ERROR:
                    self._cache.put(question, verdict)
        answers |= decided
        if self._judged is not None:
            self._judged(decided.values())
        late = deadline is not None and time.monotonic() >= deadline
        if late:
            answers |= {
                question: dataclasses.replace(_LATE, extracted=question.answer)
                for question, _, _ in undecided
            }
        elif undecided:
            self._submit(undecided, answers)
        if deadline is not None and not late:
            waiting = [(question, answers[question]) for question, _, _ in undecided]
            self._pool.at(deadline, partial(self._expire, waiting))

    def _decided_here(self, question: Question) -> Verdict | tuple[list[Verdict], list[str]]:
        """Return the verdict of this process, else the verdicts so far and the golds left for the pool."""
        answer, given, policy = question
        if len(given) == 1:
            return self._compared(answer, given[0], policy) or ([], [given[0]])
        verdicts: list[Verdict] = []
        golds: list[str] = []
        for gold in dict.fromkeys(given):
            verdict = self._compared(answer, gold, policy)
            if verdict is None:
                golds.append(gold)
            elif verdict.status is _CORRECT:
                return verdict
            else:
                verdicts.append(verdict)
        return (verdicts, golds) if golds else _most_significant(verdicts)

    def _compared(self, answer: str, gold: str, policy: Policy) -> Verdict | None:
        limits = self.limits
        if len(gold) > limits.gold_chars:
            reason = f"a gold of more than {limits.gold_chars} characters"
            return Verdict(status=Status.UNPARSEABLE_GOLD, reason=reason)
        if len(answer) > limits.answer_chars:
            reason = f"an answer of more than {limits.answer_chars} characters"
            return Verdict(status=Status.RESOURCE_LIMIT, reason=reason)
        try:
            return compare(answer, gold, policy)
        except Exception as error:  # noqa: BLE001  # a defect of ours must not take the batch with it
            return Verdict(status=Status.ERROR, reason=f"the comparison failed: {error!r}")

    def _submit(
        self,
        undecided: Sequence[tuple[Question, list[Verdict], list[str]]],
        answers: dict[Question, Verdict | Future[Verdict]],
    ) -> None:
        """Submit each question with its golds to the pool, and put a future of its verdict into `answers`."""
        futures: dict[Question, Future[Verdict]] = {}
        leaving: list[tuple[Question, _InFlight]] = []
        with self._lock:
            known = self._cache.known(question for question, _, _ in undecided)
            self._counts["remembered"] += len(known)
            for question, verdicts, golds in undecided:
                if question in known:
                    continue
                flight = self._flights.get(question)
                if flight is None:
                    flight = self._flights[question] = _InFlight(golds, verdicts, self.limits.cpu_seconds)
                    leaving.append((question, flight))
                futures[question] = Future()
                flight.waiting.append(futures[question])
            self._counts["sent"] += len(leaving)
            self._counts["joined"] += len(futures) - len(leaving)
            self._send(leaving)
        answers |= known
        answers |= futures
        for question, future in futures.items():
            future.add_done_callback(partial(self._on_cancelled, question))

    def _send(self, flights: Sequence[tuple[Question, _InFlight]]) -> None:
        """Have the pool compare each answer with the next of its golds; the lock is held."""
        tasks = [
            (
                Task(question.answer, flight.golds.pop(0), question.policy, flight.seconds_left),
                partial(self._on_result, question, flight),
            )
            for question, flight in flights
        ]
        for (_, flight), ticket in zip(flights, self._pool.submit_all(tasks) if tasks else (), strict=True):
            flight.ticket = ticket

    def _on_result(self, question: Question, flight: _InFlight, found: Verdict) -> None:
        """Handle the verdict on one gold of a question."""
        with self._lock:
            if self._flights.get(question) is not flight:
                return
            flight.verdicts.append(found)
            flight.seconds += found.seconds
            flight.seconds_left -= found.seconds
            unsettled = found.status not in {Status.CORRECT, Status.NOT_JUDGED, Status.ERROR}
            if unsettled and flight.golds and flight.seconds_left > 0:
                self._send([(question, flight)])
                return
            if unsettled and flight.golds:
                flight.verdicts.append(
                    Verdict(status=Status.TIMEOUT, reason="no time was left for the other golds")
                )
            del self._flights[question]
            verdict = _on_answer(question, _most_significant(flight.verdicts), flight.seconds)
            if all(one.status in _LASTING for one in flight.verdicts) or verdict.correct:
                self._cache.put(question, verdict)
            waiting = list(flight.waiting)
        if self._judged is not None:
            self._judged((verdict,))
        for future in waiting:
            _resolve(future, verdict)

    def _expire(self, waiting: list[tuple[Question, Verdict | Future[Verdict]]]) -> None:
        for question, answer in waiting:
            if isinstance(answer, Future) and not answer.done():
                _resolve(answer, dataclasses.replace(_LATE, extracted=question.answer))

    def _on_cancelled(self, question: Question, future: Future[Verdict]) -> None:
        """Handle a future that is done, by its verdict, its deadline or its owner's cancellation."""
        if future.cancelled():
            future.set_running_or_notify_cancel()
        with self._lock:
            flight = self._flights.get(question)
            if flight is None or future not in flight.waiting:
                return
            flight.waiting.remove(future)
            if flight.waiting:
                return
            del self._flights[question]
        self._pool.cancel(flight.ticket)


def _most_significant(verdicts: list[Verdict]) -> Verdict:
    return min(verdicts, key=lambda one: _PRECEDENCE.index(one.status))


def _on_answer(question: Question, verdict: Verdict, seconds: float) -> Verdict:
    return Verdict(
        status=verdict.status,
        extracted=question.answer,
        method=verdict.method,
        reason=verdict.reason,
        seconds=seconds,
    )


def _resolve(future: Future[Verdict], verdict: Verdict) -> None:
    with contextlib.suppress(InvalidStateError):  # its owner may have cancelled it just now
        future.set_result(verdict)


def explain(
    answer: str, gold: str, policy: Policy = Policy(), *, judge: Judge | None = None, full: bool = False
) -> list[str]:
    """Explain how `answer` is judged against `gold`: the readings and the verdict. Blocks until it is there.

    With `full`, the rewrites, tokens and tree of both sides come first.

    >>> for line in explain("0.5", "1/2"):
    ...     print(line.split(" in ")[0])
    gold    '1/2': quotient of value 1/2
    answer  '0.5': number of value 1/2
    CORRECT by number: the same answer
    verdict: CORRECT by number
    """
    question = Question(answer, (gold,), policy)
    found = (judge or shared_judge()).ask([question])[question]
    verdict = found.result() if isinstance(found, Future) else found
    lines = []
    if len(answer) <= Limits().answer_chars and len(gold) <= Limits().gold_chars:
        sides = {"gold": account(gold, gold=True), "answer": account(answer)} if full else {}
        lines = [f"{side + ':':<8}{line}" for side, told in sides.items() for line in told]
        lines += trace(answer, gold, policy)
    by = f" by {verdict.method}" if verdict.method else ""
    why = f": {verdict.reason}" if verdict.reason else ""
    return [*lines, f"verdict: {verdict.status}{by} in {verdict.seconds:.3f} s{why}"]


def shared_judge() -> Judge:
    """Return the judge that this process shares, created at the first call."""
    with _shared_lock:
        if not _shared:
            _shared.append(Judge())
        return _shared[0]


_judges: weakref.WeakSet[Judge] = weakref.WeakSet()
_shared: list[Judge] = []
_shared_lock = threading.RLock()


def _after_fork() -> None:
    global _shared_lock  # noqa: PLW0603  # it may be held by a thread that is not here any more
    _shared_lock = threading.RLock()
    for judge in list(_judges):
        judge._restart_after_fork()  # noqa: SLF001  # the one friend it has


os.register_at_fork(after_in_child=_after_fork)
