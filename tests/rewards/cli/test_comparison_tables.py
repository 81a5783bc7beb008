"""A comparison as tables of a terminal, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Touchstone, WriteLines


ROWS = [
    {"prompt": "2 + 2?", "completion": r"<think>2 + 2</think> \boxed{4}", "ground_truth": "4"},
    {"prompt": "2 + 2?", "completion": r"Well, \boxed{4}", "ground_truth": "4"},
    {"prompt": "2 + 2?", "completion": "\x1b[2Jno box", "ground_truth": "4"},
]


def test_comparison_shows_figures_and_rollouts_side_by_side(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    result = touchstone("compare", "r1-zero", "boxed", write_lines(*ROWS))
    assert result.exit_code == 0, result.output
    assert "3 rollouts; rewards differ on 1 (33.3 %); correlation" in result.output
    assert "1. lines.jsonl:1, difference 0.5" in result.output
    assert "A: r1-zero@1" in result.output
    assert "\x1b[2J" not in result.output


def test_comparison_document_holds_all_as_json(touchstone: Touchstone, write_lines: WriteLines) -> None:
    result = touchstone("compare", "r1-zero", "boxed", write_lines(*ROWS), "--json", "--top", "1")
    found = json.loads(result.stdout)
    assert found["recipes"] == ["r1-zero@1", "boxed@1"]
    assert (found["rollouts"], found["differing"], found["right_by_a_alone"]) == (3, 1, 0)
    (most,) = found["most_different"]
    assert (most["row"], most["difference"], most["a"]["total"], most["b"]["total"]) == (1, 0.5, 1.5, 1.0)
    assert found["components"]["format"]["means"][1] is None
