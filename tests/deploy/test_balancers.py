"""Several servers behind nginx, behind haproxy, and behind the client's own round_robin; one is killed.

The configurations are those of deploy/balancers, with addresses of this machine. The balancers must be
installed (Debian's nginx-light and haproxy); `make test-balancers` says which is missing.
"""

from __future__ import annotations

import collections
import dataclasses
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from running import ServerProcess, eventually, right

from rewards import LocalScorer, RemoteScorer
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[..., ServerProcess]

pytestmark = pytest.mark.balancers

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "balancers"
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclasses.dataclass
class Balanced:
    """Where to call, and the servers behind it."""

    target: str | list[str]
    servers: list[ServerProcess]


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=SBIN)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def adapted(name: str, folder: Path, servers: list[ServerProcess]) -> tuple[Path, str]:
    """The configuration with the addresses of this run, and where the balancer listens by it."""
    text = (DEPLOY / name).read_text("utf-8")
    front = f"127.0.0.1:{free_port()}"
    for documented, actual in zip(
        ("127.0.0.1:50051", "127.0.0.1:50061", "127.0.0.1:50062"),
        (front, *(server.address for server in servers)),
        strict=True,
    ):
        assert documented in text
        text = text.replace(documented, actual)
    path = folder / name
    path.write_text(text, "utf-8")
    return path, front


def reachable(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["nginx", "haproxy", "round_robin"])
def balanced(request: pytest.FixtureRequest, start_server: Start, tmp_path: Path) -> Iterator[Balanced]:
    if request.param == "round_robin":
        servers = [start_server("--recipe", "boxed", "--workers", "1") for _ in range(2)]
        yield Balanced([server.address for server in servers], servers)
        return
    binary = program(request.param)
    servers = [start_server("--recipe", "boxed", "--workers", "1") for _ in range(2)]
    if request.param == "nginx":
        path, front = adapted("nginx.conf", tmp_path, servers)
        own = f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors warn;"
        command = [binary, "-p", str(tmp_path), "-c", str(path), "-e", f"{tmp_path}/errors", "-g", own]
    else:
        path, front = adapted("haproxy.cfg", tmp_path, servers)
        command = [binary, "-db", "-f", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as balancer:
        try:
            assert eventually(lambda: balancer.poll() is None and reachable(front))
            yield Balanced(front, servers)
        finally:
            balancer.send_signal(signal.SIGTERM)


def cpu_ticks(server: ServerProcess) -> int:
    """CPU time that the processes of a server have had, by which one sees who worked."""
    ticks = 0
    for pid in server.children:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks


def test_calls_and_streams_go_to_all_servers(balanced: Balanced) -> None:
    rollouts = [right(number) for number in range(2000)]
    expected = LocalScorer("boxed").score(rollouts)
    with RemoteScorer(balanced.target, "boxed", connections=4) as remote:
        before = [cpu_ticks(server) for server in balanced.servers]
        for _ in range(8):
            assert remote.score(rollouts) == expected
        for number in range(60):
            assert remote.score([right(number)]).totals.tolist() == [1.0]
        assert len(remote.recipes()) == 1
    spent = [cpu_ticks(server) - ticks for server, ticks in zip(balanced.servers, before, strict=True)]
    assert min(spent) > 0.1 * sum(spent), spent


def test_a_stream_goes_through_as_it_comes(balanced: Balanced) -> None:
    target = balanced.target if isinstance(balanced.target, str) else balanced.target[0]
    answered = threading.Semaphore(0)

    def requests() -> Iterator[pb.ScoreStreamRequest]:
        yield pb.ScoreStreamRequest(options=pb.ScoreOptions(recipe="boxed"))
        for number in range(20):
            frame = pb.Frame(number=number, rollouts=[rollout_to_wire(right(number, id=str(number)))])
            yield pb.ScoreStreamRequest(frame=frame)
            assert answered.acquire(timeout=60)  # the next is sent when this one has come back

    with grpc.insecure_channel(target) as channel:
        responses = RewardServiceStub(channel).ScoreStream(requests())
        assert next(responses).header.recipe == "boxed@1"
        for number in range(20):
            assert next(responses).scores.frame == number
            answered.release()
        assert list(responses) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "drained"])
def test_a_server_that_goes_loses_nothing(how: signal.Signals, balanced: Balanced) -> None:
    rollouts = [right(number, id=str(number)) for number in range(1500)]
    expected = LocalScorer("boxed").score(rollouts)
    done: collections.Counter[int] = collections.Counter()
    failures: list[BaseException] = []
    stop = threading.Event()

    def load(thread: int, size: int) -> None:
        with RemoteScorer(balanced.target, "boxed", connections=2, patience=60) as remote:
            while not stop.is_set():
                try:
                    scores = remote.score(rollouts[:size])
                    assert scores.totals.tolist() == expected.totals[:size].tolist()
                    done[thread] += 1
                except BaseException as failure:  # noqa: BLE001  # whatever it is, it is the finding
                    failures.append(failure)
                    return

    def further(each: int) -> bool:
        before = dict(done)
        return eventually(
            lambda: bool(failures) or all(done[n] >= before.get(n, 0) + each for n in range(len(threads)))
        )

    sizes = (1500, 1500, 20)  # two that stream, and one of small batches
    threads = [threading.Thread(target=load, args=each) for each in enumerate(sizes)]
    for thread in threads:
        thread.start()
    try:
        assert further(3)
        if how is signal.SIGKILL:
            for child in balanced.servers[0].children:
                balanced.servers[0].kill_child(child)
            balanced.servers[0].stop(signal.SIGKILL)
        else:
            assert balanced.servers[0].stop(signal.SIGTERM) == 0
        assert further(5)
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)
    assert not failures, failures
