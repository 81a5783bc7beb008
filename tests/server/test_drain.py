"""SIGTERM under load: what the server says it accepted is what clients got answers for, call by call."""

from __future__ import annotations

import collections
import json
import random
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import grpc
import pytest
from running import eventually, hanging, right

from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from running import ServerProcess

    Start = Callable[..., ServerProcess]

OPTIONS = pb.ScoreOptions(recipe="boxed")
BATCH = [rollout_to_wire(right(number)) for number in range(50)]
LEFT_ALONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class Load:
    """Clients that try nothing twice, and count what was answered in each of their calls."""

    def __init__(self, address: str) -> None:
        self.answered: collections.Counter[str] = collections.Counter()
        self.failures: list[BaseException] = []
        self._address = address
        self._gone = threading.Event()
        work = [self._batches, self._batches, self._streams, self._streams]
        self._threads = [threading.Thread(target=one, args=(f"{at}",)) for at, one in enumerate(work)]
        for thread in self._threads:
            thread.start()

    @property
    def calls(self) -> int:
        return len(self.answered)

    def join(self) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self._threads)

    def _until_the_server_goes(self, name: str, call: Callable[[RewardServiceStub, str], None]) -> None:
        with grpc.insecure_channel(self._address) as channel:
            stub = RewardServiceStub(channel)
            for number in range(10**6):
                try:
                    call(stub, f"{name}-{number}")
                except grpc.RpcError as failure:
                    if failure.code() not in LEFT_ALONE:
                        self.failures.append(failure)
                    return
                except BaseException as failure:  # noqa: BLE001  # whatever it is, it is the finding
                    self.failures.append(failure)
                    return
                if self._gone.is_set():
                    return

    def _batches(self, name: str) -> None:
        def call(stub: RewardServiceStub, request_id: str) -> None:
            request = pb.ScoreRequest(options=OPTIONS, rollouts=BATCH)
            response = stub.Score(request, metadata=[("x-request-id", request_id)])
            self.answered[request_id] += totals_in(response)

        self._until_the_server_goes(name, call)

    def _streams(self, name: str) -> None:
        def call(stub: RewardServiceStub, request_id: str) -> None:
            def requests() -> Iterator[pb.ScoreStreamRequest]:
                yield pb.ScoreStreamRequest(options=OPTIONS)
                for number in range(20):
                    yield pb.ScoreStreamRequest(frame=pb.Frame(number=number, rollouts=BATCH))

            for response in stub.ScoreStream(requests(), metadata=[("x-request-id", request_id)]):
                self.answered[request_id] += totals_in(response)

        self._until_the_server_goes(name, call)


def totals_in(response: pb.ScoreResponse | pb.ScoreStreamResponse) -> int:
    """How many rollouts a response answers."""
    if isinstance(response, pb.ScoreResponse):
        blocks = response.blocks
    else:
        blocks = [response.scores.block] if response.HasField("scores") else []
    assert all(total == 1.0 for block in blocks for total in block.totals)
    return sum(len(block.totals) for block in blocks)


def lost_when_drained(
    start_server: Start, capfd: pytest.CaptureFixture[str], seed: int
) -> dict[str, tuple[int, int]]:
    """Calls of which the server accepted another number of rollouts than the client got answers for."""
    server = start_server("--recipe", "boxed", "--processes", "2", "--log-format", "json")
    load = Load(server.address)
    try:
        assert eventually(lambda: load.calls >= 8 or bool(load.failures))
        time.sleep(random.Random(seed).uniform(0, 0.2))  # noqa: S311  # in the middle of something else each time
        assert server.stop() == 0
    finally:
        load.join()
    assert not load.failures
    accepted: collections.Counter[str] = collections.Counter()
    for line in capfd.readouterr().err.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("message") == "call":
            accepted[entry["request_id"]] += entry["rollouts"]
    assert sum(accepted.values()) > 0
    return {
        call: (accepted[call], load.answered[call])
        for call in accepted
        if accepted[call] != load.answered[call]
    }


@pytest.mark.parametrize("seed", range(2))
def test_sigterm_loses_nothing_that_was_accepted(
    seed: int, start_server: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    assert lost_when_drained(start_server, capfd, seed) == {}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_sigterm_loses_nothing_that_was_accepted_over_twenty_tries(
    start_server: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    for seed in range(2, 22):
        assert lost_when_drained(start_server, capfd, seed) == {}


def busy_for_long(channel: grpc.Channel) -> grpc.Future:
    """A call that takes one worker a minute or so."""
    rollouts = [rollout_to_wire(hanging(number)) for number in range(700, 760)]
    call = RewardServiceStub(channel).Score.future(pb.ScoreRequest(options=OPTIONS, rollouts=rollouts))
    with pytest.raises(grpc.FutureTimeoutError):
        call.result(0.5)
    return call


def test_a_second_sigterm_ends_at_once(start_server: Start) -> None:
    server = start_server("--recipe", "boxed", "--workers", "1", "--grace-seconds", "1000")
    with grpc.insecure_channel(server.address) as channel:
        call = busy_for_long(channel)
        server.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: not listening(server.address))
        assert server.process.poll() is None
        assert server.stop() == 0
        assert call.exception(60).code() in LEFT_ALONE


def test_the_grace_has_an_end(start_server: Start) -> None:
    server = start_server("--recipe", "boxed", "--workers", "1", "--grace-seconds", "0.1")
    with grpc.insecure_channel(server.address) as channel:
        call = busy_for_long(channel)
        assert server.stop() == 0
        assert call.exception(60).code() in LEFT_ALONE


def listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError:
        return False
    return True


def test_a_connection_that_grows_old_loses_nothing(serve_here: Callable[..., str]) -> None:
    address = serve_here("boxed", connection_seconds=0.2)
    states: list[grpc.ChannelConnectivity] = []
    sent: list[int] = []
    aged = threading.Event()

    def seen(state: grpc.ChannelConnectivity) -> None:
        if state is grpc.ChannelConnectivity.READY:
            states.append(state)
        if len(states) >= 3:
            aged.set()

    with grpc.insecure_channel(address) as channel:
        channel.subscribe(seen)
        stub = RewardServiceStub(channel)

        def requests() -> Iterator[pb.ScoreStreamRequest]:
            yield pb.ScoreStreamRequest(options=OPTIONS)
            for number in range(1000):
                sent.append(number)
                yield pb.ScoreStreamRequest(frame=pb.Frame(number=number, rollouts=BATCH[:1]))
                if aged.is_set():  # this stream is older than the connection that it began on
                    return
                time.sleep(0.01)

        stream = stub.ScoreStream(requests())
        while not aged.is_set():
            assert totals_in(stub.Score(pb.ScoreRequest(options=OPTIONS, rollouts=BATCH))) == len(BATCH)
        _, *answers = stream
        assert sum(map(totals_in, answers)) == len(sent)
        assert sorted(answer.scores.frame for answer in answers) == sent
        channel.unsubscribe(seen)
