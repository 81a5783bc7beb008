from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Rollout, Scores, Span, Status, Verdict
from rewards.errors import InvalidRolloutError, MissingFieldError, ProtocolError
from rewards.recipe.summary import RecipeSummary
from rewards.rollout import Batch
from rewards.scores import first_verdicts
from rewards.v1 import rollout_pb2, score_pb2
from rewards.verdict import Method
from rewards.wire.received import ReceivedBatch
from rewards.wire.rollouts import rollout_from_wire, rollout_to_wire, summary_from_wire, summary_to_wire
from rewards.wire.scores import header_to_wire, scores_from_wire, scores_to_wire

text = st.text(st.characters(exclude_categories=()), max_size=30)  # lone surrogates, too
logprob = st.floats(max_value=0.0, width=32, allow_nan=False)
number = st.floats(allow_infinity=False)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    length = draw(st.integers(0, 6))

    def tokens(elements: st.SearchStrategy[object]) -> object:
        return draw(st.none() | st.lists(elements, min_size=length, max_size=length))

    return Rollout(
        completion=draw(text),
        id=draw(text),
        prompt=draw(text),
        ground_truth=draw(st.none() | text | st.lists(text, min_size=2, max_size=3)),
        completion_ids=tokens(st.integers(-(2**31), 2**31 - 1)),
        logprobs=tokens(logprob),
        completion_mask=tokens(st.booleans()),
        finish_reason=draw(st.sampled_from(["stop", "length", None])),
        think_prefilled=draw(st.booleans()),
        group_id=draw(st.none() | text),
        metadata=draw(st.dictionaries(text, text, max_size=2)),
    )


def travelled(rollout: Rollout) -> Rollout:
    raw = rollout_to_wire(rollout).SerializeToString()
    return rollout_from_wire(rollout_pb2.Rollout.FromString(raw))


@given(rollouts())
def test_a_rollout_arrives_as_it_left(rollout: Rollout) -> None:
    arrived = travelled(rollout)
    assert arrived == rollout
    if rollout.logprobs is not None:
        assert np.asarray(arrived.logprobs).tobytes() == np.asarray(rollout.logprobs).tobytes()


@pytest.mark.parametrize("length", [0, 1, 31, 32, 127, 128, 4096, 2**15, 2**19])
def test_token_fields_of_any_length_arrive(length: int) -> None:
    ids = np.arange(length) - 100
    rollout = Rollout(
        completion="", completion_ids=ids, logprobs=-np.abs(ids) / 7, completion_mask=ids % 3 == 0
    )
    assert travelled(rollout) == rollout


def test_what_is_packed_by_hand_is_what_protobuf_packs() -> None:
    rollout = Rollout(
        completion="", completion_ids=[1, -1], logprobs=[-0.0, -math.inf], completion_mask=[1, 0]
    )
    message = rollout_to_wire(rollout)
    assert list(message.completion_ids.values) == [1, -1]
    assert [math.copysign(1, value) for value in message.logprobs.values] == [-1, -1]
    assert list(message.completion_mask.values) == [True, False]


def test_token_fields_with_fields_of_a_later_version_arrive() -> None:
    message = rollout_to_wire(Rollout(completion="", logprobs=[-1.0, -2.0]))
    message.logprobs.MergeFromString(b"\x12\x03new")
    assert np.asarray(rollout_from_wire(message).logprobs).tolist() == [-1.0, -2.0]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        pytest.param(
            rollout_pb2.Rollout(logprobs=rollout_pb2.TokenLogprobs(values=[math.nan])), "logprobs", id="nan"
        ),
        pytest.param(
            rollout_pb2.Rollout(logprobs=rollout_pb2.TokenLogprobs(values=[0.5])), "logprobs", id="positive"
        ),
        pytest.param(
            rollout_pb2.Rollout(
                logprobs=rollout_pb2.TokenLogprobs(values=[0.0]),
                completion_ids=rollout_pb2.TokenIds(values=[1, 2]),
            ),
            "",
            id="lengths",
        ),
        pytest.param(rollout_pb2.Rollout(finish_reason=77), "finish_reason", id="later-finish-reason"),
    ],
)
def test_a_rollout_that_contradicts_itself_is_refused(message: rollout_pb2.Rollout, field: str) -> None:
    with pytest.raises(InvalidRolloutError) as caught:
        rollout_from_wire(message)
    assert caught.value.field == field


@given(st.lists(rollouts(), max_size=4, unique_by=lambda rollout: rollout.id))
def test_fields_that_are_read_without_the_rollouts_are_theirs(sent: list[Rollout]) -> None:
    batch = ReceivedBatch([rollout_to_wire(rollout) for rollout in sent])
    plain = Batch(sent)
    assert len(batch) == len(sent)
    assert list(batch.ids) == [rollout.id for rollout in sent]
    assert batch.completions == plain.completions
    assert batch.ground_truths == plain.ground_truths
    assert batch.think_prefilled == plain.think_prefilled
    for field in ("ground_truth", "tokens", "group_id"):
        assert batch.missing(field).tolist() == plain.missing(field).tolist()
    assert list(batch) == sent
    assert not batch.invalid


def test_an_empty_rollout_stands_for_one_that_contradicts_itself() -> None:
    messages = [
        rollout_pb2.Rollout(id="a", completion="fine", ground_truths=["1"]),
        rollout_pb2.Rollout(id="b", completion="not", ground_truths=["1"], finish_reason=77),
    ]
    batch = ReceivedBatch(messages)
    assert [error.field for error in batch.invalid.values()] == ["finish_reason"]
    assert list(batch.completions) == ["fine", ""]
    assert list(batch.ground_truths) == ["1", None]
    assert batch[1] == Rollout(completion="", id="b")


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


@pytest.mark.parametrize("scope", ["row", "group"])
def test_a_summary_arrives_as_it_left(scope: str) -> None:
    summary = RecipeSummary(
        name="mine",
        version=3,
        description="d",
        digest="abc",
        required_fields=("a", "b"),
        optional_fields=("metadata.task",),
        scope=scope,
        components=("c",),
    )
    assert summary_from_wire(summary_to_wire(summary)) == summary
