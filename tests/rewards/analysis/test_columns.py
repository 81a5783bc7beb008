"""Columns are found from many rows, each for one thing, and rows that differ are read all the same."""

from __future__ import annotations

import io
import json
import math
from typing import TYPE_CHECKING

import pytest

from rewards.analysis.columns import Columns
from rewards.analysis.rows import RowSource, RowStream
from rewards.analysis.sample import Sample
from rewards.errors import InvalidInputError, InvalidParameterError, InvalidRolloutError, RowFileError

if TYPE_CHECKING:
    from pathlib import Path

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
def test_the_gold(row: Values, column: str) -> None:
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


def test_a_null_in_the_first_rows_decides_nothing() -> None:
    nothing: list[Values] = [{"response": None, "gold": None, "problem": None}] * 300
    columns = found(*nothing, {"response": "4", "gold": "4", "problem": "2 + 2?"})
    used = columns["completion"], columns["ground_truth"], columns["prompt"]
    assert used == ("response", "gold", "problem")
    dump: Values = {"step": 1, "prompt": "?", "completion": "4", "advantage": 0.0}
    assert found({**dump, "right": None}, {**dump, "right": 1.0})["score"] == "right"
    assert found({**dump, "right": 1.0, "form": None}, {**dump, "form": 0.5}).rewards == ("right", "form")


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
def test_a_bare_answer(answer: object, completion: str) -> None:
    columns = found({"gold": "18", "answer": answer}, bare_answer="answer")
    assert columns.rollout({"gold": "18", "answer": answer}).completion == completion


@pytest.mark.parametrize("answer", [["18", "19"], [], {"a": 1}, 1.5, True])
def test_something_else_is_no_bare_answer(answer: object) -> None:
    columns = found({"gold": "18", "answer": "18"}, bare_answer="answer")
    with pytest.raises(InvalidRolloutError, match=r"'answer' is .*it must be a string"):
        columns.rollout({"gold": "18", "answer": answer})


def test_a_folder_is_not_judged_by_its_first_file(tmp_path: Path) -> None:
    for step in range(1, 60):
        row = {
            "input": "?",
            "output": None if step < 40 else "4",
            "gts": None if step < 40 else "4",
            "score": 1,
        }
        (tmp_path / f"{step}.jsonl").write_text(json.dumps({**row, "step": step}) + "\n")
    source = RowSource(tmp_path)
    source.require("completion", "ground_truth")
    assert (source.columns["completion"], source.columns["ground_truth"]) == ("output", "gts")


def test_a_stream_is_read_once_and_no_further_than_needed() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def readline(self, _: int | None = -1, /) -> bytes:
            self.asked += 1
            return b'{"response": "4"}\n'

    endless = Endless()
    stream = RowStream(endless, "stdin")  # type: ignore[arg-type]  # all that is needed of a stream
    assert stream.columns["completion"] == "response"
    looked_at = endless.asked
    assert looked_at <= 600
    rows = stream.rows()
    assert [next(rows).number for _ in range(1000)] == list(range(1, 1001))
    assert endless.asked <= 1001


ARRAYS = {
    "on one line": '[{"gold": "1"}, {"gold": "]"}]',
    "spread out": '[\n  {\n    "gold": "1"\n  },\n  {\n    "gold": "]"\n  }\n]\n',
    "with a mark at its beginning": '\ufeff [ {"gold": "1"},{"gold": "]"}]',
    "of long objects": json.dumps([{"x": "½" * 200_000, "gold": "1"}, {"gold": "]", "x": "y" * 200_000}]),
}


@pytest.mark.parametrize("text", ARRAYS.values(), ids=ARRAYS)
def test_an_array_of_objects_is_read_as_lines_are(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golds.json"
    path.write_text(text, "utf-8")
    for rows in (RowSource(path), RowStream(io.BytesIO(path.read_bytes()), "stdin")):
        assert [row.values and row.values["gold"] for row in rows.rows()] == ["1", "]"]


def test_items_of_an_array_that_are_no_objects_are_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "golds.json"
    path.write_text('[{"gold": "1"}, 12, [3], {"gold": "2"}]')
    assert [row.error for row in RowSource(path).rows()] == [
        "", "not a JSON object but a int", "not a JSON object but a list", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ['[{"gold": "1"}, {"gold": ', '[{"gold": "1"}] {"gold": "2"}', '[{"gold": "1"},']
)
def test_a_broken_array_is_damage(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golds.json"
    path.write_text(text)
    with pytest.raises(RowFileError, match="cannot be read on"):
        list(RowSource(path).rows())


OTHERS = {
    "CSV": b"problem,gold\n" + b"1 + 1?,2\n" * 300,
    "TSV": b"problem\tgold\n1 + 1?\t2\n",
    "UTF-16": '{"gold": "2"}\n'.encode("utf-16") * 3,
    "an array of texts": b'["1", "2"]',
    "one object over lines": b'{\n  "gold": "1"\n}\n',
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_what_holds_no_rows_is_refused_as_a_whole(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "golds"
    path.write_bytes(data)
    for rows in (RowSource(path), RowStream(io.BytesIO(data), "golds")):
        with pytest.raises(RowFileError, match="golds holds no rows: line"):
            rows.require()


def test_an_empty_file_lacks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "golds.jsonl"
    path.write_bytes(b"")
    RowSource(path, mapping={"completion": "x"}).require("completion", "ground_truth")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"expected_anser": "4"}],
            r"no gold here: columns are 'expected_anser' \(did you mean 'expected_anser'",
        ),
        ([{"gold": None}], "no gold here: columns are 'gold'"),
        ([{"ground_truth": None}], "'ground_truth' is null in all of the first 1 rows"),
        ([{"target": "7", "label": "2"}], "it may be in 'target' or 'label'"),
        ([{"x": "1"}], "no gold here: columns are 'x'; say --map ground_truth=COLUMN"),
    ],
)
def test_a_file_without_golds_says_which_columns_there_are(rows: list[Values], said: str) -> None:
    stream = RowStream(io.BytesIO(b"".join(json.dumps(row).encode() + b"\n" for row in rows)), "golds")
    with pytest.raises(InvalidInputError, match=said):
        stream.require("ground_truth")
