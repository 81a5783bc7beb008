"""Connections of a client: to several servers, late ones, and none."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from running import right

from rewards import RemoteScorer
from rewards.client.remote import Tls
from rewards.errors import (
    ScorerError,
    ServerUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
