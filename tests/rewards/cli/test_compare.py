"""`touchstone compare` shows where two recipes disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Touchstone, WriteLines


ROWS = [
    {"prompt": "2 + 2?", "completion": r"<think>2 + 2</think> \boxed{4}", "ground_truth": "4"},
    {"prompt": "2 + 2?", "completion": r"Well, \boxed{4}", "ground_truth": "4"},
    {"prompt": "2 + 2?", "completion": "\x1b[2Jno box", "ground_truth": "4"},
]


def test_compare_finds_that_a_recipe_agrees_with_itself(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    result = touchstone("compare", "boxed", "boxed", write_lines(*ROWS), "--fail-above", "0")
    assert result.exit_code == 0, result.output
    assert "rewards differ on 0 (0 %)" in result.output
    failed = touchstone("compare", "r1-zero", "boxed", write_lines(*ROWS), "--fail-above", "0.3")
    assert failed.exit_code == 1


def test_compare_says_that_a_recipe_needs_tokens(touchstone: Touchstone, write_lines: WriteLines) -> None:
    file = write_lines(*ROWS)
    result = touchstone("compare", "boxed", "dapo", file)
    assert result.exit_code == 1
    assert "judged by A alone 3" in result.stdout
    assert "lines.jsonl:1: " in result.stderr
    assert touchstone("compare", "boxed", "dapo", file, "--guess-tokens").exit_code == 0
