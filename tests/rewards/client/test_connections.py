"""Connections of a client: to several servers, late ones, and none."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import threading
import time
from concurrent import futures
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from running import right

from rewards import RemoteScorer
from rewards.client import connections as module
from rewards.client.connections import open_channel
from rewards.client.remote import Tls
from rewards.errors import InvalidCallError, ScorerError, ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from running import ServerProcess

    from rewards import Scores


def test_connections_use_every_server_in_turn(start_server: Callable[..., ServerProcess]) -> None:
    servers = [start_server("--recipe", "boxed") for _ in range(2)]
    with RemoteScorer([server.address for server in servers], "boxed") as remote:
        for _ in range(6):
            assert remote.score([right(1)]).totals.tolist() == [1.0]
        # With the first one gone, everything is answered by the second.
        servers[0].stop()
        for _ in range(6):
            assert remote.score([right(1)]).totals.tolist() == [1.0]
        servers[1].stop()
    remote = RemoteScorer([server.address for server in servers], "boxed", patience=0.2)
    with remote, pytest.raises(ServerUnavailableError):
        remote.score([right(1)])


def test_connections_to_a_refused_port_fail_after_some_patience() -> None:
    with RemoteScorer("127.0.0.1:1", "boxed", patience=0.3) as remote, pytest.raises(ServerUnavailableError):
        remote.score([right(1)])
    with RemoteScorer("127.0.0.1:1", "boxed", timeout=0.3) as remote, pytest.raises(ScorerError):
        remote.score([right(1)])


def test_connections_wait_for_a_server_that_comes_late(start_server: Callable[..., ServerProcess]) -> None:
    first = start_server("--recipe", "boxed")
    first.stop()
    found: list[Scores] = []
    with RemoteScorer(first.address, "boxed") as remote:
        thread = threading.Thread(target=lambda: found.append(remote.score([right(1)])))
        thread.start()
        time.sleep(0.3)
        start_server("--recipe", "boxed", "--address", first.address)
        thread.join(30)
    assert found[0].totals.tolist() == [1.0]


def test_connections_are_made_again_after_close(address: str) -> None:
    remote = RemoteScorer(address, "boxed")
    remote.score([right(1)])
    remote.close()
    assert remote.score([right(1)]).totals.tolist() == [1.0]
    remote.close()


def test_connections_by_tls_to_a_plain_server_fail(address: str) -> None:
    with RemoteScorer(address, "boxed", tls=Tls(), patience=0.2) as remote, pytest.raises(ScorerError):
        remote.score([right(1)])


class Middlebox:
    """A TCP proxy between client and server, which forgets connections and then swallows what comes."""

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self._server = host, int(port)
        self._remembered: list[list[bool]] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    @property
    def connections(self) -> int:
        return len(self._remembered)

    def forget(self) -> None:
        for remembered in self._remembered:
            remembered[0] = False

    def close(self) -> None:
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._sockets):
            one.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._sockets.append(server := socket.create_connection(self._server))
                self._remembered.append(remembered := [True])
                self._start(self._pump, client, server, remembered)
                self._start(self._pump, server, client, remembered)

    def _pump(self, source: socket.socket, sink: socket.socket, remembered: list[bool]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if remembered[0]:
                    sink.sendall(data)
        if remembered[0]:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def middlebox(address: str) -> Iterator[Middlebox]:
    made = Middlebox(address)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("settings", "call"),
    [
        pytest.param({}, {}, id="default"),
        pytest.param({}, {"timeout": 30}, id="timeout"),
        pytest.param({"connections": 3}, {}, id="connections"),
        pytest.param({"patience": 2}, {}, id="less-patience-than-the-try-takes"),
    ],
)
@pytest.mark.parametrize("size", [1, 1200])
def test_a_connection_that_was_forgotten_is_made_again(
    settings: dict[str, int],
    call: dict[str, int],
    size: int,
    middlebox: Middlebox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_KEEPALIVE_MS", 1_000)
    monkeypatch.setattr(module, "_KEEPALIVE_TIMEOUT_MS", 2_000)
    rollouts = [right(n) for n in range(size)]
    with RemoteScorer(middlebox.address, "boxed", **settings) as remote:  # type: ignore[arg-type]
        for _ in range(2):
            assert remote.score(rollouts).totals.all()
        before = middlebox.connections
        middlebox.forget()
        assert remote.score(rollouts, **call).totals.tolist() == [1.0] * size
        assert middlebox.connections > before


def test_an_idle_connection_is_closed_and_the_next_call_opens_another(
    middlebox: Middlebox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_MS", 1_000)
    with RemoteScorer(middlebox.address, "boxed", patience=0) as remote:
        for _ in range(3):
            assert remote.score([right(1)]).totals.all()
        assert middlebox.connections == 1
        time.sleep(4)
        middlebox.forget()
        # Without any patience: nothing was sent where nothing arrives.
        assert remote.score([right(1)], timeout=20).totals.all()
        assert middlebox.connections == 2


@pytest.mark.parametrize("silent", [False, True], ids=["no-call", "silent-call"])
def test_pings_are_what_a_server_takes_by_default(silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001  # a parameter
    """A gRPC server in C ends a connection after three pings that come too soon (too_many_pings)."""
    # Not shorter: where an answer takes longer than that, on a busy machine, its call is pinged, too.
    monkeypatch.setattr(module, "_KEEPALIVE_MS", 1_000)
    release = threading.Event()

    class Servicer(health.HealthServicer):
        def Check(self, request: Any, _: object) -> Any:  # noqa: ANN401, N802  # gRPC's
            if request.service == "slow":
                release.wait(60)
            return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)

    server = grpc.server(futures.ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with contextlib.closing(Middlebox(f"127.0.0.1:{port}")) as between:
        with open_channel((between.address,), None) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            assert stub.Check(health_pb2.HealthCheckRequest()).status
            answer = stub.Check.future(health_pb2.HealthCheckRequest(service="slow" if silent else ""))
            time.sleep(6)
            release.set()
            assert answer.result(20).status
            assert stub.Check(health_pb2.HealthCheckRequest()).status
        # Too many pings would lose one a second; a slow machine may lose one.
        assert between.connections <= 2
    server.stop(None)


def test_waiting_is_told_at_once_and_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from rewards.client import retry  # noqa: PLC0415  # its clock

    slept: list[float] = []
    monkeypatch.setattr(retry, "time", SimpleNamespace(sleep=slept.append, monotonic=lambda: sum(slept)))
    with (
        RemoteScorer("127.0.0.1:1", "boxed", patience=39) as remote,
        pytest.raises(ServerUnavailableError, match=r"cannot reach 127\.0\.0\.1:1"),
    ):
        remote.score([right(1)])
    ends = [message.rpartition("; ")[2] for message in caplog.messages]
    assert ends == [f"waiting up to 39 s, {seconds} s so far" for seconds in (0, 10, 20, 30)]
    assert all(message.startswith("cannot reach 127.0.0.1:1: ") for message in caplog.messages)


def scored(remote: RemoteScorer, pipe: multiprocessing.connection.Connection) -> None:
    try:
        pipe.send(remote.score([right(1)]).totals.tolist())
    except InvalidCallError as error:
        pipe.send(str(error))


def forked(remote: RemoteScorer) -> object:
    """What a forked process has to say of a call, within bounds."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=scored, args=(remote, theirs))
    process.start()
    try:
        return ours.recv() if ours.poll(20) else "it hangs"
    finally:
        process.kill()
        process.join()


