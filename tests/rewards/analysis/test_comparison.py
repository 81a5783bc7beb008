"""Figures over pairs of rewards are those of numpy, and what differs most is found in any order of blocks."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import BoxedCorrectness, LocalScorer, Rollout, SoftOverlong, ThinkFormat
from rewards.analysis.comparing import Comparison
from rewards.analysis.comparison import Pairs, Rank, most_different
from rewards.analysis.guessed_tokens import guessed_tokens, with_tokens
from rewards.analysis.rows import RowSource
from rewards.recipe.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from rewards.scores import Scores


def scored(totals: list[float]) -> Scores:
    """Scores of such totals."""
    scores = LocalScorer(ThinkFormat()).score([Rollout(completion="x")] * len(totals))
    return dataclasses.replace(scores, totals=np.array(totals, dtype=np.float64))


def pairs_of(first: list[float], second: list[float], batch: int = 3) -> Pairs:
    pairs = Pairs(io.BytesIO())
    for start in range(0, len(first), batch):
        rows = list(range(start + 1, min(start + batch, len(first)) + 1))
        pairs.add(rows, scored(first[start : start + batch]), scored(second[start : start + batch]))
    return pairs


NUMBERS = st.one_of(st.floats(-10, 10, width=32), st.just(math.nan))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=20), st.integers(1, 5))
def test_figures_are_those_of_numpy(values: list[tuple[float, float]], batch: int) -> None:
    first, second = [one for one, _ in values], [other for _, other in values]
    pairs = pairs_of(first, second, batch)
    both = np.array([(one, other) for one, other in values if not (math.isnan(one) or math.isnan(other))])
    assert pairs.rollouts == len(values)
    assert pairs.both == len(both)
    if len(both):
        assert pairs.means == pytest.approx(tuple(both.mean(axis=0)), abs=1e-9)
        assert pairs.deviations == pytest.approx(tuple(both.std(axis=0)), abs=1e-6)
        assert pairs.differing == int((both[:, 0] != both[:, 1]).sum())
    if len(both) > 1 and (both.std(axis=0) > 1e-3).all():
        assert pairs.correlation == pytest.approx(np.corrcoef(both.T)[0, 1], abs=1e-6)
        assert pairs.line == pytest.approx(tuple(np.polyfit(both[:, 0], both[:, 1], 1)), rel=1e-4, abs=1e-4)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=20), st.integers(0, 6))
def test_what_differs_most_is_found(values: list[tuple[float, float]], number: int) -> None:
    pairs = pairs_of([one for one, _ in values], [other for _, other in values])
    expected = []
    for row, (one, other) in enumerate(values, start=1):
        gap = math.inf if math.isnan(one) != math.isnan(other) else abs(np.float64(other) - np.float64(one))
        if gap > 0:
            expected.append((row, gap))
    expected.sort(key=lambda entry: (-entry[1], entry[0]))
    assert most_different(pairs, number) == expected[:number]


def test_a_recipe_that_pays_twice_as_much_does_not_differ_by_fit() -> None:
    first = [0.0, 1.0, 0.5, 0.25, 1.0]
    pairs = pairs_of(first, [2 * value + 1 for value in first[:-1]] + [0.0])
    assert most_different(pairs, 1, Rank.DIFFERENCE)[0][0] in {2, 3}
    assert most_different(pairs, 1, Rank.FIT)[0][0] == 5


def test_nothing_to_compare() -> None:
    pairs = pairs_of([], [])
    assert (pairs.rollouts, most_different(pairs, 5)) == (0, [])
    assert math.isnan(pairs.correlation)
    assert math.isnan(pairs.means[0])


def test_rollouts_are_scored_by_both_and_shown_in_full(tmp_path: Path) -> None:
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


def test_rollouts_without_tokens_are_bad_unless_they_are_guessed(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    path.write_text('{"completion": "x y z"}\n')
    long = LocalScorer(SoftOverlong(max_length=4, cache=2))
    plain = Comparison(RowSource(path), long, long)
    pairs, _ = plain.run(io.BytesIO())
    assert (plain.bad_rows, pairs.neither) == (1, 1)
    guessing = Comparison(RowSource(path), long, long, guess_tokens=True)
    pairs, _ = guessing.run(io.BytesIO())
    assert (guessing.bad_rows, pairs.means[0]) == (0, -1.0)


@given(st.text(max_size=200))
def test_guessed_tokens_fit_a_rollout(text: str) -> None:
    rollout = with_tokens(Rollout(completion=text))
    assert rollout.num_tokens == len(guessed_tokens(text))
    assert len(guessed_tokens(text, ended=False)) == len(guessed_tokens(text)) - 1
