"""The scoring of one frame in steps."""

from __future__ import annotations

import math
import time

import grpc
from running import right

from rewards import Rollout
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1 import score_pb2
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire
from server.catalogue import Catalogue
from server.frame import FrameScoring
from server.observer import CallObserver
from server.recipe_texts import texts_of

OPTIONS = pb.ScoreOptions(recipe="boxed")


def test_frame_scoring_answers_a_large_call_in_several_blocks(address: str) -> None:
    rollouts = [right(n, id=str(n)) for n in range(3000)]
    rollouts[2500] = Rollout(completion="no gold")
    with grpc.insecure_channel(address) as channel:
        call = pb.ScoreRequest(options=OPTIONS, rollouts=map(rollout_to_wire, rollouts))
        blocks = RewardServiceStub(channel).Score(call).blocks
    assert len(blocks) > 1
    assert sorted(index for block in blocks for index in block.indices) == list(range(3000))
    assert all(
        id_ in ("", str(at)) for block in blocks for at, id_ in zip(block.indices, block.ids, strict=True)
    )
    (error,) = [error for block in blocks for error in block.errors]
    assert "rollouts[2500]" in error.message


def test_frame_scoring_past_the_deadline_judges_nothing() -> None:
    served = Catalogue(texts_of(("gsm8k-three-part",))).find(pb.ScoreOptions(recipe="gsm8k-three-part"))
    messages = [rollout_to_wire(right(n, id=str(n))) for n in range(3)]
    response = pb.ScoreResponse()
    late = FrameScoring(
        served,
        OPTIONS,
        messages,
        300,
        time.monotonic() - 1,
        CallObserver(),
        lambda: (response, response.blocks.add()),
    )
    assert late.begin() == response.SerializeToString()
    assert late.done
    (block,) = response.blocks
    assert block.ids == ["0", "1", "2"]
    assert all(map(math.isnan, [*block.totals, *block.values]))
    assert len(block.values) == 3 * len(served.header.nodes)
    (verdicts,) = block.verdicts
    assert verdicts.choices == [1, 1, 1]
    assert verdicts.statuses == [score_pb2.VERDICT_STATUS_NOT_JUDGED]


def test_frame_scoring_compares_long_answers_last() -> None:
    served = Catalogue(texts_of(("boxed",))).find(OPTIONS)
    long = Rollout(completion=r"\boxed{x^8+8x^7+28x^6+56x^5+70x^4+56x^3+28x^2+8x+1}", ground_truth="(x+1)^8")
    rollouts = [right(0), long, *(right(n) for n in range(1, 1030)), long]
    answers: list[pb.ScoreResponse] = []

    def answer() -> tuple[pb.ScoreResponse, score_pb2.ScoreBlock]:
        answers.append(pb.ScoreResponse())
        return answers[-1], answers[-1].blocks.add()

    frame = FrameScoring(
        served, OPTIONS, list(map(rollout_to_wire, rollouts)), 10_000, None, CallObserver(), answer
    )
    steps = []
    while not frame.begun:
        steps.append(frame.seen)
        frame.begin()
    assert steps == [False, False, True, True]
    assert frame.done
    blocks = [block for one in answers for block in one.blocks]
    assert [block.indices[0] for block in blocks] == [0, 1024, 1, 1031]
    assert sorted(index for block in blocks for index in block.indices) == list(range(1032))
    assert all(total == 1.0 for block in blocks for total in block.totals)
