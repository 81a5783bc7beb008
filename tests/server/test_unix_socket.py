from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from running import right

from rewards import RemoteScorer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import ServerProcess

    Start = Callable[..., ServerProcess]


def test_a_socket_comes_and_goes_with_its_server(start_server: Start, tmp_path: Path) -> None:
    path = tmp_path / "rewards.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:  # by a server that was killed
        left_behind.bind(str(path))
    server = start_server("--recipe", "boxed", "--address", f"unix:{path}")
    assert server.address == f"unix:{path}"
    assert "another server listens there" in refusal_of(server.address)
    with RemoteScorer(server.address, "boxed") as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]
    assert server.stop() == 0
    assert not path.exists()


def refusal_of(address: str) -> str:
    """What the command says that cannot serve at this address."""
    command = [sys.executable, "-c", "from rewards.cli.main import main; main()"]
    command += ["serve", "--recipe", "boxed", "--address", address]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr
    return ran.stderr


def test_unix_socket_path_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine", "utf-8")
    assert "it is a file" in refusal_of(f"unix:{path}")
    assert "cannot listen" in refusal_of(f"unix:{tmp_path}")
    assert "there is no folder" in refusal_of(f"unix:{tmp_path}/nowhere/rewards.sock")
    assert path.read_text("utf-8") == "mine"


@pytest.mark.parametrize("address", ["unix:", "unix:///"])
def test_a_socket_needs_a_path(address: str) -> None:
    assert "unix:PATH" in refusal_of(address)
