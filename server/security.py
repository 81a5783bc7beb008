"""TLS and token authentication; the tokens themselves are in :mod:`server.tokens`."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc

from rewards.errors import AuthenticationError, InvalidParameterError
from rewards.wire.status import status_of
from server.watched import ReloadingFiles, read_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from server.config import ServerConfig
    from server.observer import Observer
    from server.tokens import Tokens

    Handler = grpc.RpcMethodHandler[Any, Any]

__all__ = ["Pem", "TokenCheck", "certificates_of", "credentials_of"]

_OPEN_TO_ALL = "/grpc.health.v1.Health/"
"""Path prefix of the health service, exempt from authentication as load balancers have no token."""


def certificates_of(config: ServerConfig) -> ReloadingFiles[Pem] | None:
    """Return the certificate files, reloaded when they change; None for plaintext.

    Raises:
        InvalidParameterError: a file cannot be read, or the key does not match the certificate.
    """
    if config.tls_cert is None or config.tls_key is None:
        return None
    paths = [path for path in (config.tls_cert, config.tls_key, config.tls_client_ca) if path is not None]
    return ReloadingFiles(paths, partial(_pem_files, config.tls_cert, config.tls_key, config.tls_client_ca))


def credentials_of(files: ReloadingFiles[Pem]) -> grpc.ServerCredentials:
    """Return gRPC server credentials that use the current certificates.

    Changed files apply to new connections.
    """
    given = files.current

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        """Return the certificate configuration if it has changed, else None; gRPC calls it per connection."""
        nonlocal given
        if (found := files.current) == given:
            return None
        given = found
        return _configuration(found)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(given),
        renewed,  # type: ignore[arg-type]  # it may return None, as gRPC's documentation says
        require_client_authentication=given.client_ca is not None,
    )


class Pem(NamedTuple):
    """PEM certificate and key of the server, and CA for client certificates."""

    certificate: bytes
    key: bytes
    client_ca: bytes | None


def _pem_files(certificate: Path, key: Path, client_ca: Path | None) -> Pem:
    authority = None if client_ca is None else read_bytes(client_ca)
    found = Pem(read_bytes(certificate), read_bytes(key), authority)
    check = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # gRPC says of a broken pair nothing that one could use
    try:
        check.load_cert_chain(certificate, key, password=_refuse_to_ask)
    except (OSError, ValueError) as error:
        message = f"{certificate} and {key} are no certificate and its key: {error}"
        raise InvalidParameterError(message) from error
    if authority is not None:
        try:
            check.load_verify_locations(cadata=authority.decode("ascii", "replace"))
        except (OSError, ValueError) as error:
            message = f"{client_ca} holds no certificates: {error}"
            raise InvalidParameterError(message) from error
    return found


def _refuse_to_ask() -> str:
    message = "the key is encrypted; give it in plain text, in a file that only the server can read"
    raise ValueError(message)


def _configuration(files: Pem) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(files.key, files.certificate)], files.client_ca)


class TokenCheck(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # not subscriptable at run time
    """Reject calls without one of `tokens` before their body is read, except health checks."""

    def __init__(self, tokens: Tokens, observer: Observer) -> None:
        self._tokens = tokens
        self._observer = observer

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        if handler_call_details.method.startswith(_OPEN_TO_ALL):
            return await continuation(handler_call_details)
        shown = [value for key, value in handler_call_details.invocation_metadata if key == "authorization"]
        if self._tokens.accept(shown):
            return await continuation(handler_call_details)
        method = handler_call_details.method.rpartition("/")[2]
        return grpc.stream_stream_rpc_method_handler(partial(self._refuse, method))

    async def _refuse(self, method: str, _: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        metadata = [(key, value) for key, value in context.invocation_metadata() or ()]
        call = self._observer.call(method, context.peer(), metadata)
        error = AuthenticationError("the server wants a bearer token, and none or an unknown one came")
        status = status_of(error)
        call.on_end(status.code, error)
        await context.abort(status.code, status.details, (*status.trailing_metadata, *call.trailing_metadata))
