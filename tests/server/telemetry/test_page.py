"""The page of metrics over HTTP."""

from __future__ import annotations

import contextlib
import socket
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from rewards.errors import InvalidParameterError
from server.config import ServerConfig
from server.telemetry.page import serving_metrics
from server.telemetry.registry import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

Start = "Callable[..., ServerProcess]"


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        pytest.param("GET /metrics HTTP/1.1", "200", id="page"),
        pytest.param("HEAD /metrics HTTP/1.1", "200", id="head"),
        pytest.param("GET /other HTTP/1.1", "404", id="other"),
        pytest.param("POST /metrics HTTP/1.1", "405", id="post"),
        pytest.param("\0\xff", "404", id="nonsense"),
    ],
)
@pytest.mark.asyncio
async def test_page_answers_a_get_of_metrics_alone(request_line: str, status: str) -> None:
    import asyncio  # noqa: PLC0415

    async with serving_metrics(ServerConfig(metrics_address="127.0.0.1:0"), Snapshot) as address:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request_line.encode("latin-1") + b"\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1].decode() == status
    assert (b"touchstone_calls" in body) == (request_line == "GET /metrics HTTP/1.1")


@pytest.mark.asyncio
async def test_page_drops_an_endless_request() -> None:
    import asyncio  # noqa: PLC0415

    async with serving_metrics(ServerConfig(metrics_address="127.0.0.1:0"), Snapshot) as address:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        with contextlib.suppress(ConnectionError):
            writer.write(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 100_000)
            await writer.drain()
            assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def test_page_in_public_is_held_to_the_rules_of_the_server(start_server: Start, tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")
    with pytest.raises(InvalidParameterError, match="--insecure-public"):
        ServerConfig(metrics_address="0.0.0.0:0")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    certificate.private_key_pem.write_to_path(tmp_path / "key")
    (tmp_path / "tokens").write_text("known\n")
    names = {"--tls-cert": "cert", "--tls-key": "key", "--auth-token-file": "tokens"}
    flags = [part for flag, name in names.items() for part in (flag, str(tmp_path / name))]
    server = start_server("--recipe", "boxed", *flags, "--metrics-address", "0.0.0.0:0")
    url = f"https://127.0.0.1:{server.metrics.rpartition(':')[2]}/metrics"
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    asked = urllib.request.Request(url, headers={"Authorization": "Bearer known"})
    with urllib.request.urlopen(asked, timeout=30, context=trusting) as response:  # noqa: S310
        assert b"touchstone_processes 1.0" in response.read()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url, timeout=30, context=trusting)
    with socket.create_connection(("127.0.0.1", int(server.metrics.rpartition(":")[2]))) as plain:
        plain.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert b"touchstone" not in plain.recv(1 << 16)
