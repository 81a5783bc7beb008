from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

import pytest
from pools import HANGING, HOPELESS, area

from rewards.answers.cache import VerdictCache
from rewards.answers.judge import Judge, Limits, Stats, explain, shared_judge
from rewards.answers.question import Question
from rewards.verdict import Method, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(workers=2, cpu_seconds=0.5)


@pytest.fixture(scope="module")
def opener(limits: Limits) -> Iterator[Judge]:
    """Keeps the pool alive from one test to the next."""
    judge = Judge(limits)
    yield judge
    judge.close()


@pytest.fixture
def judge(limits: Limits, opener: Judge) -> Iterator[Judge]:
    settle(opener, question_of(1))
    judge = Judge(limits)
    yield judge
    judge.close()


def question_of(n: int) -> Question:
    """One that only workers can answer; it is right."""
    answer, gold = area(n)
    return Question(answer, (gold,))


def settle(judge: Judge, question: Question) -> Verdict:
    answer = judge.ask([question])[question]
    return answer.result(60) if isinstance(answer, Future) else answer


HERE = {
    "equal text": ("x^2", "x^2", Status.CORRECT, Method.STRING),
    "equal but for layout": (r"\left( 1, 2 \right).", "(1,2)", Status.CORRECT, Method.STRING),
    "a big gold, word for word": ("9^{9^{9}}", "9^{9^{9}}", Status.CORRECT, Method.STRING),
    "thousands separators": ("1,234,567", "1234567", Status.CORRECT, Method.NUMBER),
    "a zero at the end": ("2.50", "2.5", Status.CORRECT, Method.NUMBER),
    "a fraction": (r"\dfrac{2}{4}", "0.5", Status.CORRECT, Method.NUMBER),
    "a slash": ("-1/2", r"-\frac12", Status.CORRECT, Method.NUMBER),
    "another number": ("5", "6", Status.INCORRECT, Method.NUMBER),
    "beyond what floats can tell apart": ("1" * 40, "1" * 39 + "2", Status.INCORRECT, Method.NUMBER),
    "nearly": ("0.333333", "1/3", Status.INCORRECT, Method.NUMBER),
    "a list is no thousands separator": ("1,2", "1,2.", Status.CORRECT, Method.STRING),
    "a blank answer": (" ", "5", Status.INCORRECT, Method.STRING),
    "a blank gold": ("5", "$ $", Status.UNPARSEABLE_GOLD, None),
    "a gold too big to evaluate": ("5", "10^{10^{10}}", Status.UNPARSEABLE_GOLD, None),
    "a gold too long": ("5", "x" * 20_001, Status.UNPARSEABLE_GOLD, None),
    "an answer too long": ("x" * 20_001, "5", Status.RESOURCE_LIMIT, None),
    "a power tower": ("9^{9^{9}}", "5", Status.RESOURCE_LIMIT, None),
    "a power tower with braces left out": ("9^9^9^9", "5", Status.INCORRECT, Method.NUMBER),
    "a factorial": ("10000000000!", "5", Status.INCORRECT, Method.NUMBER),
    "a factorial of factorials": ("((20!)!)!", "5", Status.INCORRECT, Method.NUMBER),
    "a binomial": (r"\binom{1000000000}{5}", "5", Status.INCORRECT, Method.NUMBER),
    "digits without end": ("7" * 5000, "5", Status.RESOURCE_LIMIT, None),
    "brackets without end": ("(" * 200 + ")" * 200, "5", Status.RESOURCE_LIMIT, None),
}

BY_WORKERS = {
    "the same area": (*area(1), Status.CORRECT),
    "another area": (area(2)[0], area(1)[1], Status.INCORRECT),
}


@pytest.mark.parametrize(("answer", "gold", "status", "method"), HERE.values(), ids=HERE)
def test_ask_decides_plain_answers_at_once(
    answer: str, gold: str, status: Status, method: Method | None
) -> None:
    judge = Judge()
    verdict = judge.ask([Question(answer, (gold,))])[Question(answer, (gold,))]
    assert isinstance(verdict, Verdict)
    assert (verdict.status, verdict.method) == (status, method)
    assert verdict.extracted == answer
    assert judge.stats == Stats(asked=1, decided=1)


@pytest.mark.parametrize(("answer", "gold", "status"), BY_WORKERS.values(), ids=BY_WORKERS)
def test_ask_leaves_other_answers_to_workers(judge: Judge, answer: str, gold: str, status: Status) -> None:
    verdict = settle(judge, Question(answer, (gold,)))
    assert verdict.status == status
    assert verdict.extracted == answer
    assert judge.stats == Stats(asked=1, sent=1)


def test_ask_takes_any_of_several_golds(judge: Judge) -> None:
    answer, gold = area(1)
    other = area(2)[1]
    assert settle(judge, Question(answer, (other, gold, "5"))).status == Status.CORRECT
    assert settle(judge, Question(area(3)[0], (other, gold))).status == Status.INCORRECT
    assert settle(judge, Question(area(3)[0], (r"\frac{", gold))).status == Status.INCORRECT
    assert settle(judge, Question(area(3)[0], (r"\frac{", " "))).status == Status.UNPARSEABLE_GOLD


