"""Error handling of calls: every exception becomes a gRPC status, and none ends the process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from typing import TYPE_CHECKING, Any

import grpc

from rewards.errors import (
    DigestMismatchError,
    InvalidCallError,
    RecipeError,
    RewardError,
    ServerOverloadedError,
    TouchstoneError,
    UnknownRecipeError,
)
from rewards.wire.status import status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from server.observer import CallObserver

__all__ = ["ClientGoneError", "abort_on_error", "busy", "while_client_listens"]

_log = logging.getLogger(__name__)

_COME_BACK_SECONDS = 0.5
"""Retry-after hint in seconds for calls refused due to overload."""

_FIELDS: Mapping[type[TouchstoneError], str] = {
    UnknownRecipeError: "options.recipe",
    RecipeError: "options.inline_recipe",
    DigestMismatchError: "options",
    InvalidCallError: "rollouts",
}
"""Request field at fault, by type of error."""


class ClientGoneError(Exception):
    """The call is over for the client: it was cancelled, its deadline passed, or the connection broke."""


@contextlib.contextmanager
def while_client_listens() -> Iterator[None]:
    """Translate any exception of a read or write into :class:`ClientGoneError`.

    gRPC raises several types of errors here, sometimes before the context of the call is marked done.

    Raises:
        ClientGoneError: the client has gone.
    """
    try:
        yield
    except Exception as error:
        message = "the client has gone"
        raise ClientGoneError(message) from error


def busy() -> ServerOverloadedError:
    """Return the error for a call that is refused due to overload."""
    return ServerOverloadedError("the server has as much in work as it may hold; come back later")


@contextlib.asynccontextmanager
async def abort_on_error(
    context: grpc.aio.ServicerContext[Any, Any], call: CallObserver
) -> AsyncIterator[None]:
    """Abort the call with the status of an exception raised in it, and report its end to the observer."""
    try:
        yield
    except asyncio.CancelledError:
        call.on_end(grpc.StatusCode.CANCELLED, None)
        raise
    except Exception as failure:  # noqa: BLE001  # a reward may be anyone's code, and the process survives it
        error = _first(failure)
        if isinstance(error, ClientGoneError) or context.done():
            call.on_end(grpc.StatusCode.CANCELLED, None)
            return
        if not isinstance(error, TouchstoneError):
            # The message of a stranger's error may quote a completion, so it is neither logged nor sent.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s while scoring\n%s", type(error).__name__, where)
            error = RewardError(f"scoring failed with {type(error).__name__}; the server's log says where")
        status = status_of(
            error,
            field=next((path for kind, path in _FIELDS.items() if isinstance(error, kind)), ""),
            retry_after=_COME_BACK_SECONDS if isinstance(error, ServerOverloadedError) else None,
        )
        call.on_end(status.code, error)
        metadata: tuple[tuple[str, str | bytes], ...] = (*status.trailing_metadata, *call.trailing_metadata)
        await context.abort(status.code, status.details, metadata)
    else:
        # The client has its answer first: to write a line of the log takes longer than to send it.
        asyncio.get_running_loop().call_soon(call.on_end, grpc.StatusCode.OK, None)


def _first(failure: Exception) -> Exception:
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure
