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
    refused(server.address, "another server listens there")
    with RemoteScorer(server.address, "boxed") as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]
    assert server.stop() == 0
    assert not path.exists()


def refused(address: str, said: str) -> None:
    command = [sys.executable, "-c", "from rewards.cli.main import main; main()"]
    command += ["serve", "--recipe", "boxed", "--address", address]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode != 0
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_unix_socket_path_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine", "utf-8")
    refused(f"unix:{path}", "it is a file")
    refused(f"unix:{tmp_path}", "cannot listen")
    refused(f"unix:{tmp_path}/nowhere/rewards.sock", "there is no folder")
    assert path.read_text("utf-8") == "mine"


@pytest.mark.parametrize("address", ["unix:", "unix:///"])
def test_a_socket_needs_a_path(address: str) -> None:
    refused(address, "unix:PATH")
