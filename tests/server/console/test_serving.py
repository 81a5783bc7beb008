"""The console over HTTP: who is answered, and what."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from consoles import Console, answered
from running import eventually

from rewards.errors import InvalidParameterError
from server.config import ServerConfig
from server.console.serving import MOST_BYTES, serving_console
from server.telemetry.aggregator import MetricAggregator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.asyncio
async def test_console_keeps_a_revoked_token_out(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\n", "utf-8")
    config = ServerConfig(console="127.0.0.1:0", auth_token_file=path)
    async with serving_console(config, MetricAggregator(1)) as url:

        def allowed(token: str) -> bool:
            console = Console(url)
            console.token = token
            return console.ask("GET", "/state")[0] == 200

        def holds() -> None:
            assert allowed("first")
            path.write_text("second\n", "utf-8")
            # Nobody asks meanwhile.
            assert eventually(lambda: path.stat().st_mtime + 2 < time.time())
            path.unlink()
            assert allowed("second")
            assert not allowed("first")
            path.write_text("", "utf-8")
            assert eventually(lambda: not allowed("second"))
            assert not allowed("first")

        await asyncio.to_thread(holds)


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        pytest.param(("GET", "/state"), {}, 200, id="token"),
        pytest.param(("GET", "/state"), {"Authorization": "Bearer wrong"}, 401, id="wrong-token"),
        pytest.param(("GET", "/state"), {"Authorization": ""}, 401, id="no-token"),
        pytest.param(("GET", "/state"), {"Authorization": "Bearer \xe9"}, 401, id="odd-token"),
        pytest.param(("POST", "/score", b"{}"), {"Authorization": "Bearer wrong"}, 401, id="score"),
        pytest.param(("GET", "/"), {"Authorization": ""}, 200, id="the-page-is-no-secret"),
    ],
)
@pytest.mark.asyncio
async def test_console_wants_a_token(asked: tuple[object, ...], headers: dict[str, str], status: int) -> None:
    assert (await answered(*asked, **headers))[0] == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "localhost:80"}, 200, id="localhost"),
        pytest.param({"Host": "[::1]:80"}, 200, id="number"),
        pytest.param({"Host": "evil.example"}, 403, id="name-made-to-point-here"),
        pytest.param({"Host": "127.0.0.1.evil.example"}, 403, id="name-that-begins-like-a-number"),
        pytest.param({"Host": "localhost@evil.example"}, 403, id="user-at-name"),
        pytest.param({"Host": "[::1"}, 403, id="no-host"),
        pytest.param({"Host": ""}, 403, id="empty"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="other-origin"),
        pytest.param({"Origin": "null"}, 403, id="origin-of-a-sandbox"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, 403, id="other-port"),
        pytest.param({"Sec_Fetch_Site": "cross-site"}, 403, id="cross-site"),
        pytest.param({"Sec_Fetch_Site": "same-origin"}, 200, id="its-own-page"),
    ],
)
@pytest.mark.asyncio
async def test_console_refuses_other_sites(headers: dict[str, str], status: int) -> None:
    assert (await answered("GET", "/state", **headers))[0] == status
    followed = "Sec_Fetch_Site" in headers  # a link to the page, which may stand on another site
    assert (await answered("GET", "/", **headers))[0] == (200 if followed else status)


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        pytest.param(("GET", "/score"), {}, 405, id="method"),
        pytest.param(("OPTIONS", "/score"), {}, 405, id="may-another-site-ask"),
        pytest.param(("GET", "/../state"), {}, 404, id="path"),
        pytest.param(("POST", "/score", b"x=1"), {"Content_Type": "text/plain"}, 415, id="form"),
        pytest.param(("POST", "/score", b"x" * (MOST_BYTES + 1)), {}, 413, id="huge"),
        pytest.param(("POST", "/score", b""), {"Content_Length": "9" * 5000}, 413, id="huge-by-its-word"),
        pytest.param(("POST", "/score", b""), {"Content_Length": "-1"}, 411, id="negative"),
        pytest.param(("POST", "/score", b""), {"Transfer_Encoding": "chunked"}, 411, id="chunked"),
    ],
)
@pytest.mark.asyncio
async def test_console_refuses_what_is_no_question(
    asked: tuple[object, ...], headers: dict[str, str], status: int
) -> None:
    found, _, told = await answered(*asked, **headers)
    assert found == status
    assert "Access-Control-Allow-Origin" not in told


@pytest.mark.asyncio
async def test_console_scores_one_completion_at_a_time() -> None:
    async with serving_console(ServerConfig(console="127.0.0.1:0"), MetricAggregator(1)) as url:
        console = Console(url)
        host, _, port = console.host.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"Host: {console.host}\r\nAuthorization: Bearer {console.token}\r\nContent-Type: application/json"
        )
        writer.write(f"POST /score HTTP/1.1\r\n{head}\r\nContent-Length: 2\r\n\r\n".encode())
        await writer.drain()
        # Whichever came first has its place, and the other one is told so.
        other, _, _ = await asyncio.to_thread(console.ask, "POST", "/score", b"{}")
        writer.write(b"{}")
        first = int((await reader.read()).split()[1])
        writer.close()
        await writer.wait_closed()
        assert sorted([first, other]) == [400, 429]
        assert (await asyncio.to_thread(console.ask, "POST", "/score", b"{}"))[0] == 400


def test_console_says_that_an_address_is_taken() -> None:
    async def serve() -> None:
        async with serving_console(ServerConfig(console="127.0.0.1:0"), MetricAggregator(1)) as url:
            again = ServerConfig(console=urlsplit(url).netloc)
            async with serving_console(again, MetricAggregator(1)):
                pass

    with pytest.raises(InvalidParameterError, match="cannot serve the console on 127"):
        asyncio.run(serve())
