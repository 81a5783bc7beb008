from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from rewards import LocalScorer, Rollout, Scores, Span
from rewards.scores import joined

TEXTS = [r"\boxed{4}", "none", r"\boxed{5}", r"<think>2 + 2</think> \boxed{4}"]


@pytest.fixture(scope="module")
def scores() -> Scores:
    return LocalScorer("r1-zero").score([Rollout(completion=text, ground_truth="4") for text in TEXTS])


def plain(scores: Scores) -> Scores:
    """The same scores as somebody might write them down, in lists."""
    return dataclasses.replace(
        scores,
        verdicts=list(scores.verdicts),
        judgements={label: list(found) for label, found in scores.judgements.items()},
        spans=[{label: list(found) for label, found in spans.items()} for spans in scores.spans],
    )


def test_spans_of_a_row_are_tuples_by_component(scores: Scores) -> None:
    assert scores.spans[3] == {"correctness": (Span(28, 29, "answer"),)}
    assert scores.spans[1] == {"format": (Span(0, 0, "no <think>"),)}


def test_scores_in_lists_equal_scores_in_columns(scores: Scores) -> None:
    assert plain(scores) == scores
    assert pickle.loads(pickle.dumps(scores)) == scores  # noqa: S301  # our own


@pytest.mark.parametrize("field", ["verdicts", "spans"])
def test_scores_with_other_evidence_differ(scores: Scores, field: str) -> None:
    assert dataclasses.replace(scores, **{field: list(getattr(scores, field))[::-1]}) != scores


@pytest.mark.parametrize("rows", [[], [1], [3, 0], [2, 2, 1], [-1, -3], [-1]], ids=str)
def test_scores_are_taken_row_by_row(scores: Scores, rows: list[int]) -> None:
    for given in (scores, plain(scores)):
        taken = given.take(np.asarray(rows, dtype=np.intp))
        assert taken.totals.tolist() == [scores.totals[row] for row in rows]
        assert list(taken.verdicts) == [scores.verdicts[row] for row in rows]
        assert taken.judgements == {"correctness": list(taken.verdicts)}
        assert taken == dataclasses.replace(taken, spans=[scores.spans[row] for row in rows])


@pytest.mark.parametrize("split", [[[0, 1, 2, 3]], [[2, 0], [3], [1]], [[3, 2, 1, 0]]], ids=str)
def test_parts_of_scores_joined_are_the_whole(scores: Scores, split: list[list[int]]) -> None:
    parts = [(np.asarray(rows), scores.take(np.asarray(rows))) for rows in split]
    assert joined(len(scores), parts) == scores
