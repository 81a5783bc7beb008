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
from rewards.wire_errors import status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from server.observer import Call

__all__ = ["busy", "failures_told"]

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
        if context.done():  # the client has gone
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
