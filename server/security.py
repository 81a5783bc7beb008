"""Who may call: TLS, client certificates and bearer tokens."""

from __future__ import annotations

import hmac
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc

from rewards.errors import AuthenticationError, InvalidParameterError
from rewards.wire_errors import status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from server.config import ServerConfig
    from server.observer import Observer

    Handler = grpc.RpcMethodHandler[Any, Any]

__all__ = ["TokenCheck", "credentials_of", "tokens_of"]

_OPEN_TO_ALL = "/grpc.health.v1.Health/"
"""What load balancers ask, which have no token."""


def credentials_of(config: ServerConfig) -> grpc.ServerCredentials | None:
    """How to encrypt, and whose certificates to accept; None for plain text.

    Raises:
        InvalidParameterError: a file that cannot be read.
    """
    if config.tls_cert is None or config.tls_key is None:
        return None
    pair = (_read(config.tls_key), _read(config.tls_cert))
    if config.tls_client_ca is None:
        return grpc.ssl_server_credentials([pair])
    return grpc.ssl_server_credentials([pair], _read(config.tls_client_ca), require_client_auth=True)


def tokens_of(path: Path) -> list[bytes]:
    """The tokens in a file, one a line.

    Raises:
        InvalidParameterError: the file cannot be read, or holds no token.
    """
    tokens = [token for line in _read(path).splitlines() if (token := line.strip())]
    if not tokens:
        message = f"{path} holds no token; write one a line"
        raise InvalidParameterError(message)
    return tokens


class TokenCheck(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # not subscriptable at run time
    """Refuses calls without one of `tokens`, before anything of them is read."""

    def __init__(self, tokens: list[bytes], observer: Observer) -> None:
        self._accepted = [b"Bearer " + token for token in tokens]
        self._observer = observer

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        if handler_call_details.method.startswith(_OPEN_TO_ALL):
            return await continuation(handler_call_details)
        shown = [value for key, value in handler_call_details.invocation_metadata if key == "authorization"]
        # All are compared, each in constant time: how long it takes says nothing of any token.
        matches = [hmac.compare_digest(_bytes(one), token) for one in shown for token in self._accepted]
        if any(matches):
            return await continuation(handler_call_details)
        method = handler_call_details.method.rpartition("/")[2]
        return grpc.stream_stream_rpc_method_handler(partial(self._refuse, method))

    async def _refuse(self, method: str, _: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        metadata = [(key, value) for key, value in context.invocation_metadata() or ()]
        call = self._observer.call(method, context.peer(), metadata)
        error = AuthenticationError("the server wants a bearer token, and none or an unknown one came")
        status = status_of(error)
        call.ended(status.code, error)
        await context.abort(status.code, status.details, (*status.trailing_metadata, *call.trailing_metadata))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise InvalidParameterError(message) from error
