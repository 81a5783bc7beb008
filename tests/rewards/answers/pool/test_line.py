"""A caller's line to its pool."""

from __future__ import annotations

import json
import socket

import pytest
from pools import Asker, area, status

from rewards.answers.limits import Limits
from rewards.answers.pool.locate import connect
from rewards.verdict import Status


@pytest.mark.parametrize(
    "frame",
    [b"\0\0\0\2[]", b"\xff" * 8, b'\0\0\0\x07{"id":1}', json.dumps({"id": 1, "task": {}}).encode()],
    ids=["no object", "too long", "no task", "no frame"],
)
def test_line_of_a_peer_that_breaks_the_protocol_is_cut_off(asker: Asker, frame: bytes) -> None:
    asker.ask(*area(1))
    asker.wait(area(1)[0])
    with connect(Limits(workers=1, cpu_seconds=0.3, memory_bytes=96 << 20)) as sock:
        sock.settimeout(60)
        sock.sendall(frame)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 16):
            pass
    asker.ask(*area(2))
    assert status(asker, area(2)[0]) == Status.CORRECT
