"""Metrics page for Prometheus: `GET /metrics`, and nothing else.

A non-loopback address has the same TLS and authentication as the server: the same certificate, and the same
tokens or client certificates.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from server.config import is_loopback
from server.listener import RefusedError, Response, listening
from server.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from server.config import ServerConfig
    from server.listener import Request
    from server.telemetry.registry import Snapshot

__all__ = ["serving_metrics"]


@contextlib.asynccontextmanager
async def serving_metrics(config: ServerConfig, snapshot: Callable[[], Snapshot]) -> AsyncIterator[str]:
    """Serve the metrics at `config.metrics_address` and yield the bound `host:port`; "" if it is None.

    Raises:
        InvalidParameterError: the address cannot be opened, or a certificate file cannot be read.
    """
    if config.metrics_address is None:
        yield ""
        return
    # What only those need who want metrics, and a supervisor starts sooner without.
    from server.telemetry.exposition import exposed  # noqa: PLC0415

    guarded = not is_loopback(config.metrics_address)
    tokens = Tokens(config.auth_token_file) if guarded and config.auth_token_file else None

    async def answer(request: Request) -> Response:
        _check(request, tokens)
        page, content_type = exposed(snapshot(), request.header("accept"))
        return Response(status="200 OK", body=page, content_type=content_type)

    async with listening(config.metrics_address, config, "metrics", answer) as address:
        yield address


def _check(request: Request, tokens: Tokens | None) -> None:
    if tokens is not None and not tokens.accept([request.header("authorization").encode("latin-1")]):
        why = "401 Unauthorized", "the metrics want a bearer token"
    elif request.path != "/metrics":
        why = "404 Not Found", "the metrics are at /metrics"
    elif request.method not in {"GET", "HEAD"}:
        why = "405 Method Not Allowed", "the metrics can only be read"
    else:
        return
    raise RefusedError(*why)
