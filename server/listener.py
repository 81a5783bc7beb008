"""Small HTTP/1.1 server for the metrics page and the console, on the supervisor's event loop.

It is built for few, short and untrusted requests: limits apply to the time and size of a request, a body is
read only on demand and up to a limit, and each connection serves one request. At the connection limit a new
connection evicts one that is waiting for its client, so that a client with many open connections cannot
lock others out. A non-loopback address uses TLS if the server does, and asks for the same client
certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import ssl
from collections import Counter
from typing import TYPE_CHECKING, Final

from rewards.errors import InvalidParameterError
from server.config import resolved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from server.config import ServerConfig

__all__ = ["RefusedError", "Request", "Response", "listening"]

_SECONDS: Final = 10.0
"""Timeout for reading a body, and for writing a response."""

_HEAD_SECONDS: Final = 5.0
"""Timeout for the TLS handshake, and for reading the request head."""

_LINGER_SECONDS: Final = 2.0
"""Timeout of the lingering close: closing with unread data may reset the connection before the response."""

_HEAD_BYTES: Final = 8192
_CONNECTIONS: Final = 64
"""Maximum number of open connections, including those in the TLS handshake."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """An HTTP response."""

    status: str
    """Status code and reason, such as `404 Not Found`."""
    body: bytes
    content_type: str = "text/plain"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def to_bytes(self, *, head: bool = False) -> bytes:
        """Serialize the response; without the body if `head`."""
        fields = {
            "Content-Type": self.content_type,
            "Content-Length": len(self.body),
            "X-Content-Type-Options": "nosniff",
            **self.headers,
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1") + (b"" if head else self.body)


class RefusedError(Exception):
    """A request refused with an HTTP error status."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.response = Response(status=status, body=f"{why}\n".encode())


class Request:
    """An HTTP request, whose body may not have arrived yet."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader, peer: str) -> None:
        line, *lines = head.decode("latin-1").split("\r\n")
        self.method, _, target = line.rpartition(" ")[0].partition(" ")
        self.path = target.partition("?")[0]
        self.peer = peer
        """Client address without the port."""
        self.body_read = False
        self._reader = reader
        self._headers: dict[str, str] = {}
        for name, _, value in (one.partition(":") for one in lines if one):
            # One that is given twice becomes a list, which is no host, no token and no length.
            before = self._headers.get(name.lower())
            self._headers[name.lower()] = value.strip() if before is None else f"{before}, {value.strip()}"

    def header(self, name: str) -> str:
        """Return the value of a header by its lowercase name; "" if it is absent."""
        return self._headers.get(name, "")

    @property
    def has_body(self) -> bool:
        """True if the headers announce a body."""
        return "transfer-encoding" in self._headers or self.header("content-length") not in {"", "0"}

    async def body(self, most: int) -> bytes:
        """Read the body, of at most `most` bytes.

        Raises:
            RefusedError: the body is larger, or has no Content-Length.
        """
        length = self.header("content-length")
        if "transfer-encoding" in self._headers or not (length.isascii() and length.isdigit()):
            why = "411 Length Required", "send a body with its Content-Length"
            raise RefusedError(*why)
        if len(length) > len(str(most)) or int(length) > most:
            why = "413 Content Too Large", f"a body has at most {most} bytes"
            raise RefusedError(*why)
        async with asyncio.timeout(_SECONDS):
            found = await self._reader.readexactly(int(length))
        self.body_read = True
        return found


@contextlib.asynccontextmanager
async def listening(
    address: str, config: ServerConfig, what: str, answer: Callable[[Request], Awaitable[Response]]
) -> AsyncIterator[str]:
    """Serve HTTP at `address` and yield the bound `host:port`; open connections are dropped at the end.

    Args:
        address: `host:port`, with port 0 for any free port.
        config: server settings, for the TLS certificate of a non-loopback address.
        what: name of the page, for error messages.
        answer: request handler.

    Raises:
        InvalidParameterError: the address cannot be opened, or a certificate file cannot be read.
    """
    host, port = resolved(address)
    try:
        connections = _Connections(answer, _tls(config) if speaks_tls(address, config) else None)
        server = await asyncio.start_server(connections.serve, host, port, limit=_HEAD_BYTES)
    except OSError as error:
        message = f"cannot serve {what} on {address}: {error.strerror or error}"
        raise InvalidParameterError(message) from error
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        finally:
            server.close()
            await connections.close()


def speaks_tls(address: str, config: ServerConfig) -> bool:
    """True if `address` is served over TLS: it is not loopback, and the server has a certificate."""
    return config.tls_cert is not None and not ipaddress.ip_address(resolved(address)[0]).is_loopback


def _tls(config: ServerConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(config.tls_cert), str(config.tls_key))
    if config.tls_client_ca is not None:
        context.load_verify_locations(config.tls_client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Connection:
    """An open connection and the task that serves it."""

    def __init__(self, task: asyncio.Task[None], peer: str) -> None:
        self.task = task
        self.peer = peer
        self.waits = True
        """True while the connection waits for its client, and so may be evicted."""


class _Connections:
    def __init__(
        self, answer: Callable[[Request], Awaitable[Response]], encryption: ssl.SSLContext | None
    ) -> None:
        self._answer = answer
        self._encryption = encryption
        self._open: dict[_Connection, None] = {}
        """Open connections, oldest first."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        peer = str((writer.get_extra_info("peername") or ("",))[0])
        if task is None or not self._make_room():
            writer.transport.abort()
            return
        self._open[connection := _Connection(task, peer)] = None
        try:
            if self._encryption is not None:
                await writer.start_tls(self._encryption, ssl_handshake_timeout=_HEAD_SECONDS)
            await self._exchange(connection, reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asks so badly gets no answer
        except asyncio.CancelledError:
            writer.transport.abort()  # it gave way to another one, or the server ends
        finally:
            del self._open[connection]
            writer.close()

    def _make_room(self) -> bool:
        """Make room for one more connection; return False if the limit is reached and none can be evicted.

        Evicts the oldest waiting connection of the client with the most waiting connections.
        """
        if len(self._open) < _CONNECTIONS:
            return True
        waiting = [one for one in self._open if one.waits]
        if not waiting:
            return False
        held = Counter(one.peer for one in waiting)
        greediest = max(held, key=held.__getitem__)
        oldest = next(one for one in waiting if one.peer == greediest)
        oldest.waits = False  # it gives way once
        oldest.task.cancel()
        return True

    async def close(self) -> None:
        """Cancel all open connections."""
        for task in (ending := [one.task for one in self._open]):
            task.cancel()
        if ending:
            await asyncio.wait(ending)

    async def _exchange(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        request = Request(head, reader, connection.peer)
        connection.waits = False
        try:
            response = await self._answer(request)
        except RefusedError as refused:
            response = refused.response
        connection.waits = True
        writer.write(response.to_bytes(head=request.method == "HEAD"))
        async with asyncio.timeout(_SECONDS):
            await writer.drain()
        if request.has_body and not request.body_read and writer.can_write_eof():
            writer.write_eof()
            async with asyncio.timeout(_LINGER_SECONDS):
                while await reader.read(1 << 16):
                    pass
