"""Figures over pairs of rewards are those of numpy, and what differs most is found in any order of blocks."""

from __future__ import annotations

import dataclasses
import io
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import LocalScorer, Rollout, ThinkFormat
from rewards.analysis.comparison import Pairs, Rank, most_different

if TYPE_CHECKING:
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
def test_pairs_have_the_figures_of_numpy(values: list[tuple[float, float]], batch: int) -> None:
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
def test_most_different_pairs_are_found_whatever_the_order(
    values: list[tuple[float, float]], number: int
) -> None:
    pairs = pairs_of([one for one, _ in values], [other for _, other in values])
    expected = []
    for row, (one, other) in enumerate(values, start=1):
        gap = math.inf if math.isnan(one) != math.isnan(other) else abs(np.float64(other) - np.float64(one))
        if gap > 0:
            expected.append((row, gap))
    expected.sort(key=lambda entry: (-entry[1], entry[0]))
    assert most_different(pairs, number) == expected[:number]


def test_most_different_by_fit_is_not_a_recipe_that_pays_twice_as_much() -> None:
    first = [0.0, 1.0, 0.5, 0.25, 1.0]
    pairs = pairs_of(first, [2 * value + 1 for value in first[:-1]] + [0.0])
    assert most_different(pairs, 1, Rank.DIFFERENCE)[0][0] in {2, 3}
    assert most_different(pairs, 1, Rank.FIT)[0][0] == 5


def test_pairs_of_nothing_have_no_figures() -> None:
    pairs = pairs_of([], [])
    assert (pairs.rollouts, most_different(pairs, 5)) == (0, [])
    assert math.isnan(pairs.correlation)
    assert math.isnan(pairs.means[0])
