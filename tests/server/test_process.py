"""One serving process of several."""

from __future__ import annotations

import pytest
from processes import gone
from running import eventually, right

from rewards import RemoteScorer
from rewards.errors import ServerUnavailableError

Start = "Callable[..., ServerProcess]"


def test_process_ends_with_its_supervisor(start_server: Start) -> None:
    server = start_server("--recipe", "boxed", "--processes", "2")
    children = server.children
    server.process.kill()
    server.process.wait()
    assert eventually(lambda: all(gone(pid) for pid in children))
    remote = RemoteScorer(server.address, "boxed", patience=0.1)
    with remote, pytest.raises(ServerUnavailableError):
        remote.score([right(1)])
