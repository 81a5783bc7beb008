"""The page that Prometheus reads: a listener for `GET /metrics`, and for nothing else.

It runs in the supervisor's loop. A request has a few seconds and a few kilobytes, and one answer ends its
connection. An address that others can reach is guarded as the server's own is: by the same certificate,
and the same tokens or client certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidParameterError
from server.config import resolved
from server.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from server.config import ServerConfig
    from server.telemetry.tally import Snapshot

__all__ = ["serving_metrics"]

_SECONDS = 10.0
"""For a request to arrive, and for its answer to be taken."""

_REQUEST_BYTES = 8192
_CONNECTIONS = 16
"""At once; further ones are closed."""


@contextlib.asynccontextmanager
async def serving_metrics(config: ServerConfig, snapshot: Callable[[], Snapshot]) -> AsyncIterator[str]:
    """Serve the metrics at `config.metrics_address`, and give the `host:port`; "" and nothing without one.

    Raises:
        InvalidParameterError: the address cannot be opened, or a file of the certificate cannot be read.
    """
    if config.metrics_address is None:
        yield ""
        return
    # What only those need who want metrics, and a supervisor starts sooner without.
    from server.telemetry.exposition import exposed  # noqa: PLC0415

    host, port = resolved(config.metrics_address)
    guarded = not ipaddress.ip_address(host).is_loopback
    tokens = Tokens(config.auth_token_file) if guarded and config.auth_token_file else None
    page = _Page(lambda accept: exposed(snapshot(), accept), tokens)
    try:
        secure: dict[str, Any] = {}
        if guarded and config.tls_cert is not None:
            secure = {"ssl": _tls(config), "ssl_handshake_timeout": _SECONDS}
        server = await asyncio.start_server(page.serve, host, port, limit=_REQUEST_BYTES, **secure)
    except OSError as error:
        message = f"cannot serve metrics on {config.metrics_address}: {error.strerror or error}"
        raise InvalidParameterError(message) from error
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        server.close()
        page.close()


def _tls(config: ServerConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(config.tls_cert), str(config.tls_key))
    if config.tls_client_ca is not None:
        context.load_verify_locations(config.tls_client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Page:
    def __init__(self, render: Callable[[str], tuple[bytes, str]], tokens: Tokens | None) -> None:
        self._render = render
        self._tokens = tokens
        self._open: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        try:
            if len(self._open) < _CONNECTIONS:
                self._open.add(task)
                async with asyncio.timeout(_SECONDS):
                    writer.write(self._answer(await reader.readuntil(b"\r\n\r\n")))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asks so badly gets no answer
        except asyncio.CancelledError:
            pass  # the server ends
        finally:
            self._open.discard(task)
            writer.close()

    def close(self) -> None:
        """End what is under way."""
        for task in self._open:
            if task is not None:
                task.cancel()

    def _answer(self, request: bytes) -> bytes:
        line, *headers = request.decode("latin-1").split("\r\n")
        found = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in headers)}
        method, _, path = line.rpartition(" ")[0].partition(" ")
        if not self._knows(found.get("authorization", "")):
            return _response("401 Unauthorized", "text/plain", b"the metrics want a bearer token\n")
        if path.partition("?")[0] != "/metrics":
            return _response("404 Not Found", "text/plain", b"the metrics are at /metrics\n")
        if method not in {"GET", "HEAD"}:
            return _response("405 Method Not Allowed", "text/plain", b"the metrics can only be read\n")
        page, content_type = self._render(found.get("accept", ""))
        return _response("200 OK", content_type, page, head=method == "HEAD")

    def _knows(self, shown: str) -> bool:
        return self._tokens is None or self._tokens.accept([shown.encode("latin-1")])


def _response(status: str, content_type: str, body: bytes, *, head: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1") + (b"" if head else body)
