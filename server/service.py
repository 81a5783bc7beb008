"""The service: takes calls, hands their rollouts to scorers in threads, and sends scores as they are ready.

The event loop only moves messages. Whatever computes runs in a thread, and what needs computer
algebra in the worker processes of the judge, so that one hanging answer holds up no other rollout.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import grpc

from rewards import __version__
from rewards.errors import InvalidCallError, ServerUnavailableError
from rewards.v1 import reward_service_pb2 as pb
from rewards.wire import summary_to_wire
from server.failures import busy, failures_told
from server.frame import FrameScoring
from server.requests import Received, deadline_of, frame_of, message_of, reader_of, weight_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
    from concurrent.futures import Executor, Future

    from rewards.v1 import rollout_pb2
    from rewards.verdict import Verdict
    from server.budget import Budget
    from server.catalogue import Catalogue, Served
    from server.inline import InlineRecipes
    from server.observer import Call, Observer

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

__all__ = ["SERVICE", "RewardService"]

SERVICE: str = pb.DESCRIPTOR.services_by_name["RewardService"].full_name

T = TypeVar("T")

_GATHER_SECONDS = 0.005
"""How long to wait for further answers after one; each round costs more than a row."""


class RewardService:
    """Answers the calls of `rewards.v1.RewardService`.

    Args:
        catalogue: the recipes.
        inline: those that come with calls.
        executor: where scoring runs.
        budget: how much may be in work.
        observer: who is told what happens.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        inline: InlineRecipes,
        executor: Executor,
        budget: Budget,
        observer: Observer,
    ) -> None:
        self._catalogue = catalogue
        self._inline = inline
        self._executor = executor
        self._budget = budget
        self._observer = observer
        self._stopping = asyncio.Event()

    def use(self, catalogue: Catalogue) -> None:
        """Score new calls by these recipes; calls and streams that are under way end on theirs."""
        self._catalogue = catalogue

    def stop(self) -> None:
        """Take nothing more from open streams; what was taken is answered, and then they end."""
        self._stopping.set()

    def handlers(self) -> grpc.GenericRpcHandler[Any, Any]:
        """The methods, for a server."""
        methods = {
            "Score": grpc.unary_unary_rpc_method_handler(
                self._score, reader_of(pb.ScoreRequest), pb.ScoreResponse.SerializeToString
            ),
            "ScoreStream": grpc.stream_stream_rpc_method_handler(
                self._score_stream,
                reader_of(pb.ScoreStreamRequest),
                pb.ScoreStreamResponse.SerializeToString,
            ),
            "ListRecipes": grpc.unary_unary_rpc_method_handler(
                self._list_recipes, reader_of(pb.ListRecipesRequest), pb.ListRecipesResponse.SerializeToString
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    async def _score(self, received: Received[pb.ScoreRequest], context: Context) -> pb.ScoreResponse:
        call = self._watched("Score", context)
        async with failures_told(context, call):
            request = message_of(received)
            served = await self._find(request.options)
            call.found(served.label)
            weight = weight_of(received.size, request.rollouts)
            if not self._budget.take(weight):
                raise busy()
            call.accepted(len(request.rollouts), received.size)
            try:
                frame = await self._start(
                    served, request.options, request.rollouts, deadline_of(context), call
                )
                parts = [part async for part in self._rounds(frame, frame.ready)]
                block = await self._in_thread(partial(frame.whole_block, parts))
            finally:
                self._budget.give_back(weight)
            return pb.ScoreResponse(header=served.header, block=block)

    async def _score_stream(self, _: object, context: Context) -> None:
        call = self._watched("ScoreStream", context)
        async with failures_told(context, call), contextlib.aclosing(self._requests(context)) as requests:
            if self._budget.exhausted:
                raise busy()
            request = pb.ScoreStreamRequest()
            async for received in requests:
                request = message_of(received)
                break
            else:
                self._refuse_if_stopping()
            if not request.HasField("options"):
                message = "the first request of a stream holds the options, and this one does not"
                raise InvalidCallError(message)
            stream = _Stream(await self._find(request.options), request.options, context, call)
            call.found(stream.served.label)
            await stream.send(pb.ScoreStreamResponse(header=stream.served.header))
            async with asyncio.TaskGroup() as frames:
                async for received in requests:
                    frame = frame_of(received)
                    stream.open(frame)
                    weight = weight_of(received.size, frame.rollouts)
                    await self._budget.wait_for(weight)
                    call.accepted(len(frame.rollouts), received.size)
                    frames.create_task(self._answer(stream, frame, weight))
            self._refuse_if_stopping()

    async def _find(self, options: pb.ScoreOptions) -> Served:
        if options.inline_recipe:
            return await self._in_thread(partial(self._inline.find, options))
        return self._catalogue.find(options)

    def _refuse_if_stopping(self) -> None:
        if self._stopping.is_set():
            message = "the server is stopping; send what it has not answered to another"
            raise ServerUnavailableError(message)

    def _watched(self, method: str, context: Context) -> Call:
        metadata = [(key, value) for key, value in context.invocation_metadata() or ()]
        call = self._observer.call(method, context.peer(), metadata)
        if call.trailing_metadata:
            context.set_trailing_metadata(call.trailing_metadata)
        return call

    async def _list_recipes(
        self, received: Received[pb.ListRecipesRequest], context: Context
    ) -> pb.ListRecipesResponse:
        async with failures_told(context, self._watched("ListRecipes", context)):
            message_of(received)
            return pb.ListRecipesResponse(
                recipes=[summary_to_wire(summary) for summary in self._catalogue.summaries],
                environment_digest=self._catalogue.environment_digest,
                server_version=__version__,
            )

    async def _requests(self, context: Context) -> AsyncGenerator[Received[pb.ScoreStreamRequest], None]:
        """What a client sends, until it has sent all or the server stops."""
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            while True:
                coming = asyncio.ensure_future(context.read())
                await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    coming.add_done_callback(_forget)  # ends with the call; nobody waits for it any more
                    return
                if (received := coming.result()) is grpc.aio.EOF:  # type: ignore[attr-defined]
                    return
                yield received
        finally:
            stopping.cancel()

    async def _answer(self, stream: _Stream, frame: pb.Frame, weight: int) -> None:
        """Send the scores of a frame, as they are ready."""
        try:
            scoring = await self._start(
                stream.served, stream.options, frame.rollouts, stream.deadline, stream.call
            )
            async for block in self._rounds(scoring, scoring.ready_block):
                scores = pb.FrameScores(frame=frame.number, block=block)
                await stream.send(pb.ScoreStreamResponse(scores=scores))
            stream.close(frame)
        finally:
            self._budget.give_back(weight)

    async def _start(
        self,
        served: Served,
        options: pb.ScoreOptions,
        rollouts: Sequence[rollout_pb2.Rollout],
        deadline: float | None,
        call: Call,
    ) -> FrameScoring:
        return await self._in_thread(partial(FrameScoring, served, options, rollouts, deadline, call))

    async def _rounds(self, scoring: FrameScoring, step: Callable[[], T | None]) -> AsyncIterator[T]:
        """What `step` gives, in a thread, at once and whenever more answers have been judged."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def tell(_: Future[Verdict]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(changed.set)

        waiting = scoring.waiting
        for future in waiting:
            future.add_done_callback(tell)
        try:
            while True:
                changed.clear()
                if (found := await self._in_thread(step)) is not None:
                    yield found
                if scoring.done:
                    return
                await changed.wait()
                await asyncio.sleep(_GATHER_SECONDS)
        finally:
            for future in waiting:
                future.cancel()  # of a call that was given up: nobody waits for these answers

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


class _Stream:
    """One open stream: what was asked for, and what is still unanswered."""

    def __init__(self, served: Served, options: pb.ScoreOptions, context: Context, call: Call) -> None:
        self.served = served
        self.options = options
        self.call = call
        self.deadline = deadline_of(context)
        self._context = context
        self._writing = asyncio.Lock()
        self._open: set[str] = set()

    def open(self, frame: pb.Frame) -> None:
        """Take note of a frame that came."""
        ids = _ids(frame)
        if twice := ids & self._open:
            message = f"two unanswered rollouts of the stream share the id {min(twice)!r}; ids are unique"
            raise InvalidCallError(message)
        self._open |= ids

    def close(self, frame: pb.Frame) -> None:
        """Take note of a frame that was answered."""
        self._open -= _ids(frame)

    async def send(self, response: pb.ScoreStreamResponse) -> None:
        """Send one response; gRPC takes one at a time."""
        async with self._writing:
            await self._context.write(response)


def _ids(frame: pb.Frame) -> set[str]:
    return {rollout.id for rollout in frame.rollouts if rollout.id}


def _forget(task: asyncio.Future[object]) -> None:
    if not task.cancelled():
        task.exception()