@pytest.mark.filterwarnings("ignore:.*multi-threaded")
@pytest.mark.parametrize("kind", ["score", "recipes"])
def test_fork_waits_for_calls_in_flight(kind: str, start_server: Callable[..., ServerProcess]) -> None:
    # In a process of its own: gRPC's threads of a server would be in the way of a fork, too.
    address = start_server("--recipe", "boxed", "--workers", "1").address
    done = threading.Event()

    def hammer(remote: RemoteScorer) -> None:
        while not done.is_set():
            if kind == "score":
                remote.score([right(n) for n in range(50)])
            else:
                remote.recipes()

    with RemoteScorer(address, "boxed") as remote:
        threads = [threading.Thread(target=hammer, args=(remote,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            found = [forked(RemoteScorer(address, "boxed") if n % 2 else remote) for n in range(20)]
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert found == [[1.0]] * 20
        assert remote.score([right(1)]).totals.tolist() == [1.0]


@pytest.mark.filterwarnings("ignore:.*multi-threaded")
def test_fork_does_not_wait_for_a_call_that_hangs(
    monkeypatch: pytest.MonkeyPatch, start_server: Callable[..., ServerProcess]
) -> None:
    address = start_server("--recipe", "boxed", "--workers", "1").address
    monkeypatch.setattr(module, "_FORK_WAIT", 0.5)
    began, done = threading.Event(), threading.Event()

    def hang() -> None:
        with module.in_flight():
            began.set()
            done.wait()

    with RemoteScorer(address, "boxed") as remote:
        thread = threading.Thread(target=hang)
        thread.start()
        began.wait()
        started = time.monotonic()
        assert "spawn or forkserver" in str(forked(remote))
        assert 0.5 <= time.monotonic() - started < 15
        done.set()
        thread.join()
        assert forked(remote) == [1.0]


def test_call_waits_for_a_fork() -> None:
    forking, calls = threading.Event(), []
    done = threading.Event()

    def fork() -> None:
        module._before_fork()  # noqa: SLF001  # as a fork calls it
        forking.set()
        done.wait()
        calls.append("forked")
        module._after_fork_in_parent()  # noqa: SLF001

    thread = threading.Thread(target=fork)
    thread.start()
    forking.wait()
    threading.Timer(0.1, done.set).start()
    with module.in_flight():
        calls.append("called")
    thread.join()
    assert calls == ["forked", "called"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded")
def test_fork_inside_a_stream_refuses_calls(start_server: Callable[..., ServerProcess]) -> None:
    address = start_server("--recipe", "boxed", "--workers", "1").address
    with RemoteScorer(address, "boxed") as remote:
        for _ in remote.stream(right(n) for n in range(3)):
            assert "in flight" in str(forked(remote))
        assert forked(remote) == [1.0]
