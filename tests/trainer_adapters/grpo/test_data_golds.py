"""The rows that can be trained on, and what is told of the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from training_rows import DEFAULT, ROUTED, loaded, prose, routed, sums, told

from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

OWN_GOLD = "name: own\nversion: 1\nreward:\n  odd_gold:ReadsGold: {}\n"


@pytest.mark.parametrize("missing", [None, math.nan, "", " ", "nan", "None", "<NA>"], ids=repr)
def test_rows_without_a_gold_are_left_out_and_counted(
    missing: Any, made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{**row, "answer": float(row["answer"])} for row in sums()] if missing != missing else sums()  # noqa: PLR0124
    rows[3]["answer"] = rows[11]["answer"] = missing
    found = loaded(made, tmp_path, rows)
    assert [row["prompt"] for row in found] == [
        row["prompt"] for at, row in enumerate(rows) if at not in {3, 11}
    ]
    assert not {"nan", "None", "<NA>", "", None} & set(found["ground_truth"])
    assert told(caplog) == ["data: 2 of 16 rows have no gold in 'answer' and are left out: row 3, row 11"]


def test_usable_rows_take_an_empty_list_for_no_gold(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{**row, "answer": [row["answer"], None]} for row in sums()]
    rows[2]["answer"] = []
    found = loaded(made, tmp_path, rows)
    assert found["ground_truth"][:3] == [["0"], ["1"], ["3"]]
    assert "1 of 16 rows have no gold" in told(caplog)[0]


def test_usable_rows_without_any_gold_are_none(made: Path, tmp_path: Path) -> None:
    rows = [{**row, "answer": None} for row in sums()]
    with pytest.raises(
        ConfigError,
        match=r"no row to train on: 16 of 16 rows have no gold in 'answer' .*: row 0, row 1, .* 11 more",
    ):
        loaded(made, tmp_path, rows)


GSM8K = {"columns": {"prompt": "question", "ground_truth": "answer"}}


@pytest.mark.parametrize("gold", ["{text}", "#### {answer}", "It is {answer}.\n\n#### {answer}"])
def test_usable_rows_tell_worked_solutions_with_the_setting_to_write(
    gold: str, made: Path, tmp_path: Path
) -> None:
    rows = [
        {**prose(row), "answer": gold.format(text=prose(row)["answer"], answer=row["answer"])}
        for row in sums()
    ]
    with pytest.raises(ConfigError, match=r"no row to train on: .* row 0 .*write data\.gold_after: \"####\""):
        loaded(made, tmp_path, rows, **GSM8K)


def test_rows_of_both_kinds_are_told_of_together(made: Path, tmp_path: Path) -> None:
    rows = [prose(row) for row in sums()]
    rows[5]["answer"] = None
    told_of = (
        r"1 of 16 rows have no gold .* row 5; 15 of 16 rows .* cannot be judged .*write data\.gold_after"
    )
    with pytest.raises(ConfigError, match=told_of):
        loaded(made, tmp_path, rows, **GSM8K)


def test_usable_rows_leave_out_golds_that_cannot_be_judged(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = sums()
    rows[1]["answer"] = r"\frac{1"
    rows[7]["answer"] = "the one that has more sides than the other"
    rows[9]["answer"] = "9^{9^9}"
    found = loaded(made, tmp_path, rows)
    assert len(found) == 13
    (line,) = told(caplog)
    assert line.startswith(
        "data: 3 of 16 rows have a gold that cannot be judged in 'answer' and are left out: row 1 "
    )
    assert "row 7" in line
    assert "too big" in line


def test_usable_rows_leave_out_worked_solutions_without_a_marker(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [prose(row) for row in sums()]
    rows[4]["answer"] = "no marker"
    assert len(loaded(made, tmp_path, rows, gold_after="####", **GSM8K)) == 15
    assert told(caplog) == [
        "data: 1 of 16 rows have no gold in 'answer' after '####' and are left out: row 4"
    ]


def test_usable_rows_do_not_judge_golds_of_rewards_of_ones_own(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_gold.py").write_text(
        "import dataclasses\nfrom rewards import Evaluation, Reward\n\n\n"
        "@dataclasses.dataclass(frozen=True, kw_only=True)\nclass ReadsGold(Reward):\n"
        "    needs = frozenset({'ground_truth'})\n\n"
        "    def evaluate(self, batch, context):\n"
        "        return Evaluation([float(one.completion in one.golds[0]) for one in batch])\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = [prose(row) for row in sums()]
    assert len(loaded(made, tmp_path, rows, OWN_GOLD, **GSM8K)) == 16


def test_only_the_rows_that_are_judged_need_a_gold(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = routed(["math", "chat", "math", "chat"])
    rows[0]["answer"] = rows[1]["answer"] = None
    found = loaded(made, tmp_path, rows, ROUTED)
    assert found["task"][:] == ["chat", "math", "chat"]
    assert told(caplog) == ["data: 1 of 4 rows have no gold in 'answer' and are left out: row 0"]


@pytest.mark.parametrize("task", ["poem", None])
def test_a_row_that_cannot_be_routed_is_told_by_its_number(
    task: str | None, made: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"data: row 2 has metadata\['task'\].*cases only for chat, math"):
        loaded(made, tmp_path, routed(["math", "chat", task, "math"]), ROUTED)
    assert len(loaded(made, tmp_path, routed(["math", "chat", task, "math"]), DEFAULT)) == 4
