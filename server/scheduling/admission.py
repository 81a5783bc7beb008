"""Admission control: refuse a batch that exceeds the memory budget before it is read.

A flood of calls then costs the server only their headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from server.failures import abort_on_error, busy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.observer import Observer
    from server.scheduling.budget import Budget

    Handler = grpc.RpcMethodHandler[Any, Any]
    Context = grpc.aio.ServicerContext[Any, Any]

__all__ = ["Admission"]


class Admission(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # not subscriptable at run time
    """Admit calls of `method` as long as `budget` is not exhausted.

    Streams need no admission control: flow control stops reading them when the budget is full.
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
        async with abort_on_error(context, self._observer.call(self._name, context.peer(), metadata)):
            raise busy()
