"""What a server does with more than it can take at once, and with callers who behave badly."""

from __future__ import annotations

import asyncio
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from running import hanging, right, serving_here

from rewards import RemoteScorer, Rollout
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1 import rollout_pb2
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from running import ServerProcess

OPTIONS = pb.ScoreOptions(recipe="boxed")


def frames(count: int, size: int) -> Iterator[pb.ScoreStreamRequest]:
    yield pb.ScoreStreamRequest(options=OPTIONS)
    rollouts = [rollout_to_wire(right(n)) for n in range(size)]
    for number in range(count):
        yield pb.ScoreStreamRequest(frame=pb.Frame(number=number, rollouts=rollouts))


@pytest.mark.parametrize(
    "rollouts",
    [
        pytest.param(
            [
                rollout_pb2.Rollout(
                    completion=rf"\boxed{{{n}}}", ground_truths=[f"{n + g}x+{n}" for g in range(1024)]
                )
                for n in range(30)
            ],
            id="as-many-golds-as-may-be",
        ),
        pytest.param(
            [
                rollout_pb2.Rollout(
                    completion=rf"\boxed{{{n}}}", ground_truths=[f"{n + g}x+{n}" for g in range(100)]
                )
                for n in range(300)
            ],
            id="many-golds",
        ),
    ],
)
def test_many_golds_hold_up_no_health_check(
    rollouts: list[rollout_pb2.Rollout], start_server: Callable[..., ServerProcess]
) -> None:
    server = start_server("--recipe", "boxed", "--workers", "1")
    with (
        grpc.insecure_channel(server.address) as channel,
        grpc.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)]) as other,
    ):
        health = health_pb2_grpc.HealthStub(other)
        stub = RewardServiceStub(channel)
        for n in range(30):  # so that such calls count as quick
            stub.Score(pb.ScoreRequest(options=OPTIONS, rollouts=[rollout_to_wire(right(n))]))
        ended: list[str] = []
        call = stub.Score.future(pb.ScoreRequest(options=OPTIONS, rollouts=rollouts))
        call.add_done_callback(lambda _: ended.append("score"))
        for _ in range(5):
            health.Check(health_pb2.HealthCheckRequest(), timeout=60)
            ended.append("health")
        assert sum(len(block.totals) for block in call.result().blocks) == len(rollouts)
    assert ended[:5] == ["health"] * 5


def test_client_that_does_not_read_holds_up_nobody(serve_here: Callable[..., str]) -> None:
    tight = serve_here("boxed", max_message_bytes=200_000, max_pending_bytes=400_000)
    with grpc.insecure_channel(tight) as channel:
        unread = RewardServiceStub(channel).ScoreStream(frames(400, 50))
        with RemoteScorer(tight, "boxed", patience=60) as remote:
            for _ in range(20):
                assert remote.score([right(n) for n in range(20)]).totals.all()
        # And all of it is there once it is read.
        answered = [response.scores.frame for response in unread if response.HasField("scores")]
    assert sorted(answered) == list(range(400))


def test_a_batch_without_room_is_refused_unread(serve_here: Callable[..., str]) -> None:
    tight = serve_here("boxed", max_message_bytes=50_000, max_pending_bytes=50_000)
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(tight, options) as channel, grpc.insecure_channel(tight, options) as other:
        held = RewardServiceStub(channel).Score.future(
            pb.ScoreRequest(options=OPTIONS, rollouts=[rollout_to_wire(hanging(700 + n)) for n in range(30)])
        )
        large = pb.ScoreRequest(rollouts=[rollout_to_wire(Rollout(completion="x" * 60_000))])
        said = ""
        while "come back later" not in said:
            assert not held.done()
            with pytest.raises(grpc.RpcError) as caught:
                RewardServiceStub(other).Score(large)
            # Too large, as long as there is room to find that out.
            assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            said = str(caught.value.details())
        held.cancel()


def cpu_of_pool(pid: int) -> float:
    """CPU seconds of the pool and of all its workers, dead ones included."""

    def times(of: int, *, with_dead: bool) -> int:
        fields = Path(f"/proc/{of}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11 : 15 if with_dead else 13])

    total = times(pid, with_dead=True)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            total += times(int(child), with_dead=False)
        except FileNotFoundError:
            return math.inf  # it has died just now: not idle, and counted among the dead next time
    return total / os.sysconf("SC_CLK_TCK")


@pytest.mark.asyncio
async def test_a_cancelled_call_costs_nothing_more() -> None:
    async with serving_here("boxed", workers=3) as (serving, address):
        judge = serving._judge  # noqa: SLF001  # to look at its pool
        assert judge.pool_pid is not None
        before = cpu_of_pool(judge.pool_pid)
        async with grpc.aio.insecure_channel(address) as channel:
            rollouts = [rollout_to_wire(hanging(600 + n)) for n in range(60)]
            call = RewardServiceStub(channel).Score(pb.ScoreRequest(options=OPTIONS, rollouts=rollouts))
            waiting = asyncio.ensure_future(call)
            while judge.stats.sent < 60:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.05)
            call.cancel()
            await asyncio.wait([waiting])
        seen = [cpu_of_pool(judge.pool_pid)]
        while len(seen) < 4 or seen[-1] - seen[-4] > 0.02:
            await asyncio.sleep(0.2)
            seen.append(cpu_of_pool(judge.pool_pid))
        # Idle, long before sixty answers have had the second of CPU time that each would take.
        assert seen[-1] - before < 45
