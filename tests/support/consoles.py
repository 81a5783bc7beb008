"""A console as a client without a browser asks it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from server.config import ServerConfig
from server.console.serving import serving_console
from server.telemetry.aggregator import MetricAggregator

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

CONSOLE = ("--recipe", "boxed", "--recipe", "r1-zero", "--console", "127.0.0.1:0")


class Console:
    """A console by its URL, as a client without a browser asks it."""

    def __init__(self, url: str, trusting: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self.token = parse_qs(parts.query).get("token", [""])[0]
        self._trusting = trusting

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """The status, the body, and the headers of an answer; `Host`, say, can be replaced by keyword."""
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self._trusting is None:
            connection = http.client.HTTPConnection(self.host, timeout=120)
        else:
            connection = http.client.HTTPSConnection(self.host, timeout=120, context=self._trusting)
        with contextlib.closing(connection):
            connection.request(method, path, body, given)
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())

    def score(self, **asked: object) -> dict[str, object]:
        """What it says of a completion."""
        status, said, _ = self.ask("POST", "/score", json.dumps(asked).encode())
        return {"status": status, **json.loads(said)}

    def state(self) -> dict[str, object]:
        """What it tells of the server."""
        status, said, _ = self.ask("GET", "/state")
        assert status == 200
        return json.loads(said)  # type: ignore[no-any-return]


async def answered(*asked: object, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    """What a console without a server behind it answers."""
    async with serving_console(ServerConfig(console="127.0.0.1:0"), MetricAggregator(1)) as url:
        return await asyncio.to_thread(Console(url).ask, *asked, **headers)  # type: ignore[arg-type]
