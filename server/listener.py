"""A small HTTP listener, for the pages beside the service: metrics, and the console.

Made for few and short requests from strangers: a request has a few seconds and a few kilobytes, a body is
read only when asked for and up to a limit, and one answer ends its connection. Where there are as many
connections as may be, a new one takes the place of one that waits for its client, so that who keeps many of
them open keeps nobody out. It runs in the supervisor's loop. An address that
others can reach speaks TLS where the server does, and asks for the same certificates.
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
"""For a body to arrive, and for an answer to be taken."""

_HEAD_SECONDS: Final = 5.0
"""For a connection to be encrypted, and then for a request to arrive without its body."""

_LINGER_SECONDS: Final = 2.0
"""For what a client still sends after its answer: closed at once, it might lose the answer."""

_HEAD_BYTES: Final = 8192
_CONNECTIONS: Final = 64
"""At once, those included that are not encrypted yet."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """What goes back."""

    status: str
    """As `404 Not Found`."""
    body: bytes
    content_type: str = "text/plain"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def to_bytes(self, *, head: bool = False) -> bytes:
        """As it is sent; without its body if `head`."""
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
    """A request that is answered by a refusal."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.response = Response(status=status, body=f"{why}\n".encode())


class Request:
    """What came; its body may still be on its way."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader, peer: str) -> None:
        line, *lines = head.decode("latin-1").split("\r\n")
        self.method, _, target = line.rpartition(" ")[0].partition(" ")
        self.path = target.partition("?")[0]
        self.peer = peer
        """The address of the client, without its port."""
        self.body_read = False
        self._reader = reader
        self._headers: dict[str, str] = {}
        for name, _, value in (one.partition(":") for one in lines if one):
            # One that is given twice becomes a list, which is no host, no token and no length.
            before = self._headers.get(name.lower())
            self._headers[name.lower()] = value.strip() if before is None else f"{before}, {value.strip()}"

    def header(self, name: str) -> str:
        """The value of a header by its name in lower case; "" where it was not sent."""
        return self._headers.get(name, "")

    @property
    def has_body(self) -> bool:
        """Whether one was announced."""
        return "transfer-encoding" in self._headers or self.header("content-length") not in {"", "0"}

    async def body(self, most: int) -> bytes:
        """The body, of at most so many bytes.

        Raises:
            RefusedError: it is larger, or its length was not told.
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
    """Answer requests at `address`, and give the `host:port`; what is under way at the end is dropped.

    Args:
        address: `host:port`, where port 0 takes a free one.
        config: whose certificate is shown where others can reach the address.
        what: is served, for errors.
        answer: a request.

    Raises:
        InvalidParameterError: the address cannot be opened, or a file of the certificate cannot be read.
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
    """Whether it speaks TLS at `address`: where others can reach it, and the server has a certificate."""
    return config.tls_cert is not None and not ipaddress.ip_address(resolved(address)[0]).is_loopback


def _tls(config: ServerConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(config.tls_cert), str(config.tls_key))
    if config.tls_client_ca is not None:
        context.load_verify_locations(config.tls_client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Connection:
    """One connection, with whoever serves it."""

    def __init__(self, task: asyncio.Task[None], peer: str) -> None:
        self.task = task
        self.peer = peer
        self.waits = True
        """Whether it waits for its client, and not for an answer of ours."""


class _Connections:
    def __init__(
        self, answer: Callable[[Request], Awaitable[Response]], encryption: ssl.SSLContext | None
    ) -> None:
        self._answer = answer
        self._encryption = encryption
        self._open: dict[_Connection, None] = {}
        """In the order in which they came."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
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
        """Have one more connection fit in, and say whether it does.

        The longest open one gives way of those that wait for the client that has most of them.
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
        """End what is under way."""
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
