"""HTTP handlers of the console, with protection against other web sites.

Other sites that the user's browser visits can reach a loopback port, too. Defences: a token in a header,
which no form can send (CSRF); a check of `Host`, which fails under DNS rebinding; a check of `Origin`,
which must be the console itself; and response headers that forbid reading by another origin.
"""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import json
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from rewards.wire.addresses import split_address
from server.console.figures import figures
from server.console.scorer_process import ScorerProcess
from server.listener import RefusedError, Response, listening, speaks_tls
from server.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from server.config import ServerConfig
    from server.listener import Request
    from server.telemetry.aggregator import MetricAggregator

__all__ = ["MOST_BYTES", "serving_console"]

MOST_BYTES: Final = 2 << 20
"""Maximum bytes of a request body."""

_MOST_WAITING: Final = 4
"""Maximum number of clients with a request in progress; each may have one."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@contextlib.asynccontextmanager
async def serving_console(config: ServerConfig, aggregator: MetricAggregator) -> AsyncIterator[str]:
    """Serve the console at `config.console` and yield its URL; "" if it is None.

    Args:
        config: server settings, with the bound `address`.
        aggregator: counters of all processes.

    Raises:
        InvalidParameterError: the address cannot be opened, or a file cannot be read.
    """
    if config.console is None:
        yield ""
        return
    from server.console.page import page  # noqa: PLC0415  # what only those need who want a console

    made = None if config.auth_token_file else secrets.token_urlsafe(32)
    tokens = Tokens(config.auth_token_file) if config.auth_token_file else _MadeToken(made or "")
    scheme = "https" if speaks_tls(config.console, config) else "http"
    scorer = ScorerProcess(_server_of(config))
    host = split_address(config.console)[0]
    console = _Console(tokens, page(), aggregator, scorer, forward=made is None, scheme=scheme, host=host)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(scorer.close)
        listener = listening(config.console, config, "the console", console.answer)
        address = await stack.enter_async_context(listener)
        yield f"{scheme}://{address}/" + (f"?token={made}" if made else "")


def _server_of(config: ServerConfig) -> Mapping[str, object]:
    """Return the local target of the server, and the certificate and name to verify it by."""
    target = config.listens_on
    if config.socket_path is None:
        host, port = config.host_and_port
        if ipaddress.ip_address(host).is_unspecified:
            host = "::1" if ":" in host else "127.0.0.1"
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    name = None
    if config.tls_cert is not None and config.tls_key is not None:
        from server.console.certificate import name_in  # noqa: PLC0415  # as above

        name = name_in(config.tls_cert, config.tls_key)
    return {"target": target, "certificate": str(config.tls_cert or ""), "server_name": name}


class _MadeToken:
    """The generated token of a server without a token file."""

    def __init__(self, token: str) -> None:
        self._wanted = b"Bearer " + token.encode()

    def accept(self, shown: Iterable[str | bytes]) -> bool:
        """See :meth:`server.tokens.Tokens.accept`."""
        given = [one.encode("latin-1") if isinstance(one, str) else one for one in shown]
        return any([hmac.compare_digest(one, self._wanted) for one in given])  # noqa: C419  # all, whichever fits


class _Console:
    def __init__(
        self,
        tokens: Tokens | _MadeToken,
        page: tuple[bytes, str],
        aggregator: MetricAggregator,
        scorer: ScorerProcess,
        *,
        forward: bool,
        scheme: str,
        host: str,
    ) -> None:
        self._tokens = tokens
        self._page, self._policy = page
        self._aggregator = aggregator
        self._scorer = scorer
        self._forward = forward
        self._scheme = scheme
        self._host = host
        self._busy: set[str] = set()

    async def answer(self, request: Request) -> Response:
        """See :func:`server.listener.listening`."""
        try:
            response = await self._routed(request)
        except RefusedError as refused:
            response = refused.response
        headers = {"Content-Security-Policy": self._policy, **_HEADERS, **response.headers}
        return Response(
            status=response.status, body=response.body, content_type=response.content_type, headers=headers
        )

    async def _routed(self, request: Request) -> Response:
        self._check_origin(request)
        wanted = {"/": "GET", "/state": "GET", "/score": "POST"}.get(request.path)
        if wanted is None:
            why = "404 Not Found", "there is nothing here; the console is at /"
            raise RefusedError(*why)
        if request.method != wanted:
            why = "405 Method Not Allowed", f"{request.path} is for {wanted}"
            raise RefusedError(*why)
        if request.path == "/":
            return Response(status="200 OK", body=self._page, content_type="text/html; charset=utf-8")
        shown = request.header("authorization")
        if not self._tokens.accept([shown.encode("latin-1")]):
            why = "401 Unauthorized", "the console wants a bearer token, and none or an unknown one came"
            raise RefusedError(*why)
        if request.path == "/state":
            return _json(200, json.dumps(figures(self._aggregator)).encode())
        return await self._scored(request, shown.removeprefix("Bearer ") if self._forward else None)

    def _check_origin(self, request: Request) -> None:
        host = request.header("host")
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            name = ""
        # A page of another site comes under that site's name, whatever address it was made to stand for.
        if name not in {"localhost", self._host} and not _is_number(name):
            why = "403 Forbidden", "the console does not go by this name"
            raise RefusedError(*why)
        elsewhere = request.header("sec-fetch-site") in {"cross-site", "same-site"}
        followed = request.path == "/"  # a link to the page may stand anywhere
        if request.header("origin") not in {"", f"{self._scheme}://{host}"} or (elsewhere and not followed):
            why = "403 Forbidden", "the console answers to its own page, and to no other"
            raise RefusedError(*why)

    async def _scored(self, request: Request, token: str | None) -> Response:
        if request.header("content-type").partition(";")[0].strip().lower() != "application/json":
            why = "415 Unsupported Media Type", "send application/json"
            raise RefusedError(*why)
        if request.peer in self._busy or len(self._busy) >= _MOST_WAITING:
            return _json(429, b'{"error": "a completion is being scored already; try again when it is"}')
        self._busy.add(request.peer)
        try:
            status, said = await self._scorer.ask(await request.body(MOST_BYTES), token)
        finally:
            self._busy.discard(request.peer)
        return _json(status, said)


_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    413: "Content Too Large",
    429: "Too Many Requests",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


def _json(status: int, body: bytes) -> Response:
    return Response(status=f"{status} {_REASONS[status]}", body=body, content_type="application/json")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
