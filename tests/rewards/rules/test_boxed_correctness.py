from __future__ import annotations

import asyncio
import collections
import math
import pickle
import threading

import numpy as np
import pytest
from pools import HANGING, HOPELESS, area

from rewards import BoxedCorrectness, LocalScorer, Rollout, Status
from rewards.answers.comparing.compare import compare_literals
from rewards.answers.judge import Judge
from rewards.answers.question import Question
from rewards.errors import InvalidParameterError, MissingFieldError
from rewards.evaluation import Context, Span
from rewards.rollout import Batch


def rollout(completion: str, gold: str | list[str] = "5", **fields: object) -> Rollout:
    return Rollout(completion=completion, ground_truth=gold, **fields)


def test_boxed_correctness_loses_no_batch_to_a_defect_in_the_comparison(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(pairs: object, policy: object) -> list[object]:
        if any(gold == "5" for _, gold in pairs):  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return compare_literals(pairs, policy)  # type: ignore[arg-type]

    for module in ("rewards.rules.boxed_correctness", "rewards.answers.comparing.compare"):
        monkeypatch.setattr(f"{module}.compare_literals", broken)
    scorer = LocalScorer(BoxedCorrectness(), judge=Judge())
    scores = scorer.score([rollout(r"\boxed{5}"), rollout(r"\boxed{6}", "6")])
    assert [verdict.status for verdict in scores.verdicts if verdict] == [Status.ERROR, Status.CORRECT]
    assert math.isnan(scores.totals[0])
    assert scores.totals[1] == 1.0


JUDGED = {
    "right by text": (rollout(r"\boxed{5}"), Status.CORRECT, 1.0),
    "right by number": (rollout(r"\boxed{1,000.0}", "1000"), Status.CORRECT, 1.0),
    "right by symbols": (rollout(r"\boxed{1+x}", "x+1"), Status.CORRECT, 1.0),
    "wrong": (rollout(r"\boxed{6}"), Status.INCORRECT, 0.0),
    "one of several golds": (rollout(r"\boxed{x+1}", ["x+2", "1+x"]), Status.CORRECT, 1.0),
    "none of several golds": (rollout(r"\boxed{4}", ["5", "6"]), Status.INCORRECT, 0.0),
    "several boxes, gold of one value": (rollout(r"\boxed{5} or \boxed{6}"), Status.INCORRECT, 0.0),
    "several boxes, gold of several": (rollout(r"\boxed{5} and \boxed{6}", "5, 6"), Status.CORRECT, 1.0),
    "a search": (rollout(" ".join(rf"\boxed{{{n}}}" for n in range(100))), Status.INCORRECT, 0.0),
    "no answer": (rollout("five"), Status.NO_ANSWER, 0.0),
    "an empty completion": (rollout(""), Status.NO_ANSWER, 0.0),
    "only in the reasoning": (rollout(r"\boxed{5}", think_prefilled=True), Status.NO_ANSWER, 0.0),
    "too big": (rollout(r"\boxed{9^{9^{9}}}"), Status.RESOURCE_LIMIT, 0.0),
    "too long": (rollout(rf"\boxed{{{'x' * 30_000}}}"), Status.RESOURCE_LIMIT, 0.0),
    "a blank gold": (rollout(r"\boxed{5}", " "), Status.UNPARSEABLE_GOLD, math.nan),
    "a gold that is no mathematics": (rollout(r"\boxed{5}", "{{"), Status.UNPARSEABLE_GOLD, math.nan),
    "one gold readable": (rollout(r"\boxed{4}", ["{{", "5"]), Status.INCORRECT, 0.0),
}


@pytest.mark.parametrize(("row", "status", "value"), JUDGED.values(), ids=JUDGED)
def test_boxed_correctness_judges_answers(row: Rollout, status: Status, value: float) -> None:
    evaluation = BoxedCorrectness().evaluate(Batch([row]), Context())
    assert evaluation.verdicts is not None
    assert evaluation.verdicts[0] is not None
    assert evaluation.verdicts[0].status == status
    np.testing.assert_equal(evaluation.values, [value])


def test_boxed_correctness_gives_the_answer_and_its_place() -> None:
    row = rollout(r"so $\boxed{ 5 }$")
    evaluation = BoxedCorrectness().evaluate(Batch([row]), Context())
    assert evaluation.verdicts is not None
    assert evaluation.spans is not None
    assert evaluation.verdicts[0].extracted == "5"
    assert list(evaluation.spans[0]) == [Span(12, 13, "answer")]


def test_boxed_correctness_reads_introduced_answers_when_asked() -> None:
    rows = [rollout("2 + 3\nA: 5"), rollout("2 + 3\nA: 6"), rollout("2 + 3 = 5")]
    assert BoxedCorrectness(introductions=("A:",))(rows).tolist() == [1.0, 0.0, 0.0]
    assert BoxedCorrectness()(rows).tolist() == [0.0, 0.0, 0.0]


def test_boxed_correctness_reads_stated_answers_when_asked() -> None:
    rows = [
        rollout("So the answer is 5."),
        rollout("The answer is 5 or 6."),
        rollout(r"\boxed{6}. Answer: 5"),
    ]
    assert BoxedCorrectness(extraction="boxed_or_stated")(rows).tolist() == [1.0, 0.0, 0.0]
    assert BoxedCorrectness()(rows).tolist() == [0.0, 0.0, 0.0]


def test_boxed_correctness_may_value_a_status_otherwise() -> None:
    reward = BoxedCorrectness(values=(("NO_ANSWER", -1.0), ("INCORRECT", -0.5), ("UNPARSEABLE_GOLD", 0.0)))
    rows = [rollout(r"\boxed{5}"), rollout(r"\boxed{6}"), rollout(""), rollout(r"\boxed{5}", " ")]
    assert reward(rows).tolist() == [1.0, -0.5, -1.0, 0.0]


def test_questions_name_their_rows_and_plain_answers_are_none() -> None:
    six, seven, plain = rollout(r"\boxed{6x}"), rollout(r"\boxed{7}", ["5", "6"]), rollout(r"\boxed{6}")
    assert list(BoxedCorrectness().questions(Batch([rollout(""), six, plain, seven, six]))) == [
        (Question("6x", ("5",)), [1, 4]),
        (Question("7", ("5", "6")), [3]),
    ]


def test_boxed_correctness_decides_plain_answers_without_a_judge() -> None:
    judge = Judge()
    pairs = [
        ("5", "5", 1.0),
        ("5.0", "5", 1.0),
        ("1,234", "1233", 0.0),
        ("x+1", "x+1", 1.0),
        ("2/4", "0.5", 1.0),
    ]
    rows = [rollout(rf"\boxed{{{answer}}}", gold) for answer, gold, _ in pairs]
    evaluation = BoxedCorrectness().evaluate(Batch(rows), Context(judge=judge))
    np.testing.assert_equal(evaluation.values, [value for _, _, value in pairs])
    assert [one and one.extracted for one in evaluation.verdicts or ()] == [answer for answer, _, _ in pairs]
    assert judge.stats.asked == 0


def test_boxed_correctness_needs_a_gold() -> None:
    with pytest.raises(MissingFieldError, match="boxed_correctness needs ground_truth"):
        BoxedCorrectness()([Rollout(completion=r"\boxed{5}")])


def test_boxed_correctness_of_an_empty_batch_is_empty() -> None:
    assert BoxedCorrectness()([]).shape == (0,)


def test_boxed_correctness_is_equal_by_its_parameters() -> None:
    one = BoxedCorrectness(introductions=("A:",), values=(("TIMEOUT", -1), ("ERROR", 0)))
    other = BoxedCorrectness(introductions=("A:",), values=(("ERROR", 0.0), ("TIMEOUT", -1.0)))
    assert one == other == pickle.loads(pickle.dumps(one))  # noqa: S301  # our own
    assert hash(one) == hash(other)
    assert one != BoxedCorrectness()


@pytest.mark.parametrize(
    "parameters",
    [
        {"introductions": ("",)},
        {"box": False},
        {"extraction": "anything"},
        {"extraction": "boxed_or_stated", "box": False, "introductions": ("A:",)},
        {"values": (("RIGHT", 1.0),)},
        {"values": (("CORRECT", math.inf),)},
        {"values": (("CORRECT", 1.0), ("CORRECT", 2.0))},
    ],
    ids=str,
)
def test_boxed_correctness_refuses_parameters_outside_their_domain(parameters: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError):
        BoxedCorrectness(**parameters)


def mixed() -> list[Rollout]:
    right = [rollout(rf"\boxed{{x+{n}}}", f"{n}+x") for n in range(500)]
    wrong = [rollout(r"\boxed{9^{9^{9}}}") for _ in range(500)]
    return [row for pair in zip(right, wrong, strict=True) for row in pair]


def outcome(rows: list[Rollout]) -> collections.Counter[tuple[bool, Status]]:
    scores = LocalScorer(BoxedCorrectness()).score(rows)
    return collections.Counter(
        (row.ground_truth != "5", verdict.status) for row, verdict in zip(rows, scores.verdicts, strict=True)
    )


EXPECTED = {(True, Status.CORRECT): 500, (False, Status.RESOURCE_LIMIT): 500}


def test_boxed_correctness_of_right_answers_is_untouched_by_hopeless_ones() -> None:
    assert outcome(mixed()) == EXPECTED


def test_boxed_correctness_works_in_a_thread_of_an_event_loop() -> None:
    assert asyncio.run(asyncio.to_thread(outcome, mixed())) == EXPECTED


def test_boxed_correctness_works_in_several_threads_at_once() -> None:
    rows = [rollout(rf"\boxed{{y+{n}}}", f"{n}+y") for n in range(40)]
    found: list[list[float]] = []
    threads = [
        threading.Thread(target=lambda: found.append(BoxedCorrectness()(rows).tolist())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1.0] * 40] * 4


def test_boxed_correctness_times_out_hanging_answers_alone() -> None:
    hanging = [rollout(rf"\boxed{{{HANGING % n}}}", HOPELESS) for n in (7, 9)]
    right = [rollout(rf"\boxed{{{area(n)[0]}}}", area(n)[1]) for n in range(20)]
    rows = [hanging[0], *right, hanging[1]]
    arrived: list[int] = []
    scoring = LocalScorer(BoxedCorrectness()).start(rows)
    verdicts = {}
    for part, scores in scoring:
        arrived += part.tolist()
        verdicts.update(zip(part.tolist(), (verdict.status for verdict in scores.verdicts), strict=True))
    assert set(arrived[-2:]) == {0, 21}
    assert verdicts.pop(0) == verdicts.pop(21) == Status.TIMEOUT
    assert set(verdicts.values()) == {Status.CORRECT}


def test_boxed_correctness_is_nan_where_not_judged_by_the_deadline() -> None:
    rows = [rollout(rf"\boxed{{{HANGING % 11}}}", HOPELESS), rollout(r"\boxed{5}")]
    scores = LocalScorer(BoxedCorrectness()).score(rows, timeout=0.2)  # of a second that the first would take
    np.testing.assert_equal(scores.totals, [math.nan, 1.0])
    assert [verdict and verdict.status for verdict in scores.verdicts] == [Status.NOT_JUDGED, Status.CORRECT]


def test_boxed_correctness_judges_real_responses_as_they_are_labelled(labelled: list[dict[str, str]]) -> None:
    rows = [Rollout(completion=row["response"], ground_truth=row["gold"]) for row in labelled]
    values = BoxedCorrectness(introductions=("A:",))(rows)
    labels = np.array([row["label"] for row in labelled], dtype=float)
    assert np.mean(values == labels) >= 0.995
