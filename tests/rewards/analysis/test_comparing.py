"""Two recipes over the rows of a file: figures, bad rows, and the rollouts that differ most."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from rewards import BoxedCorrectness, LocalScorer, SoftOverlong, ThinkFormat
from rewards.analysis.comparing import Comparison
from rewards.analysis.comparison import most_different
from rewards.analysis.rows import RowSource
from rewards.recipe.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path


def test_comparison_scores_rollouts_by_both_and_shows_them_in_full(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    rows = [
        {"completion": r"<think>a</think> \boxed{4}", "ground_truth": "4", "id": "same"},
        {"completion": r"\boxed{4}", "ground_truth": "4", "id": "same"},
        {"completion": r"\boxed{5}", "ground_truth": "4"},
        {"completion": 5},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    bare = LocalScorer(Recipe(name="bare", reward=BoxedCorrectness()))
    gated = LocalScorer(Recipe(name="gated", reward=BoxedCorrectness().when(ThinkFormat())))
    comparison = Comparison(RowSource(path), bare, gated)
    bad: list[tuple[str, str]] = []
    pairs, components = comparison.run(io.BytesIO(), report=lambda place, error: bad.append((place, error)))
    assert comparison.recipes == ("bare@1", "gated@1")
    assert (pairs.rollouts, pairs.differing, comparison.bad_rows) == (3, 1, 1)
    assert bad == [("rollouts.jsonl:4", "completion is of type int; it must be a string")]
    assert components.mean(0, "boxed_correctness") == pytest.approx(2 / 3)
    (found,) = comparison.again(most_different(pairs, 5))
    assert (found.row.number, found.first.total, found.second.total) == (2, 1.0, 0.0)
    assert found.first.verdict is not None
    assert found.first.verdict.extracted == "4"


def test_comparison_without_tokens_is_of_bad_rows_unless_they_are_guessed(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    path.write_text('{"completion": "x y z"}\n')
    long = LocalScorer(SoftOverlong(max_length=4, cache=2))
    plain = Comparison(RowSource(path), long, long)
    pairs, _ = plain.run(io.BytesIO())
    assert (plain.bad_rows, pairs.neither) == (1, 1)
    guessing = Comparison(RowSource(path), long, long, guess_tokens=True)
    pairs, _ = guessing.run(io.BytesIO())
    assert (guessing.bad_rows, pairs.means[0]) == (0, -1.0)
