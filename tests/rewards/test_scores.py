"""Scores of a batch, and of some of its rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import (
    BoxedCorrectness,
    LocalScorer,
    Rollout,
    Status,
    ThinkFormat,
)
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
