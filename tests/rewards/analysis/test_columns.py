"""Columns are found from many rows, each for one thing, and rows that differ are read all the same."""

from __future__ import annotations

import math

import pytest

from rewards.analysis.columns import Columns
from rewards.analysis.sample import Sample
from rewards.errors import InvalidParameterError, InvalidRolloutError

Values = dict[str, object]


def found(*rows: Values, bare_answer: str | None = None, **mapping: str) -> Columns:
    return Columns.found(Sample.of(rows), None, mapping, bare_answer)


GOLDS: dict[str, tuple[Values, str]] = {
    "its own name before all": ({"ground_truth": "1", "gold": "2", "answer": "3"}, "ground_truth"),
    "an expected answer before an answer": ({"answer": "3", "expected_answer": "1"}, "expected_answer"),
    "inside of an object": (
        {"reward_model": {"ground_truth": "1"}, "answer": "3"},
        "reward_model.ground_truth",
    ),
    "gt": ({"gt": "1", "answer": "3"}, "gt"),
    "correct_answer": ({"correct_answer": "1"}, "correct_answer"),
    "answer": ({"answer": "1", "label": 1}, "answer"),
    "final_answer": ({"final_answer": ["1"], "solution": "so 1"}, "final_answer"),
    "Answer": ({"Answer": 7}, "Answer"),
    "target": ({"target": "7"}, "target"),
    "label": ({"label": "1/2"}, "label"),
    "a label that is a grade": ({"label": "Correct"}, "ground_truth"),
    "a label that is a number": ({"label": 1}, "ground_truth"),
    "a label that is a truth value": ({"label": True}, "ground_truth"),
    "two that may be golds": ({"target": "7", "label": "2"}, "ground_truth"),
    "one that is a grade beside one that is not": ({"target": "7", "label": "wrong"}, "target"),
    "NaN is nothing": ({"gold": math.nan, "answer": "1"}, "answer"),
}


@pytest.mark.parametrize(("row", "column"), GOLDS.values(), ids=GOLDS)
def test_columns_find_the_gold_by_its_name_and_type(row: Values, column: str) -> None:
    assert found(row)["ground_truth"] == column


def test_a_column_is_one_thing() -> None:
    answers: list[Values] = [{"problem": "?", "answer": "1"}]
    assert found(*answers, bare_answer="answer").bare_answer == ""
    assert found({"gold": "1", "answer": "1"}, bare_answer="answer").bare_answer == "answer"
    assert found({"gold": "1", "answer": "1"}, bare_answer="answer", ground_truth="answer").bare_answer == ""
    assert found({"final": "1", "answer": "1"}, bare_answer="final")["ground_truth"] == "answer"
    assert found({"completion": "1", "x": 1}, ground_truth="completion")["completion"] != "completion"
    assert found({"score": 1.0, "prompt": "?"}, ground_truth="score")["score"] == ""
    with pytest.raises(InvalidParameterError, match="'gold' cannot be both completion and ground_truth"):
        found({"gold": "1"}, completion="gold", ground_truth="gold")
    with pytest.raises(InvalidParameterError, match="'final' cannot be both completion and bare_answer"):
        found({"answer": "1", "final": "2"}, bare_answer="final", completion="final")


def test_a_gold_is_no_prompt_but_may_tell_groups_apart() -> None:
    columns = found({"prompt": "?", "ground_truth": "1"}, group_id="ground_truth")
    assert (columns["group_id"], columns["ground_truth"]) == ("ground_truth", "ground_truth")


def test_a_mapping_to_no_column_names_the_nearest() -> None:
    with pytest.raises(
        InvalidParameterError,
        match=r"no column 'respnse' here for completion \(did you mean 'response'\?\); "
        r"columns are 'response', 'extra'",
    ):
        found({"response": "4", "extra": {"gold": "4"}}, completion="respnse")
    with pytest.raises(InvalidParameterError, match=r"did you mean 'extra.gold'"):
        found({"response": "4", "extra": {"gold": "4"}}, ground_truth="extra.golds")
    assert found({"response": None}, completion="response")["completion"] == "response"


def test_a_row_that_differs_is_read_from_its_own_columns() -> None:
    columns = found({"completion": "4", "prompt": "?"}, {"completion": None, "response": "5", "problem": "!"})
    other = columns.rollout({"completion": None, "response": "5", "problem": "!", "gold": 5})
    assert (other.completion, other.prompt, other.golds) == ("5", "!", ("5",))
    both = columns.rollout({"completion": "4", "response": "5"})
    assert both.completion == "4"
    with pytest.raises(InvalidRolloutError, match=r"completion is of type float.*read from 'response'"):
        columns.rollout({"completion": None, "response": 5.5})
    said = found({"text": "4", "response": "5"}, completion="text")
    with pytest.raises(InvalidRolloutError, match="'text' is null"):
        said.rollout({"text": None, "response": "5"})


READ_GOLDS: dict[str, tuple[object, object]] = {
    "a list of numbers": ([5, 6], ["5", "6"]),
    "numbers among texts": ([5, "five", None, math.nan], ["5", "five"]),
    "a number": (72, "72"),
    "NaN": (math.nan, None),
    "null": (None, None),
}


@pytest.mark.parametrize(("gold", "read"), READ_GOLDS.values(), ids=READ_GOLDS)
def test_golds_are_read_alike_by_all(gold: object, read: object) -> None:
    columns = Columns()
    row: Values = {"completion": "4", "ground_truth": gold}
    assert columns.gold(row) == read
    assert columns.rollout(row).golds == (tuple(read) if isinstance(read, list) else (read,) if read else ())


BARE: dict[str, tuple[object, str]] = {
    "text": ("18", r"\boxed{18}"),
    "a number": (18, r"\boxed{18}"),
    "a list of one": (["18"], r"\boxed{18}"),
    "a list of a number": ([18], r"\boxed{18}"),
}


@pytest.mark.parametrize(("answer", "completion"), BARE.values(), ids=BARE)
def test_columns_put_a_bare_answer_into_a_box(answer: object, completion: str) -> None:
    columns = found({"gold": "18", "answer": answer}, bare_answer="answer")
    assert columns.rollout({"gold": "18", "answer": answer}).completion == completion


@pytest.mark.parametrize("answer", [["18", "19"], [], {"a": 1}, 1.5, True])
def test_columns_refuse_a_bare_answer_that_is_no_text(answer: object) -> None:
    columns = found({"gold": "18", "answer": "18"}, bare_answer="answer")
    with pytest.raises(InvalidRolloutError, match=r"'answer' is .*it must be a string"):
        columns.rollout({"gold": "18", "answer": answer})
