"""A batch that there is no room for is refused before it is read: a flood costs its headers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from server.failures import busy, failures_told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.observer import Observer
    from server.scheduling.budget import Budget

    Handler = grpc.RpcMethodHandler[Any, Any]
    Context = grpc.aio.ServicerContext[Any, Any]

__all__ = ["Admission"]


class Admission(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # not subscriptable at run time
    """Lets calls of `method` in as long as `budget` is not exhausted.

    Streams need no such gate: they are read as far as there is room.
    """

    def __init__(self, method: str, budget: Budget, observer: Observer) -> None:
        self._path = f"/{method}"
        self._name = method.rpartition("/")[2]
        self._budget = budget
        self._observer = observer

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        if self._budget.exhausted and handler_call_details.method == self._path:
            # Of a kind that answers before it has read anything.
            return grpc.stream_stream_rpc_method_handler(self._refuse)
        return await continuation(handler_call_details)

    async def _refuse(self, _: object, context: Context) -> None:
        metadata = [(key, value) for key, value in context.invocation_metadata() or ()]
        async with failures_told(context, self._observer.call(self._name, context.peer(), metadata)):
            raise busy()
