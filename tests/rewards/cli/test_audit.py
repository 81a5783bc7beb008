"""`touchstone audit` counts, cleans and rejects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Touchstone, WriteLines

    Write = Callable[..., Path]


GOLDS = ["72", "0.333", "150^", "True", "the larger of the two numbers", "", r"\frac{1}{2}"]


def test_audit_keeps_rows_or_rejects_them_with_a_reason(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    file = write_lines(*({"problem": "?", "gold": gold, "id": place} for place, gold in enumerate(GOLDS)))
    result = touchstone(
        "audit", file, "-o", tmp_path / "clean.jsonl", "--rejects", tmp_path / "rejects.jsonl"
    )
    assert result.exit_code == 0, result.output
    clean = [json.loads(line) for line in (tmp_path / "clean.jsonl").read_text().splitlines()]
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [row["gold"] for row in clean] == ["72", "0.333", "True", r"\frac{1}{2}"]
    assert [(row["id"], row["audit_kind"]) for row in rejects] == [
        (2, "broken LaTeX"),
        (4, "natural language"),
        (5, "empty"),
    ]
    assert clean[0] == {"problem": "?", "gold": "72", "id": 0}
    assert "rejected 3 (42.9 %); read as ground_truth=gold, prompt=problem" in result.output


def test_audit_rejects_suspicious_golds_when_asked(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    file = write_lines({"gold": "0.333"}, {"gold": "5"})
    touchstone("audit", file, "--reject-suspicious", "--rejects", tmp_path / "rejects.jsonl")
    (row,) = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert row["audit_suspicions"] == "rounded: 0.333 may stand for 1/3"


def test_audit_gives_its_figures_as_json(touchstone: Touchstone, write_lines: WriteLines) -> None:
    file = write_lines(*({"gold": gold} for gold in GOLDS))
    figures = json.loads(touchstone("audit", file, "--json").stdout)
    assert (figures["golds"], figures["rejected"]) == (7, 3)
    assert figures["judged"] == {"by value": 3, "as text": 2, "not": 2}
    assert {(entry["kind"], entry["golds"]) for entry in figures["kinds"]} >= {("number", 2), ("empty", 1)}


WORKED = {
    "#### 12": "####",
    "The answer is 12, as one sees.": "The answer is",
    "答案是 12 个苹果": "答案是",
}


def test_audit_counts_worked_prose_and_says_what_cuts_it(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    prose = "She had 6 clips in May and got 6 more, so there are 6+6 = <<6+6=12>>12 of them.\n"
    file = write_lines(*[{"question": "?", "answer": f"{prose}#### 12"}] * 3, {"answer": "7"})
    result = touchstone("audit", file)
    assert "3 golds rejected as worked prose that holds ####: --gold-after '####' takes what" in result.output
    assert json.loads(touchstone("audit", file, "--json").stdout)["worked_solutions"] == {"####": 3}
    cut = json.loads(touchstone("audit", file, "--json", "--gold-after", "####").stdout)
    assert (cut["golds"], cut["rejected"]) == (4, 1)
    assert cut["kinds"][0]["examples"] == ["12", "12", "12"]
    assert "worked prose" not in touchstone("audit", write_lines({"answer": "12"})).output


@pytest.mark.parametrize(("end", "mark"), WORKED.items())
def test_audit_knows_the_marks_before_golds(
    end: str, mark: str, touchstone: Touchstone, write_lines: WriteLines
) -> None:
    file = write_lines({"answer": f"She had six clips in May and got six more. {end}"})
    assert json.loads(touchstone("audit", file, "--json").stdout)["worked_solutions"] == {mark: 1}


def test_audit_names_and_counts_a_bad_line(touchstone: Touchstone, write_lines: WriteLines) -> None:
    result = touchstone("audit", write_lines({"gold": "5"}, "nonsense"))
    assert result.exit_code == 1
    assert "lines.jsonl:2: not JSON" in result.stderr
    assert "1 bad row" in result.stdout


def test_audit_fails_above_a_share_of_rejects(touchstone: Touchstone, write_lines: WriteLines) -> None:
    file = write_lines({"gold": "5"}, {"gold": "150^"})
    assert touchstone("audit", file, "--fail-above", "0.5").exit_code == 0
    assert touchstone("audit", file, "--fail-above", "0.4").exit_code == 1


def test_audit_writes_parquet_for_parquet(touchstone: Touchstone, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"reward_model": [{"ground_truth": "72"}, {"ground_truth": "150^"}], "n": [1, 2]})
    parquet.write_table(table, tmp_path / "golds.parquet")
    out, rejects = tmp_path / "clean.parquet", tmp_path / "rejects.parquet"
    result = touchstone("audit", tmp_path / "golds.parquet", "-o", out, "--rejects", rejects)
    assert result.exit_code == 0, result.output
    assert parquet.read_table(out).to_pylist() == [{"reward_model": {"ground_truth": "72"}, "n": 1}]
    assert parquet.read_table(rejects).to_pylist()[0]["audit_judged"] == "not"
    refused = touchstone("audit", tmp_path / "golds.parquet", "-o", tmp_path / "clean.jsonl")
    assert refused.exit_code == 2
    assert "rows keep the format they came in" in refused.stderr


def test_audit_keeps_control_characters_off_the_terminal(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    result = touchstone("audit", write_lines({"gold": "\x1b[2J5"}))
    assert "\x1b[2J" not in result.stdout


QUESTION = "1 + 1?"


@pytest.mark.parametrize("flags", [(), ("--map", "ground_truth=expected_answr")])
def test_an_audit_without_golds_says_so_and_writes_nothing(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    column = "expected_answer" if flags else "expected_anser"
    file = write_lines(*[{"problem": QUESTION, column: "2"}] * 3)
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    result = touchstone("audit", file, "-o", out, "--rejects", rejects, *flags)
    assert result.exit_code == 2
    assert f"columns are 'problem', '{column}'" in result.stderr
    assert f"did you mean '{column}'?" in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"lines.jsonl"}


@pytest.mark.parametrize("column", ["expected_answer", "gt", "final_answer", "Answer", "target", "label"])
def test_an_audit_says_which_column_it_took(
    touchstone: Touchstone, write_lines: WriteLines, column: str
) -> None:
    result = touchstone("audit", write_lines({"problem": QUESTION, column: "72"}))
    assert result.exit_code == 0
    assert f"read as ground_truth={column}, prompt=problem" in result.stdout


def test_audit_takes_nan_in_a_column_of_golds_for_none(touchstone: Touchstone, tmp_path: Path) -> None:
    file = tmp_path / "golds.jsonl"
    file.write_text('{"gold": NaN, "answer": "7"}\n{"gold": NaN, "answer": "8"}\n')
    result = touchstone("audit", file)
    assert "read as ground_truth=answer" in result.stdout
    assert "rejected 0" in result.stdout
