from __future__ import annotations

import contextlib
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from odd_rewards import Gated, Shortest
from running import hanging, right
from service_calls import OPTIONS, START, frame, refused, request

from rewards import LocalScorer, Recipe, RemoteScorer, Rollout
from rewards.errors import IncompleteGroupError
from rewards.recipe.file import dumps
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1 import rollout_pb2, score_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rewards.v1.reward_service_pb2_grpc import RewardServiceStub


def statuses(block: score_pb2.ScoreBlock) -> list[int]:
    (verdicts,) = block.verdicts
    return [verdicts.statuses[choice - 1] if choice else 0 for choice in verdicts.choices]


def test_service_score_gives_a_batch_back_in_its_order(stub: RewardServiceStub) -> None:
    response = stub.Score(request(right(1, id="a"), Rollout(completion="", ground_truth="1", id="b")))
    assert response.header.recipe == "boxed@1"
    assert [node.label for node in response.header.nodes if node.is_component] == ["correctness"]
    (block,) = response.blocks
    assert (block.indices, block.ids, block.totals) == ([0, 1], ["a", "b"], [1.0, 0.0])
    assert statuses(block) == [score_pb2.VERDICT_STATUS_CORRECT, score_pb2.VERDICT_STATUS_NO_ANSWER]
    assert response.header.nodes[block.verdicts[0].node].label == "correctness"


def test_service_score_answers_an_empty_batch(stub: RewardServiceStub) -> None:
    response = stub.Score(request())
    assert response.header.recipe == "boxed@1"
    assert not response.blocks[0].indices


def test_service_score_tells_equal_verdicts_once(stub: RewardServiceStub) -> None:
    block = stub.Score(request(*[right(n % 2) for n in range(100)])).blocks[0]
    (verdicts,) = block.verdicts
    assert verdicts.choices == [1, 2] * 50
    assert len(verdicts.statuses) == 2
    assert not block.ids


def test_service_score_gives_evidence_only_if_asked_for(stub: RewardServiceStub) -> None:
    looping = Rollout(
        completion="<think>" + "again and again " * 50 + r"</think> \boxed{1}", ground_truth="1"
    )
    options = pb.ScoreOptions(recipe="gsm8k-three-part", include_spans=True, include_parts=True)
    with_evidence = stub.Score(request(looping, options=options)).blocks[0]
    without = stub.Score(request(looping, options=pb.ScoreOptions(recipe="gsm8k-three-part"))).blocks[0]
    assert len(with_evidence.parts) == len(with_evidence.part_names) > 0
    assert with_evidence.spans
    assert not without.part_names
    assert not without.parts
    assert not without.spans
    assert without.totals == with_evidence.totals


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        pytest.param(
            rollout_pb2.Rollout(logprobs=rollout_pb2.TokenLogprobs(values=[-1, float("nan")])),
            "logprobs",
            id="nan",
        ),
        pytest.param(
            rollout_pb2.Rollout(
                logprobs=rollout_pb2.TokenLogprobs(values=[-1]),
                completion_ids=rollout_pb2.TokenIds(values=[1, 2]),
            ),
            "",
            id="mismatched-lengths",
        ),
        pytest.param(rollout_pb2.Rollout(ground_truths=["1"] * 1025), "ground_truth", id="many-golds"),
        pytest.param(rollout_pb2.Rollout(finish_reason=9), "finish_reason", id="unknown-finish-reason"),
        pytest.param(rollout_pb2.Rollout(completion=r"\boxed{1}"), "ground_truth", id="no-gold"),
    ],
)
def test_service_score_gives_a_bad_rollout_back_as_data(
    bad: rollout_pb2.Rollout, field: str, stub: RewardServiceStub
) -> None:
    bad.id = "bad"
    block = stub.Score(request(right(0), bad, right(2), Rollout(completion="no gold"))).blocks[0]
    errors = {error.row: error for error in block.errors}
    assert sorted(errors) == [1, 3]
    assert block.ids[1] == "bad"
    assert errors[1].field == field
    assert errors[1].message
    assert "rollouts[3]" in errors[3].message
    assert np.isnan(block.totals).tolist() == [False, True, False, True]
    assert [block.totals[0], block.totals[2]] == [1.0, 1.0]


BAD_CALLS = [
    pytest.param(
        request(right(1, id="a"), right(2, id="a")), "rollouts", "share the id 'a'", id="duplicates"
    ),
    pytest.param(
        request(options=pb.ScoreOptions(recipe="boxd")), "options.recipe", "did you mean 'boxed'", id="recipe"
    ),
    pytest.param(pb.ScoreRequest(), "options.recipe", "without a name", id="no-options"),
    pytest.param(
        pb.ScoreRequest(options=OPTIONS, rollouts=[rollout_pb2.Rollout()] * 65_537),
        "rollouts",
        "at most 65536",
        id="too-many",
    ),
    pytest.param(
        pb.ScoreRequest(options=OPTIONS, rollouts=[rollout_pb2.Rollout(id="0123456789")] * 65_537),
        "rollouts",
        "more than 65536 rollouts",
        id="too-many-to-read",
    ),
    pytest.param(
        pb.ScoreRequest(options=OPTIONS, rollouts=[rollout_pb2.Rollout(ground_truths=["x"] * 600)] * 600),
        "rollouts",
        "more than 262144 golds and entries of metadata",
        id="golds-of-all",
    ),
    pytest.param(
        request(right(1, id="x" * 100_000), right(2, id="x" * 100_000)),
        "rollouts",
        "share the id",
        id="long-id",
    ),
]


@pytest.mark.parametrize(("call", "field", "text"), BAD_CALLS)
def test_service_score_names_the_field_of_a_bad_call(
    call: pb.ScoreRequest, field: str, text: str, stub: RewardServiceStub
) -> None:
    failure = refused(lambda: stub.Score(call), grpc.StatusCode.INVALID_ARGUMENT, field=field)
    assert text in failure.details()


def test_service_has_health_and_reflection(channel: grpc.Channel) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "rewards.v1.RewardService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    ask = reflection_pb2.ServerReflectionRequest(file_containing_symbol="rewards.v1.RewardService")
    (answer,) = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]))
    assert answer.file_descriptor_response.file_descriptor_proto


class OpenStream:
    """A stream whose requests a test sends one by one."""

    def __init__(self, stub: RewardServiceStub) -> None:
        self._requests: queue.SimpleQueue[pb.ScoreStreamRequest | None] = queue.SimpleQueue()
        self.responses = stub.ScoreStream(iter(self._requests.get, None))

    def send(self, one: pb.ScoreStreamRequest) -> None:
        self._requests.put(one)

    def finish(self) -> list[pb.ScoreStreamResponse]:
        self._requests.put(None)
        return list(self.responses)


@pytest.fixture
def stream(stub: RewardServiceStub) -> Iterator[OpenStream]:
    opened = OpenStream(stub)
    yield opened
    opened.responses.cancel()
    with contextlib.suppress(grpc.RpcError):
        opened.finish()


def test_service_score_stream_gives_rollouts_back_while_it_is_open(stream: OpenStream) -> None:
    stream.send(START)
    assert next(stream.responses).header.recipe == "boxed@1"
    for number in range(3):
        stream.send(frame(number, right(number, id=f"r{number}")))
        scores = next(stream.responses).scores
        assert (scores.frame, scores.block.ids) == (number, [f"r{number}"])
    assert not stream.finish()


def test_service_score_stream_is_not_held_up_by_a_hanging_answer(stream: OpenStream) -> None:
    stream.send(START)
    stream.send(frame(1, right(1, id="a"), hanging(31, id="slow"), right(2, id="b")))
    stream.send(frame(2, right(3, id="c")))
    answers = [
        (response.scores.frame, id_) for response in stream.finish() for id_ in response.scores.block.ids
    ]
    assert answers[-1] == (1, "slow")
    assert sorted(answers[:-1]) == [(1, "a"), (1, "b"), (2, "c")]


