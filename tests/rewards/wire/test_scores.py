"""Scores over the wire."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Scores, Span, Status, Verdict
from rewards.errors import InvalidRolloutError, MissingFieldError, ProtocolError
from rewards.scores import first_verdicts
from rewards.v1 import score_pb2
from rewards.verdict import Method
from rewards.wire.scores import header_to_wire, scores_from_wire, scores_to_wire

number = st.floats(allow_infinity=False)


verdicts = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    method=st.none() | st.sampled_from(Method),
    extracted=st.none() | st.text(max_size=5),
    reason=st.text(max_size=5),
)


spans = st.lists(
    st.builds(Span, st.integers(0, 9), st.integers(9, 2**32 - 1), st.text(max_size=3)), min_size=1
)


@st.composite
def scores(draw: st.DrawFn) -> Scores:
    size = draw(st.integers(0, 4))
    column = st.lists(number, min_size=size, max_size=size).map(np.asarray)
    nodes = {label: draw(column) for label in ("one", "two", "one + two")}
    wrong = draw(st.sets(st.integers(0, size - 1))) if size else set()
    totals = draw(column).astype(float)
    parts = {"one.share": draw(column)}
    for row in wrong:
        totals[row] = np.nan
        for array in (*nodes.values(), *parts.values()):
            array[row] = np.nan
    judgements = {
        label: [None if row in wrong else draw(st.none() | verdicts) for row in range(size)]
        for label in draw(st.sampled_from([(), ("two",), ("one", "two")]))
    }
    return Scores(
        totals=totals,
        components={label: nodes[label] for label in ("one", "two")},
        nodes=nodes,
        verdicts=first_verdicts(judgements.values(), size),
        judgements=judgements,
        spans=[
            {} if row in wrong else draw(st.sampled_from([{}, {"two": draw(spans)}])) for row in range(size)
        ],
        parts=parts,
        errors={
            row: draw(st.sampled_from([MissingFieldError, InvalidRolloutError]))(f"rollouts[{row}] is wrong")
            for row in wrong
        },
        recipe="mine@3",
        recipe_digest="abc",
        environment_digest="def",
    )


@given(scores())
def test_scores_arrive_as_they_left(given_scores: Scores) -> None:
    size = len(given_scores)
    header = score_pb2.ScoreHeader.FromString(
        header_to_wire(given_scores, server_version="1").SerializeToString()
    )
    block = score_pb2.ScoreBlock()
    scores_to_wire(given_scores, range(size), [str(row) for row in range(size)], block)
    rows, arrived = scores_from_wire(
        score_pb2.ScoreBlock.FromString(block.SerializeToString()), header, np.arange(size)
    )
    assert rows.tolist() == list(range(size))
    assert arrived == given_scores
    assert {row: type(error) for row, error in arrived.errors.items()} == {
        row: type(error) for row, error in given_scores.errors.items()
    }


HEADER = score_pb2.ScoreHeader(nodes=[score_pb2.Node(label="one")])


JUDGED = {"choices": [1], "statuses": [1], "methods": [1], "extracted": [0], "reasons": [0], "seconds": [0.0]}


STRETCH = {"rows": [0], "starts": [0], "ends": [1], "kinds": [0], "labels": ["a"]}


def one(**fields: object) -> score_pb2.ScoreBlock:
    good = {
        "indices": [0],
        "totals": [1.0],
        "values": [1.0],
        "verdicts": [score_pb2.Verdicts(**JUDGED)],
        "spans": [score_pb2.Spans(**STRETCH)],
    }
    return score_pb2.ScoreBlock(**{**good, **fields})


def judged(**fields: object) -> score_pb2.ScoreBlock:
    return one(verdicts=[score_pb2.Verdicts(**{**JUDGED, **fields})])


def stretch(**fields: object) -> score_pb2.ScoreBlock:
    return one(spans=[score_pb2.Spans(**{**STRETCH, **fields})])


def test_scores_that_keep_the_contract_are_taken() -> None:
    _, found = scores_from_wire(one(), HEADER, np.arange(1))
    assert found.spans == [{"one": (Span(0, 1, "a"),)}]
    assert found.judgements == {"one": [Verdict(status=Status.CORRECT, method=Method.STRING)]}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(one(indices=[7]), id="index-of-nobody"),
        pytest.param(one(indices=[]), id="totals-of-nobody"),
        pytest.param(one(totals=[]), id="no-total"),
        pytest.param(one(values=[1.0, 2.0]), id="more-values-than-nodes"),
        pytest.param(one(values=[]), id="fewer-values-than-nodes"),
        pytest.param(one(parts=[1.0]), id="more-parts-than-names"),
        pytest.param(one(part_names=["a"]), id="fewer-parts-than-names"),
        pytest.param(one(errors=[score_pb2.RolloutError(row=1)]), id="error-of-nobody"),
        pytest.param(judged(statuses=[99]), id="later-verdict"),
        pytest.param(judged(methods=[99]), id="later-method"),
        pytest.param(judged(methods=[]), id="verdict-without-method"),
        pytest.param(judged(choices=[2]), id="verdict-that-is-not-there"),
        pytest.param(judged(choices=[1, 1]), id="more-verdicts-than-rollouts"),
        pytest.param(judged(extracted=[1]), id="text-that-is-not-there"),
        pytest.param(judged(node=1), id="verdicts-of-no-node"),
        pytest.param(stretch(node=1), id="spans-of-no-node"),
        pytest.param(stretch(rows=[1]), id="span-of-nobody"),
        pytest.param(stretch(ends=[]), id="span-without-end"),
        pytest.param(stretch(kinds=[1]), id="span-of-no-kind"),
    ],
)
def test_scores_that_break_the_contract_are_refused(block: score_pb2.ScoreBlock) -> None:
    with pytest.raises(ProtocolError):
        scores_from_wire(block, HEADER, np.arange(1))
