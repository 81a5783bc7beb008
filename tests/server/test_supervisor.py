from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from processes import gone
from running import eventually, hanging, right

from rewards import LocalScorer, RemoteScorer, Status
from rewards.errors import ServerUnavailableError
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from rewards import Scores

Start = "Callable[..., ServerProcess]"


def test_processes_share_a_port_and_dead_ones_are_replaced(start_server: Start) -> None:
    server = start_server("--recipe", "boxed", "--processes", "2")
    first = server.children
    assert len(first) == 2
    rollouts = [right(n) for n in range(3000)]
    with RemoteScorer(server.address, "boxed", connections=6) as remote:
        assert remote.score(rollouts) == LocalScorer("boxed").score(rollouts)
        os.kill(first[0], signal.SIGKILL)
        assert remote.score(rollouts).totals.all()
        assert eventually(lambda: len(server.children) == 2 and first[0] not in server.children)
        assert remote.score(rollouts).totals.all()
    last = server.children
    assert server.stop() == 0
    assert all(gone(pid) for pid in [*first, *last])


def test_sigterm_answers_what_was_accepted(start_server: Start) -> None:
    server = start_server("--recipe", "boxed")
    rollouts = [rollout_to_wire(one) for one in (right(1), hanging(51), right(2))]
    options = pb.ScoreOptions(recipe="boxed")
    with grpc.insecure_channel(server.address) as channel:
        stub = RewardServiceStub(channel)
        batch = stub.Score.future(pb.ScoreRequest(options=options, rollouts=rollouts))
        still_sending = threading.Event()

        def requests() -> object:
            yield pb.ScoreStreamRequest(options=options)
            yield pb.ScoreStreamRequest(frame=pb.Frame(rollouts=rollouts))
            still_sending.wait()

        stream = stub.ScoreStream(requests())
        next(stream)
        assert next(stream).scores.block.indices == [0, 2]
        server.process.send_signal(signal.SIGTERM)
        assert next(stream).scores.block.indices == [1]
        # All is answered; then the stream ends in a way that says where to go on.
        with pytest.raises(grpc.RpcError) as caught:
            next(stream)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert [block.totals for block in batch.result(60).blocks] == [[1.0, 1.0], [0.0]]
        still_sending.set()
    assert server.process.wait(60) == 0


@pytest.mark.parametrize("attempt", range(3))
def test_sigterm_under_load_loses_nothing(attempt: int, start_server: Start) -> None:
    servers = [start_server("--recipe", "boxed") for _ in range(2)]
    rollouts = [right(n, id=str(n)) for n in range(1500)]
    expected = LocalScorer("boxed").score(rollouts)
    found: list[Scores] = []
    failures: list[BaseException] = []
    stop = threading.Event()

    def load() -> None:
        with RemoteScorer([server.address for server in servers], "boxed") as remote:
            while not stop.is_set():
                try:
                    found.append(remote.score(rollouts))
                except BaseException as failure:  # noqa: BLE001  # whatever it is, it is the finding
                    failures.append(failure)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(found) > 3)
    time.sleep(0.05 * attempt)
    assert servers[0].stop() == 0
    before = len(found)
    assert eventually(lambda: len(found) > before + 3)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert all(scores == expected for scores in found)


def test_health_says_when_a_server_stops(start_server: Start) -> None:
    server = start_server("--recipe", "boxed")
    with grpc.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service="rewards.v1.RewardService"))
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        server.process.send_signal(signal.SIGINT)
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
    assert server.process.wait(60) == 0


def test_a_deadline_reaches_across_processes(start_server: Start) -> None:
    server = start_server("--recipe", "boxed", "--processes", "2")
    with RemoteScorer(server.address, "boxed", connections=2) as remote:
        assert remote.score([right(0)]).totals[0] == 1.0  # it is connected
        scores = remote.score([right(1), *(hanging(100 + n) for n in range(20))], timeout=3)
    assert scores.totals[0] == 1.0
    late = {
        verdict.status for verdict in scores.verdicts[1:]
    }  # two cores end at most six of them in that time
    assert Status.NOT_JUDGED in late
    assert late <= {Status.NOT_JUDGED, Status.TIMEOUT}


def test_processes_end_with_their_supervisor(start_server: Start) -> None:
    server = start_server("--recipe", "boxed", "--processes", "2")
    children = server.children
    server.process.kill()
    server.process.wait()
    assert eventually(lambda: all(gone(pid) for pid in children))
    remote = RemoteScorer(server.address, "boxed", patience=0.1)
    with remote, pytest.raises(ServerUnavailableError):
        remote.score([right(1)])


def failing(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rewards.cli.main import main; main()", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = failing("--recipe", "boxed", "--address", f"127.0.0.1:{taken.getsockname()[1]}")
    assert ran.returncode != 0
    assert "cannot listen" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["--recipe", "boxd"], "'boxed'", id="unknown-recipe"),
        pytest.param(["--address", "0.0.0.0:0"], "--insecure-public", id="public-address"),
        pytest.param(["--address", "nonsense"], "host:port", id="no-address"),
        pytest.param(["--auth-token-file", os.devnull], "no token", id="no-tokens"),
    ],
)
def test_a_server_that_cannot_start_says_why(arguments: list[str], text: str) -> None:
    ran = failing("--address", "127.0.0.1:0", *arguments)
    assert ran.returncode != 0
    assert text in ran.stderr
    assert "Traceback" not in ran.stderr