def test_service_score_stream_answers_an_empty_frame(stream: OpenStream) -> None:
    stream.send(START)
    stream.send(frame(5))
    _, answer = stream.finish()
    assert answer.scores.frame == 5
    assert not answer.scores.block.indices


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param([], id="nothing"),
        pytest.param([frame(0, right(1))], id="no-options-first"),
        pytest.param([START, START], id="options-twice"),
        pytest.param([START, pb.ScoreStreamRequest()], id="nothing-in-it"),
        pytest.param([START, frame(0, right(1, id="a"), right(2, id="a"))], id="duplicates-in-a-frame"),
        pytest.param(
            [START, frame(0, hanging(32, id="a")), frame(1, right(2, id="a"))], id="duplicates-in-flight"
        ),
    ],
)
def test_service_score_stream_refuses_wrong_requests(
    requests: list[pb.ScoreStreamRequest], stub: RewardServiceStub
) -> None:
    refused(lambda: list(stub.ScoreStream(iter(requests))), grpc.StatusCode.INVALID_ARGUMENT)


def test_service_score_stream_takes_an_id_again_once_it_was_answered(stream: OpenStream) -> None:
    stream.send(START)
    next(stream.responses)
    for number in range(2):
        stream.send(frame(number, right(number, id="same")))
        assert next(stream.responses).scores.block.totals == [1.0]
    assert not stream.finish()


def test_service_score_gives_back_as_such_what_is_not_judged_by_the_deadline(stub: RewardServiceStub) -> None:
    stub.Score(request(right(1)))  # it is connected
    slow = [hanging(300 + n) for n in range(20)]  # more than can be ended in the time
    response = stub.Score(request(right(1), *slow, right(2)), timeout=3)
    found = {}
    for block in response.blocks:
        found.update(zip(block.indices, zip(block.totals, statuses(block), strict=True), strict=True))
    right_ones = 1.0, score_pb2.VERDICT_STATUS_CORRECT
    assert found.pop(0) == found.pop(21) == right_ones
    late = [total for total, status in found.values() if status == score_pb2.VERDICT_STATUS_NOT_JUDGED]
    assert late
    assert np.isnan(late).all()
    ended = [status for _, status in found.values() if status != score_pb2.VERDICT_STATUS_NOT_JUDGED]
    assert set(ended) <= {score_pb2.VERDICT_STATUS_TIMEOUT}
    assert len(found) == 20


def test_service_score_by_a_reward_that_waits_holds_up_nobody_else(
    serve_here: Callable[..., str], tmp_path: Path
) -> None:
    gate, path = tmp_path / "gate", tmp_path / "gated.yaml"
    path.write_text(dumps(Recipe(name="gated", reward=Gated(gate=str(gate)))))
    address = serve_here(str(path), "boxed")
    with RemoteScorer(address, "gated") as gated, RemoteScorer(address, "boxed") as boxed:
        for _ in range(20):  # so far it was quick
            assert gated.score([Rollout(completion="right")]).totals.tolist() == [1.0]
        with ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(gated.score, [Rollout(completion="wait")]) for _ in range(4)]
            try:
                for n in range(20):
                    assert boxed.score([right(n)], timeout=10).totals.tolist() == [1.0]
                assert not any(one.done() for one in waiting)
            finally:
                gate.touch()
            assert [one.result().totals.tolist() for one in waiting] == [[0.0]] * 4


def test_service_score_takes_whole_groups_over_many_frames(
    serve_here: Callable[..., str], tmp_path: Path
) -> None:
    recipe = Recipe(name="shortest", reward=Shortest(group_size=4))
    path = tmp_path / "shortest.yaml"
    path.write_text(dumps(recipe))
    # Four rollouts of a group lie far apart, and the batch fills many frames.
    rollouts = [Rollout(completion="x" * (n % 7), group_id=str(n % 500)) for n in range(2000)]
    with RemoteScorer(serve_here(str(path)), "shortest") as remote:
        assert remote.score(rollouts) == LocalScorer(recipe).score(rollouts)
        with pytest.raises(IncompleteGroupError):
            remote.score(rollouts[1:])
