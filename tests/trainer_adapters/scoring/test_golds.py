"""The check of a data set's golds that adapters make on request."""

from __future__ import annotations

import json
import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from rewards.errors import InvalidCallError, InvalidParameterError
from trainer_adapters.openrlhf import reward_function
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"prompt": "1+1?", "answer": "2"},
    {"prompt": "1+2?", "answer": None},
    {"prompt": "1+3?", "answer": r"\frac{4"},
    {"prompt": "1+4?", "answer": "5"},
]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("form", ["rows", "datasets", "jsonl", "parquet"])
def test_check_golds_counts_the_rows_that_will_not_be_judged(
    form: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given: Any = ROWS
    if form == "jsonl":
        given = tmp_path / "rows.jsonl"
        given.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    elif form != "rows":
        datasets = pytest.importorskip(
            "datasets", reason="datasets is not installed; `make test` installs it"
        )
        given = datasets.Dataset.from_list(ROWS)
        if form == "parquet":
            given.to_parquet(tmp_path / "rows.parquet")
            given = str(tmp_path / "rows.parquet")
    functions = reward_funcs("boxed", check_golds=given)
    without, unread = told(caplog)
    assert without == "check_golds: 1 of 4 rows have no gold in 'answer' and will not be judged: row 1"
    assert unread.startswith(
        "check_golds: 1 of 4 rows have a gold that cannot be judged in 'answer' and will"
    )
    assert r"row 2 ('\\frac{4': broken LaTeX" in unread
    assert functions[0](completions=[r"\boxed{2}"], answer=["2"]) == [1.0]
    assert "check_golds" not in pickle.loads(pickle.dumps(functions)).scorer.options  # noqa: S301  # our own bytes


def test_check_golds_stops_where_that_is_asked_for() -> None:
    with pytest.raises(InvalidCallError, match=r"row 1; 1 of 4 rows .*row 2 .*set bad_golds=\"warn\""):
        reward_funcs("boxed", check_golds=ROWS, bad_golds="stop")
    reward_funcs("boxed", check_golds=[ROWS[0], ROWS[3]], bad_golds="stop")
    with pytest.raises(InvalidParameterError, match="bad_golds is 'ignore'; it must be 'warn' or 'stop'"):
        reward_funcs("boxed", bad_golds="ignore")


def test_check_golds_offers_the_setting_that_cuts_golds_out_of_prose() -> None:
    prose = [{"answer": f"We add 1 to {n}, which gives {n + 1} in all.\n#### {n + 1}"} for n in range(3)]
    with pytest.raises(InvalidCallError, match=r'check_golds: there is no row .*write gold_after="####"'):
        reward_function("boxed", check_golds=prose)
    reward_function("boxed", check_golds=prose, gold_after="####", bad_golds="stop")


@pytest.mark.parametrize("given", [[], 5, ["4"], {"answer": ["4"]}], ids=repr)
def test_check_golds_refuses_what_is_no_data_set(given: object) -> None:
    with pytest.raises(InvalidCallError, match="check_golds"):
        reward_funcs("boxed", check_golds=given)


def test_check_golds_names_the_row_whose_gold_is_an_object() -> None:
    rows = [{"answer": "4"}, {"answer": {"value": "4"}}]
    with pytest.raises(InvalidCallError, match=r"check_golds: row 1, 'answer': .*of 'value'"):
        reward_funcs("boxed", check_golds=rows)


def test_check_golds_says_that_a_trainer_passes_the_numbers_of_classes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
    for kind, said in ((datasets.ClassLabel(names=["A", "B"]), 1), (datasets.Value("int64"), 0)):
        features = datasets.Features({"prompt": datasets.Value("string"), "answer": kind})
        data = datasets.Dataset.from_dict({"prompt": ["q"], "answer": [1]}, features=features)
        caplog.clear()
        reward_funcs("boxed", check_golds=data)
        assert len(told(caplog)) == said
        assert all("'answer' holds classes (A, B)" in line for line in told(caplog))
