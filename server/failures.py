"""How calls fail: every error becomes a status, and none takes the process with it."""

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

    from server.observer import Call

__all__ = ["ClientGoneError", "busy", "failures_told", "while_client_listens"]

_log = logging.getLogger(__name__)

_COME_BACK_SECONDS = 0.5
"""The hint to a caller that is refused for load."""

_FIELDS: Mapping[type[TouchstoneError], str] = {
    UnknownRecipeError: "options.recipe",
    RecipeError: "options.inline_recipe",
    DigestMismatchError: "options",
    InvalidCallError: "rollouts",
}
"""Where in a request each error of the caller lies."""


class ClientGoneError(Exception):
    """Nothing can be sent or read any more: the call was cancelled, it is too late, or its client died."""


@contextlib.contextmanager
def while_client_listens() -> Iterator[None]:
    """Take whatever a message that is sent or read raises for the end of the call by its client.

    gRPC raises errors of several kinds, and may do so before the context of the call knows of its end.

    Raises:
        ClientGoneError: the client has gone.
    """
    try:
        yield
    except Exception as error:
        message = "the client has gone"
        raise ClientGoneError(message) from error


def busy() -> ServerOverloadedError:
    """The refusal of a call for load."""
    return ServerOverloadedError("the server has as much in work as it may hold; come back later")


@contextlib.asynccontextmanager
async def failures_told(context: grpc.aio.ServicerContext[Any, Any], call: Call) -> AsyncIterator[None]:
    """End the call with the status of whatever goes wrong in it, and tell who watches it."""
    try:
        yield
    except asyncio.CancelledError:
        call.ended(grpc.StatusCode.CANCELLED, None)
        raise
    except Exception as failure:  # noqa: BLE001  # a reward may be anyone's code, and the process survives it
        error = _first(failure)
        if isinstance(error, ClientGoneError) or context.done():
            call.ended(grpc.StatusCode.CANCELLED, None)
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
        call.ended(status.code, error)
        metadata: tuple[tuple[str, str | bytes], ...] = (*status.trailing_metadata, *call.trailing_metadata)
        await context.abort(status.code, status.details, metadata)
    else:
        # The client has its answer first: to write a line of the log takes longer than to send it.
        asyncio.get_running_loop().call_soon(call.ended, grpc.StatusCode.OK, None)


def _first(failure: Exception) -> Exception:
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure
