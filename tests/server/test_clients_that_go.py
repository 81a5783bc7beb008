"""Clients that cancel, run out of time or die are no failures of the server's."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

import grpc
import pytest
from running import eventually, right
from scraping import value_at

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from running import ServerProcess

STREAMS = 60
OPTIONS = pb.ScoreOptions(recipe="r1-zero")
ROLLOUTS = [rollout_to_wire(right(n)) for n in range(300)]
CLIENT = """
import sys
from rewards import RemoteScorer, Rollout
with RemoteScorer(sys.argv[1], "r1-zero") as remote:
    endless = iter(lambda: Rollout(completion="x", ground_truth="1"), None)
    for number, _ in enumerate(remote.stream(endless)):
        if number == 100:
            print("well under way", flush=True)
"""


def requests(frames: int = 20) -> Iterator[pb.ScoreStreamRequest]:
    yield pb.ScoreStreamRequest(options=OPTIONS)
    for number in range(frames):
        yield pb.ScoreStreamRequest(frame=pb.Frame(number=number, rollouts=ROLLOUTS))


def run_out_of_time(address: str, chance: random.Random) -> None:
    with grpc.insecure_channel(address) as channel:
        for _ in range(STREAMS):
            call = RewardServiceStub(channel).ScoreStream(requests(), timeout=chance.uniform(0.002, 0.15))
            with contextlib.suppress(grpc.RpcError):
                for _ in call:
                    pass


def cancel(address: str, chance: random.Random) -> None:
    with grpc.insecure_channel(address) as channel:
        for _ in range(STREAMS):
            call = RewardServiceStub(channel).ScoreStream(requests())
            last = chance.randrange(6)
            with contextlib.suppress(grpc.RpcError):
                for at, _ in enumerate(call):
                    if at >= last:
                        call.cancel()


def die(address: str, chance: random.Random) -> None:
    del chance
    for _ in range(4):
        client = subprocess.Popen(
            [sys.executable, "-c", CLIENT, address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        with client:
            assert client.stdout is not None
            assert client.stdout.readline()
            client.kill()


@pytest.mark.parametrize("leave", [run_out_of_time, cancel, die])
def test_a_client_that_goes_is_no_failure(
    leave: Callable[[str, random.Random], None], start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    server = start_server(
        *("--recipe", "r1-zero", "--workers", "1", "--metrics-address", "127.0.0.1:0"), log=log
    )
    goers = [
        threading.Thread(target=leave, args=(server.address, random.Random(seed)))  # noqa: S311  # no secret
        for seed in range(2)
    ]
    for goer in goers:
        goer.start()
    for goer in goers:
        goer.join()
    with grpc.insecure_channel(server.address) as channel:  # the server goes on
        assert len(list(RewardServiceStub(channel).ScoreStream(requests(1)))) >= 2
    calls = partial(value_at, server.metrics, "touchstone_calls_total", method="ScoreStream")
    assert eventually(lambda: value_at(server.metrics, "touchstone_pending_rollouts") == 0)
    assert eventually(lambda: calls(code="CANCELLED") + calls(code="OK") == calls() > 1)
    assert calls(code="CANCELLED") > 0
    assert calls(code="INTERNAL") == 0
    assert server.stop() == 0
    assert " ERROR " not in log.read_text("utf-8")
