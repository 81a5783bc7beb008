"""`touchstone top` against a server, and against none."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from click.testing import CliRunner
from running import eventually, right
from scraping import value_at

from rewards import RemoteScorer
from rewards.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from running import ServerProcess


def test_top_shows_one_frame_of_a_real_server(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server("--recipe", "boxed", "--metrics-address", "127.0.0.1:0")
    with RemoteScorer(server.address, "boxed") as remote:
        remote.score([right(n) for n in range(30)])
    assert eventually(lambda: value_at(server.metrics, "touchstone_rollouts_total") == 30)
    ran = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["top", server.metrics, "--once"])
    assert ran.exit_code == 0
    assert "correct 100.0%" in ran.output
    assert "boxed@1" in ran.output
    assert "1 process ·" in ran.output


def test_top_says_in_one_line_that_no_server_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = CliRunner().invoke(main, ["top", f"127.0.0.1:{port}", "--once"])
    assert ran.exit_code == 3
    assert "no metrics at" in ran.output
    assert "Traceback" not in ran.output


def test_top_reaches_a_loopback_address_past_any_proxy(
    start_server: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("# of the trainers\nfirst-token\nsecond-token\n", "utf-8")
    server = start_server("--recipe", "boxed", "--metrics-address", "127.0.0.1:0")
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for address in (server.metrics, server.metrics.replace("127.0.0.1", "localhost")):
        ran = CliRunner().invoke(main, ["top", address, "--once", "--token-file", str(tokens)])
        assert ran.exit_code == 0, ran.output
