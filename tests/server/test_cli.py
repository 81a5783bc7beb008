"""`touchstone serve` from its flags to its exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest


def failing(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rewards.cli.main import main; main()", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_serve_ends_at_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = failing("--recipe", "boxed", "--address", f"127.0.0.1:{taken.getsockname()[1]}")
    assert ran.returncode != 0
    assert "cannot listen" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param(["--recipe", "boxd"], "'boxed'", id="unknown-recipe"),
        pytest.param(["--address", "0.0.0.0:0"], "--insecure-public", id="public-address"),
        pytest.param(["--address", "nonsense"], "host:port", id="no-address"),
        pytest.param(["--auth-token-file", os.devnull], "no token", id="no-tokens"),
    ],
)
def test_serve_says_why_it_cannot_start(arguments: list[str], text: str) -> None:
    ran = failing("--address", "127.0.0.1:0", *arguments)
    assert ran.returncode != 0
    assert text in ran.stderr
    assert "Traceback" not in ran.stderr
