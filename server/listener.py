"""A small HTTP listener, for the pages beside the service: metrics, and the console.

Made for few and short requests from strangers: a request has a few seconds and a few kilobytes, a body is
read only when asked for and up to a limit, and one answer ends its connection. It runs in the supervisor's
loop. An address that others can reach speaks TLS where the server does, and asks for the same certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import ssl
from typing import TYPE_CHECKING, Any, Final

from rewards.errors import InvalidParameterError
from server.config import resolved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from server.config import ServerConfig

__all__ = ["RefusedError", "Request", "Response", "listening"]

_SECONDS: Final = 10.0
"""For a request to arrive, and for its answer to be taken."""

_LINGER_SECONDS: Final = 2.0
"""For what a client still sends after its answer: closed at once, it might lose the answer."""

_HEAD_BYTES: Final = 8192
_CONNECTIONS: Final = 16
"""At once; further ones are closed."""


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
    connections = _Connections(answer)
    try:
        secure: dict[str, Any] = {}
        if speaks_tls(address, config):
            secure = {"ssl": _tls(config), "ssl_handshake_timeout": _SECONDS}
        server = await asyncio.start_server(connections.serve, host, port, limit=_HEAD_BYTES, **secure)
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


class _Connections:
    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        try:
            if task is not None and len(self._open) < _CONNECTIONS:
                self._open.add(task)
                await self._exchange(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asks so badly gets no answer
        except asyncio.CancelledError:
            pass  # the server ends
        finally:
            if task is not None:
                self._open.discard(task)
            writer.close()

    async def close(self) -> None:
        """End what is under way."""
        for task in (ending := list(self._open)):
            task.cancel()
        if ending:
            await asyncio.wait(ending)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        request = Request(head, reader, str((writer.get_extra_info("peername") or ("",))[0]))
        try:
            response = await self._answer(request)
        except RefusedError as refused:
            response = refused.response
        writer.write(response.to_bytes(head=request.method == "HEAD"))
        async with asyncio.timeout(_SECONDS):
            await writer.drain()
        if request.has_body and not request.body_read and writer.can_write_eof():
            writer.write_eof()
            async with asyncio.timeout(_LINGER_SECONDS):
                while await reader.read(1 << 16):
                    pass