def test_ask_saves_other_golds_where_one_decides_at_once(judge: Judge) -> None:
    assert settle(judge, Question("5", (HOPELESS, "5.0"))).status == Status.CORRECT
    assert judge.stats.sent == 0


def test_ask_gives_all_golds_together_one_limit(judge: Judge) -> None:
    verdict = settle(judge, Question(HANGING % 5, (HOPELESS, HANGING % 1001, HANGING % 1002)))
    assert verdict.status == Status.TIMEOUT
    assert verdict.seconds == judge.limits.cpu_seconds


def test_ask_judges_an_equal_question_once(judge: Judge) -> None:
    question = question_of(2)
    first = judge.ask([question, question_of(2)])
    second = judge.ask([question])
    assert len(first) == 1
    assert [
        answer.result(60).status
        for answer in (*first.values(), *second.values())
        if isinstance(answer, Future)
    ] == [Status.CORRECT] * 2
    assert judge.stats == Stats(asked=2, sent=1, joined=1)
    remembered = judge.ask([question])[question]
    assert isinstance(remembered, Verdict)
    assert remembered.correct
    assert judge.stats.remembered == 1


def test_ask_does_not_remember_what_was_killed(judge: Judge) -> None:
    question = Question(HANGING % 7, (HOPELESS,))
    assert settle(judge, question).status == Status.TIMEOUT
    assert settle(judge, question).status == Status.TIMEOUT
    assert judge.stats == Stats(asked=2, sent=2)


def test_judge_bounds_its_cache(limits: Limits) -> None:
    judge = Judge(limits, cache=VerdictCache(entries=1))
    for answer in ("x", "2x", "x"):
        judge.ask([Question(answer, ("5x",))])
    assert judge.stats == Stats(asked=3, decided=3)
    judge.ask([Question("x", ("5x",))])
    assert judge.stats.remembered == 1


def test_ask_has_a_deadline_for_each_asker(judge: Judge) -> None:
    question = Question(HANGING % 11, (HOPELESS,))
    patient = judge.ask([question])[question]
    hurried = judge.ask([question], deadline=time.monotonic() + 0.05)[question]
    assert isinstance(patient, Future)
    assert isinstance(hurried, Future)
    assert hurried.result(60).status == Status.NOT_JUDGED
    assert not patient.done()
    assert patient.result(60).status == Status.TIMEOUT
    assert judge.stats.joined == 1


def test_ask_past_its_deadline_decides_here_or_not_at_all(judge: Judge) -> None:
    slow, quick = question_of(3), Question("5", ("5",))
    answers = judge.ask([slow, quick], deadline=time.monotonic() - 1)
    assert [answers[question].status for question in (slow, quick)] == [Status.NOT_JUDGED, Status.CORRECT]  # type: ignore[union-attr]


def test_ask_again_after_a_cancelled_future_is_sent_again(judge: Judge) -> None:
    question = Question(HANGING % 13, (HOPELESS,))
    future = judge.ask([question])[question]
    assert isinstance(future, Future)
    assert future.cancel()
    assert wait([future], 60).done == {future}
    again = judge.ask([question])[question]
    assert judge.stats == Stats(asked=2, sent=2)
    assert isinstance(again, Future)
    assert again.result(60).status == Status.TIMEOUT


def test_ask_does_not_hold_up_an_event_loop(judge: Judge) -> None:
    async def ask() -> list[Status]:
        questions = [Question(HANGING % 17, (HOPELESS,)), *(question_of(n) for n in range(10, 20))]
        answers = [answer for answer in judge.ask(questions).values() if isinstance(answer, Future)]
        return [verdict.status for verdict in await asyncio.gather(*map(asyncio.wrap_future, answers))]

    assert asyncio.run(ask()) == [Status.TIMEOUT, *[Status.CORRECT] * 10]


def test_ask_gives_many_threads_the_same_verdicts(judge: Judge) -> None:
    questions = [Question(area(n)[0], (area(n % 7)[1],)) for n in range(20)]
    found: list[list[Status]] = []

    def ask() -> None:
        answers = judge.ask(questions)
        found.append(
            [
                answer.result(60).status if isinstance(answer, Future) else answer.status
                for answer in answers.values()
            ]
        )

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[Status.CORRECT if n < 7 else Status.INCORRECT for n in range(20)]] * 6
    assert judge.stats.sent == 20


def test_close_answers_what_is_open(limits: Limits, opener: Judge) -> None:
    settle(opener, question_of(1))
    judge = Judge(limits)
    question = Question(HANGING % 19, (HOPELESS,))
    future = judge.ask([question])[question]
    judge.close()
    assert isinstance(future, Future)
    assert future.result(60).status == Status.NOT_JUDGED
    assert settle(judge, question_of(4)).status == Status.CORRECT
    judge.close()


def test_shared_judge_is_one_for_the_process() -> None:
    assert shared_judge() is shared_judge()


def test_explain_tells_how_a_judgement_came_about(judge: Judge) -> None:
    answer, gold = area(1)
    lines = explain(answer, gold, judge=judge)
    assert any("only sympy can tell" in line for line in lines)
    assert lines[-1].startswith("verdict: CORRECT by symbolic in ")
    assert explain("x" * 30_000, "5", judge=judge)[-1].startswith("verdict: RESOURCE_LIMIT")
