"""Connections that say nothing keep nobody from the pages beside the service, plain or encrypted."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from server.config import ServerConfig
from server.listener import Response, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.listener import Request

trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LOCAL = "127.0.0.1"
MANY = 200
"""More connections than are served at once."""


async def hello(request: Request) -> Response:
    return Response(status="200 OK", body=f"hello {request.path}".encode())


@pytest_asyncio.fixture(params=["plain", "tls"])
async def page(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[int, ssl.SSLContext | None]]:
    """The port of a page that says hello, and how to know it."""
    if request.param == "plain":
        async with listening(f"{LOCAL}:0", ServerConfig(), "a page", hello) as address:
            yield int(address.rpartition(":")[2]), None
        return
    authority = trustme.CA()
    certificate = authority.issue_cert(LOCAL)
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    certificate.private_key_pem.write_to_path(tmp_path / "key")
    (tmp_path / "tokens").write_text("known\n", "utf-8")
    config = ServerConfig(
        tls_cert=tmp_path / "cert", tls_key=tmp_path / "key", auth_token_file=tmp_path / "tokens"
    )
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with listening("0.0.0.0:0", config, "a page", hello) as address:
        yield int(address.rpartition(":")[2]), trusting


async def asked(port: int, trusting: ssl.SSLContext | None) -> bytes:
    reader, writer = await asyncio.open_connection(LOCAL, port, ssl=trusting)
    writer.write(REQUEST)
    answer = await reader.read()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return answer


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "said", [None, b"", b"GET / HTTP/1.1\r\nX: ", REQUEST], ids=["no-tls", "", "a-part", "all"]
)
async def test_listening_lets_idle_connections_keep_nobody_out(
    said: bytes | None, page: tuple[int, ssl.SSLContext | None]
) -> None:
    port, trusting = page
    idle = []
    for _ in range(MANY):
        reader, writer = await asyncio.open_connection(LOCAL, port, ssl=None if said is None else trusting)
        writer.write(said or b"")
        idle.append((reader, writer))  # and nothing is read
        if len(idle) % 20 == 0:
            assert b"hello /" in await asked(port, trusting)
    assert b"hello /" in await asked(port, trusting)
    for _, writer in idle:
        writer.transport.abort()


@pytest.mark.asyncio
async def test_listening_spares_a_client_of_few_connections(
    page: tuple[int, ssl.SSLContext | None],
) -> None:
    port, trusting = page
    slow_reader, slow = await asyncio.open_connection(LOCAL, port, ssl=trusting)
    slow.write(REQUEST[:10])
    flood = [await asyncio.open_connection(LOCAL, port, local_addr=("127.0.0.2", 0)) for _ in range(MANY)]
    slow.write(REQUEST[10:])
    assert b"hello /" in await slow_reader.read()
    slow.close()
    for _, writer in flood:
        writer.transport.abort()


@pytest.mark.asyncio
async def test_listening_drops_nobody_who_is_being_answered() -> None:
    begun = asyncio.Semaphore(0)
    go_on = asyncio.Event()

    async def slowly(request: Request) -> Response:
        begun.release()
        await go_on.wait()
        return await hello(request)

    async with listening(f"{LOCAL}:0", ServerConfig(), "a page", slowly) as address:
        port = int(address.rpartition(":")[2])
        answers = [asyncio.create_task(asked(port, None)) for _ in range(64)]
        for _ in answers:
            await begun.acquire()
        with contextlib.suppress(ConnectionError):
            assert await asked(port, None) == b""  # there is no room, and nobody to give way
        go_on.set()
        assert all(b"hello /" in answer for answer in await asyncio.gather(*answers))
        assert b"hello /" in await asked(port, None)
