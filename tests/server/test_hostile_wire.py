"""Whatever comes over the wire is answered with the right status or cut off, and the server serves on."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from typing import TYPE_CHECKING

import grpc
import pytest
from running import right

from rewards import RemoteScorer
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPTIONS = pb.ScoreOptions(recipe="boxed")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SCORE = "/rewards.v1.RewardService/Score"
STREAM = "/rewards.v1.RewardService/ScoreStream"
SEED = 20


@pytest.fixture(scope="module")
def server(serve_here: Callable[..., str]) -> str:
    return serve_here("boxed", max_message_bytes=1 << 20)


@pytest.fixture(autouse=True)
def _serves_on(server: str) -> Iterator[None]:
    yield
    with RemoteScorer(server, "boxed", timeout=60) as remote:
        assert remote.score([right(n) for n in range(100)]).totals.all()


def request(count: int = 3) -> pb.ScoreRequest:
    return pb.ScoreRequest(options=OPTIONS, rollouts=[rollout_to_wire(right(n)) for n in range(count)])


def connected(server: str) -> socket.socket:
    host, _, port = server.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame of HTTP/2."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


SETTINGS = PREFACE + frame(4, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),  # a client that means TLS
        bytes(range(256)) * 64,
        PREFACE[:10],
        PREFACE + b"\xff" * 100,
        SETTINGS + frame(4, 0, 0, b"\0" * 5),
        SETTINGS + frame(0, 0, 1, b"data before its headers"),
        SETTINGS + frame(1, 4, 1, b"\xff" * 200),
        SETTINGS + frame(8, 0, 0, b"\x7f\xff\xff\xff"),
        SETTINGS + frame(99, 255, 7, b"?" * 1000),
        SETTINGS + b"".join(frame(6, 0, 0, bytes(8)) for _ in range(10_000)),
        SETTINGS + b"".join(frame(3, 0, 2 * n + 1, bytes(4)) for n in range(10_000)),
    ],
    ids=[
        "http/1.1",
        "tls",
        "noise",
        "half a preface",
        "noise after the preface",
        "broken settings",
        "data before headers",
        "broken headers",
        "window overflow",
        "unknown frame",
        "pings",
        "resets",
    ],
)
def test_bytes_that_are_no_call(server: str, data: bytes) -> None:
    with connected(server) as sock, contextlib.suppress(ConnectionError):
        sock.sendall(data)
        with contextlib.suppress(OSError):  # it is cut off already
            sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 16):
            pass


def test_messages_with_flipped_bytes(server: str) -> None:
    """Cut, filled and changed at random: scored as far as it can be read, and INVALID_ARGUMENT otherwise."""
    rng = random.Random(SEED)  # noqa: S311  # no secret
    whole = request().SerializeToString()
    expected = {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION}
    codes = set()
    with grpc.insecure_channel(server) as channel:
        score = channel.unary_unary(SCORE)
        calls = []
        for _ in range(1000):
            message = bytearray(whole)
            for _ in range(rng.randrange(1, 6)):
                at = rng.randrange(len(message))
                match rng.randrange(3):
                    case 0:
                        message[at] = rng.randrange(256)
                    case 1:
                        del message[at:]
                    case 2:
                        message[at:at] = rng.randbytes(rng.randrange(1, 20))
                message = message or bytearray(b"\0")
            calls.append(score.future(bytes(message), timeout=60))
        for call in calls:
            codes.add(call.code())
    assert codes <= expected
    assert grpc.StatusCode.INVALID_ARGUMENT in codes


def test_streams_of_frames_with_flipped_bytes(server: str) -> None:
    rng = random.Random(SEED)  # noqa: S311  # no secret
    start = pb.ScoreStreamRequest(options=OPTIONS).SerializeToString()
    good = pb.ScoreStreamRequest(frame=pb.Frame(rollouts=request().rollouts)).SerializeToString()
    with grpc.insecure_channel(server) as channel:
        stream = channel.stream_stream(STREAM)
        for _ in range(100):
            bad = bytearray(good)
            for _ in range(3):
                bad[rng.randrange(len(bad))] = rng.randrange(256)
            call = stream(iter([start, good, bytes(bad)]), timeout=60)
            with contextlib.suppress(grpc.RpcError):
                for _ in call:
                    pass
            assert call.code() in {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT}


def test_a_message_over_the_limit(server: str) -> None:
    with grpc.insecure_channel(server) as channel:
        call = channel.unary_unary(SCORE).future(bytes(2 << 20), timeout=60)
        assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        stream = channel.stream_stream(STREAM)(iter([bytes(2 << 20)]), timeout=60)
        assert stream.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_unknown_methods_are_unimplemented(server: str) -> None:
    with grpc.insecure_channel(server) as channel:
        for method in ("/rewards.v1.RewardService/Train", "/x/y", "/"):
            call = channel.unary_unary(method).future(b"", timeout=60)
            assert call.code() is grpc.StatusCode.UNIMPLEMENTED


def test_streams_that_break_off(server: str) -> None:
    """Clients that vanish in the middle: after the options, after a frame, while they are answered."""
    with grpc.insecure_channel(server) as channel:
        stub = RewardServiceStub(channel)
        for sent in range(3):
            for _ in range(30):
                hold = threading.Event()

                def requests(
                    sent: int = sent, hold: threading.Event = hold
                ) -> Iterator[pb.ScoreStreamRequest]:
                    yield pb.ScoreStreamRequest(options=OPTIONS)
                    for number in range(sent):
                        rollouts = request(200).rollouts
                        yield pb.ScoreStreamRequest(frame=pb.Frame(number=number, rollouts=rollouts))
                    hold.wait(60)

                call = stub.ScoreStream(requests())
                next(call)
                call.cancel()
                hold.set()


def test_a_thousand_idle_connections(server: str) -> None:
    with contextlib.ExitStack() as open_:
        for _ in range(1000):
            sock = open_.enter_context(connected(server))
            sock.sendall(SETTINGS)
        with RemoteScorer(server, "boxed", timeout=60) as remote:
            assert remote.score([right(n) for n in range(100)]).totals.all()


def test_clients_that_do_not_read(server: str) -> None:
    """Their answers pile up only as far as flow control and the budget allow; others are served meanwhile."""
    stop = threading.Event()

    def requests() -> Iterator[pb.ScoreStreamRequest]:
        yield pb.ScoreStreamRequest(options=OPTIONS)
        for number in range(200):
            if stop.is_set():
                return
            yield pb.ScoreStreamRequest(frame=pb.Frame(number=number, rollouts=request(300).rollouts))

    with grpc.insecure_channel(server) as channel:
        stub = RewardServiceStub(channel)
        calls = [stub.ScoreStream(requests()) for _ in range(4)]
        for call in calls:
            next(call)
        with RemoteScorer(server, "boxed", timeout=100) as remote:
            for _ in range(5):
                assert remote.score([right(n) for n in range(1000)]).totals.all()
        stop.set()
        for call in calls:
            call.cancel()
