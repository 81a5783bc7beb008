from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from processes import gone
from running import eventually, hanging, right

from rewards import LocalScorer, RemoteScorer, Status

if TYPE_CHECKING:
    from rewards import Scores

Start = "Callable[..., ServerProcess]"


def test_supervise_replaces_dead_processes_that_share_a_port(start_server: Start) -> None:
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


@pytest.mark.parametrize("attempt", range(3))
def test_supervise_loses_nothing_at_sigterm_under_load(attempt: int, start_server: Start) -> None:
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


def test_supervise_carries_a_deadline_across_processes(start_server: Start) -> None:
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
