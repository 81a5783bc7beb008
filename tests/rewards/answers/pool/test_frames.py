from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest

from rewards.answers.pool.frames import MAX_FRAME, Channel

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    for end in (near, far):
        end.setblocking(False)  # noqa: FBT003  # its only argument
    yield near, far
    near.close()
    far.close()


def test_channel_gives_whole_messages_however_they_are_cut(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    channel = Channel(far)
    body = b'{"text":"\\ud800 \\u2603"}'
    for byte in struct.pack(">I", len(body)) + body[:-1]:
        near.send(bytes([byte]))
        assert channel.receive() == []
    near.send(body[-1:] + struct.pack(">I", 2) + b"{}")
    assert channel.receive() == [{"text": "\ud800 ☃"}, {}]


def test_channel_keeps_what_the_socket_cannot_take(ends: tuple[socket.socket, socket.socket]) -> None:
    sender, receiver = Channel(ends[0]), Channel(ends[1])
    sender.send({"text": "x" * 3_000_000})
    assert sender.wants_to_write
    received: list[dict[str, str]] = []
    while not received:
        sender.flush()
        received = receiver.receive()
    assert received == [{"text": "x" * 3_000_000}]
    assert not sender.wants_to_write


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", MAX_FRAME + 1),
        struct.pack(">I", 3) + b"[1]",
        struct.pack(">I", 2) + b"{!",
        struct.pack(">I", 90_000) + b"[" * 90_000,
    ],
    ids=["too long", "no object", "no JSON", "nested without end"],
)
def test_channel_of_a_peer_that_breaks_the_protocol_is_over(
    ends: tuple[socket.socket, socket.socket], data: bytes
) -> None:
    ends[0].send(data)
    with pytest.raises(EOFError):
        Channel(ends[1]).receive()


def test_channel_of_a_closed_peer_is_over(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[0].close()
    with pytest.raises(EOFError):
        Channel(ends[1]).receive()
    with pytest.raises(EOFError):
        Channel(ends[1]).send({})
