"""`touchstone filter` keeps the prompts that are solved sometimes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Touchstone, WriteLines


def rollouts(*passed: int, of: int = 8) -> list[dict[str, object]]:
    """Rollouts of one prompt after the other in turn, so many of each being right."""
    return [
        {
            "prompt": f"What is {prompt} and {prompt}?",
            "completion": rf"\boxed{{{2 * prompt if turn < right else 0 - 1}}}",
            "ground_truth": str(2 * prompt),
            "source": f"book {prompt}",
        }
        for turn in range(of)
        for prompt, right in enumerate(passed, start=1)
    ]


def written(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_filter_judges_rollouts_and_keeps_prompts(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    file = write_lines(*rollouts(0, 1, 2, 5, 6, 8))
    result = touchstone(
        "filter", file, "-o", tmp_path / "kept.jsonl", "--rejects", tmp_path / "rejects.jsonl"
    )
    assert result.exit_code == 0, result.output
    kept = written(tmp_path / "kept.jsonl")
    assert [row["prompt"] for row in kept] == ["What is 3 and 3?", "What is 4 and 4?"]
    assert kept[0].keys() == {
        "prompt", "ground_truth", "source",
        "rollouts", "judged", "passed", "pass_rate", "pass_rate_low", "pass_rate_high", "fate",
    }  # fmt: skip
    assert (kept[0]["pass_rate"], kept[0]["source"]) == (0.25, "book 3")
    fates = [row["fate"] for row in written(tmp_path / "rejects.jsonl")]
    assert fates == ["all wrong", "too hard", "too easy", "all right"]
    assert "6 prompts, 48 rollouts; 48 judged; passed (right by boxed@1) 45.8 %" in result.output
    assert not list(tmp_path.glob("*.work"))


def test_filter_takes_the_scores_that_are_carried(touchstone: Touchstone, write_lines: WriteLines) -> None:
    rows = [{"input": "a", "output": "", "gts": "1", "score": score, "step": 1} for score in (1.0, -1.0, 1.0)]
    figures = json.loads(touchstone("filter", write_lines(*rows), "--json").stdout)
    assert figures["passed_by"] == "score above 0.5"
    assert (figures["prompts"], figures["passed"], figures["judged"]) == (1, 2, 3)
    judged = json.loads(touchstone("filter", write_lines(*rows), "--json", "--recipe", "boxed").stdout)
    assert (judged["passed"], judged["passed_by"]) == (0, "right by boxed@1")


def test_filter_takes_a_score_of_another_name_and_another_band(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    rows = [{"q": "a", "completion": "", "acc": passed} for passed in (True, True, True, False)]
    arguments = ("--score", "acc", "--group-by", "q", "--low", "0.7", "--high", "0.8", "--json")
    figures = json.loads(touchstone("filter", write_lines(*rows), *arguments).stdout)
    assert figures["fates"]["kept"] == 1
    assert figures["histogram"]["0.7 to 0.8"] == 1


def test_filter_names_a_bad_rollout_and_counts_the_rest(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    result = touchstone("filter", write_lines(*rollouts(4), "nonsense", {"prompt": "x", "completion": 4}))
    assert result.exit_code == 1
    assert "lines.jsonl:9: not JSON" in result.stderr
    assert "lines.jsonl:10: completion is of type int; it must be a string" in result.stderr
    assert "2 bad rows" in result.stdout


def test_filter_refuses_a_score_beside_a_recipe(touchstone: Touchstone, write_lines: WriteLines) -> None:
    result = touchstone("filter", write_lines(*rollouts(4)), "--score", "x", "--recipe", "boxed")
    assert result.exit_code == 2
    assert "choose one" in result.stderr


def test_filter_refuses_what_a_run_of_other_rollouts_left(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    work = tmp_path / "kept.jsonl.work"
    work.mkdir()
    (work / "checkpoint.json").write_text('{"settings": {}, "rows": 3, "bad_rows": 0, "sizes": []}')
    result = touchstone("filter", write_lines(*rollouts(4)), "-o", tmp_path / "kept.jsonl")
    assert result.exit_code == 2
    assert "was left by another run" in result.stderr


def test_filter_reads_and_writes_parquet(touchstone: Touchstone, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(rollouts(0, 4)), tmp_path / "rollouts.parquet")
    result = touchstone("filter", tmp_path / "rollouts.parquet", "-o", tmp_path / "kept.parquet")
    assert result.exit_code == 0, result.output
    (row,) = parquet.read_table(tmp_path / "kept.parquet").to_pylist()
    assert (row["prompt"], row["passed"], row["fate"]) == ("What is 2 and 2?", 4, "kept")
    assert "completion" not in row


def test_filter_reads_standard_input(touchstone: Touchstone) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rollouts(3, 8))
    figures = json.loads(touchstone("filter", "-", "--json", stdin=lines.encode()).stdout)
    assert figures["fates"]["kept"] == 1
