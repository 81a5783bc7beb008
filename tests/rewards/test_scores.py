"""Scores of a batch, and of some of its rows."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import BoxedCorrectness, LocalScorer, Rollout, Scores, Span, Status, ThinkFormat
from rewards.scores import joined
from rewards.v1 import score_pb2
from rewards.wire.scores import header_to_wire, scores_from_wire, scores_to_wire

RIGHT = Rollout(id="right", completion=r"<think>2 + 2</think> \boxed{4}", ground_truth="4")


WRONG = Rollout(id="wrong", completion=r"<think>2 + 2</think> \boxed{5}", ground_truth="4")


def test_scores_hold_totals_components_and_every_node() -> None:
    scores = LocalScorer(2.0 * BoxedCorrectness() + ThinkFormat().named("format")).score([RIGHT, WRONG])
    assert scores.totals.tolist() == [3.0, 1.0]
    assert {name: values.tolist() for name, values in scores.components.items()} == {
        "boxed_correctness": [1.0, 0.0],
        "format": [1.0, 1.0],
    }
    assert scores.nodes["2.0 * boxed_correctness"].tolist() == [2.0, 0.0]
    assert [verdict.status for verdict in scores.verdicts if verdict] == [Status.CORRECT, Status.INCORRECT]
    assert scores.recipe == "custom@1"
    assert len(scores.recipe_digest) == len(scores.environment_digest) == 64


@pytest.mark.parametrize("recipe", ["boxed", "r1-gated", "gsm8k-layered"])
@given(rows=st.lists(st.integers(0, 5), max_size=8))
def test_scores_of_some_rows_are_what_those_rows_have(recipe: str, rows: list[int]) -> None:
    texts = [
        r"a \boxed{4}",
        "none",
        r"\boxed{5} a a a a a a a a",
        "",
        r"<think> </think> \boxed{5}",
        r"\boxed{4}",
    ]
    rollouts = [Rollout(completion=text, ground_truth="4", completion_ids=[1, 2]) for text in texts]
    whole = LocalScorer(recipe).score(rollouts)
    taken = whole.take(np.asarray(rows, dtype=np.intp))
    assert taken.totals.tolist() == [whole.totals[row] for row in rows]
    assert list(taken.verdicts) == [whole.verdicts[row] for row in rows]
    assert list(taken.spans) == [whole.spans[row] for row in rows]
    block = score_pb2.ScoreBlock()
    scores_to_wire(taken, range(len(rows)), [""] * len(rows), block)
    header = header_to_wire(whole, server_version="")
    _, arrived = scores_from_wire(block, header, np.arange(len(rows)))
    assert arrived == taken


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
    for whole in (scores, plain(scores)):
        taken = whole.take(np.asarray(rows, dtype=np.intp))
        assert taken.totals.tolist() == [scores.totals[row] for row in rows]
        assert list(taken.verdicts) == [scores.verdicts[row] for row in rows]
        assert taken.judgements == {"correctness": list(taken.verdicts)}
        assert taken == dataclasses.replace(taken, spans=[scores.spans[row] for row in rows])


@pytest.mark.parametrize("split", [[[0, 1, 2, 3]], [[2, 0], [3], [1]], [[3, 2, 1, 0]]], ids=str)
def test_parts_of_scores_joined_are_the_whole(scores: Scores, split: list[list[int]]) -> None:
    parts = [(np.asarray(rows), scores.take(np.asarray(rows))) for rows in split]
    assert joined(len(scores), parts) == scores
