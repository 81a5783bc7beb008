"""The gRPC service: receive calls, schedule their rollouts fairly, and stream scores as they are ready.

The event loop moves messages and runs quick scoring steps. Slower steps run in a thread, and answers that
need computer algebra in the worker processes of the judge, so that one hanging answer delays no other
rollout.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

from rewards import __version__
from rewards.errors import InvalidCallError, ServerUnavailableError
from rewards.v1 import reward_service_pb2 as pb
from rewards.wire.rollouts import summary_to_wire
from server.failures import abort_on_error, busy, while_client_listens
from server.frame import FrameScoring
from server.requests import Received, caller_of, deadline_of, frame_of, message_of, reader_of, weight_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Sequence
    from concurrent.futures import Future

    from rewards.v1 import rollout_pb2, score_pb2
    from rewards.verdict import Verdict
    from server.catalogue import Catalogue, LoadedRecipe
    from server.inline import InlineRecipes
    from server.observer import CallObserver, Observer
    from server.scheduling.budget import Budget
    from server.scheduling.fair_scheduler import FairScheduler

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

__all__ = ["SERVICE", "RewardService"]

SERVICE: str = pb.DESCRIPTOR.services_by_name["RewardService"].full_name

_GATHER_SECONDS = 0.005
"""Seconds to collect further answers after the first; each scoring round costs more than a row."""

_UNSENT_ROLLOUT_BYTES = 256
"""Approximate memory of the score of one rollout while it waits to be sent."""


class RewardService:
    """Implementation of `rewards.v1.RewardService`.

    Args:
        catalogue: the recipes served.
        inline: inline recipes.
        scheduler: fair scheduler that runs scoring.
        budget: memory budget of calls in flight.
        observer: receives events, for metrics, logs and traces.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        inline: InlineRecipes,
        scheduler: FairScheduler,
        budget: Budget,
        observer: Observer,
    ) -> None:
        self._catalogue = catalogue
        self._inline = inline
        self._scheduler = scheduler
        self._budget = budget
        self._observer = observer
        self._stopping = asyncio.Event()

    def use(self, catalogue: Catalogue) -> None:
        """Use `catalogue` for new calls; calls and streams in progress keep the recipe they started with."""
        self._catalogue = catalogue

    def stop(self) -> None:
        """Drain: stop reading from open streams, answer the frames already read, then end the streams."""
        self._stopping.set()

    def handlers(self) -> grpc.GenericRpcHandler[Any, Any]:
        """Return the RPC method handlers."""
        methods = {
            "Score": grpc.unary_unary_rpc_method_handler(self._score, reader_of(pb.ScoreRequest), _unchanged),
            "ScoreStream": grpc.stream_stream_rpc_method_handler(
                self._score_stream,
                reader_of(pb.ScoreStreamRequest),
                _unchanged,
            ),
            "ListRecipes": grpc.unary_unary_rpc_method_handler(
                self._list_recipes, reader_of(pb.ListRecipesRequest), _unchanged
            ),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    async def _score(self, received: Received[pb.ScoreRequest], context: Context) -> bytes:
        call = self._observed("Score", context)
        async with abort_on_error(context, call):
            request = message_of(received)
            caller = caller_of(context)
            loaded = await self._find(caller, request.options)
            call.on_recipe(loaded.label)
            weight = weight_of(received.size, request.rollouts)
            if not self._budget.take(caller, weight):
                raise busy()
            call.on_admitted(len(request.rollouts), received.size)
            try:
                frame = FrameScoring(
                    loaded,
                    request.options,
                    request.rollouts,
                    received.size,
                    deadline_of(context),
                    call,
                    _block_of_batch,
                )
                answers = [answer async for answer in self._answers(caller, frame, at_once=True)]
            finally:
                self._budget.give_back(caller, weight)
            # Messages written one after the other are one, with the blocks of all.
            return pb.ScoreResponse(header=loaded.header).SerializeToString() + b"".join(answers)

    async def _score_stream(self, _: object, context: Context) -> None:
        call = self._observed("ScoreStream", context)
        async with abort_on_error(context, call):
            if self._budget.exhausted:
                raise busy()
            if (received := await self._next_request(context)) is None:
                self._refuse_if_stopping()
                request = pb.ScoreStreamRequest()
            else:
                request = message_of(received)
            if not request.HasField("options"):
                message = "the first request of a stream holds the options, and this one does not"
                raise InvalidCallError(message)
            loaded = await self._find(caller_of(context), request.options)
            call.on_recipe(loaded.label)
            stream = _Stream(loaded, request.options, context, call)
            await stream.send(pb.ScoreStreamResponse(header=stream.loaded.header).SerializeToString())
            async with asyncio.TaskGroup() as frames:
                while (received := await self._next_request(context)) is not None:
                    frame = frame_of(received)
                    size, weight = received.size, weight_of(received.size, frame.rollouts)
                    rollouts = list(frame.rollouts)
                    ids = stream.open(rollouts)
                    await self._budget.wait_for(stream.caller, weight)
                    call.on_admitted(len(rollouts), size)
                    frames.create_task(self._answer(stream, frame.number, rollouts, size, weight, ids))
                    del received, frame, rollouts  # an idle stream holds on to nothing
            self._refuse_if_stopping()

    async def _find(self, caller: Hashable, options: pb.ScoreOptions) -> LoadedRecipe:
        if options.inline_recipe:
            return await self._scheduler.run(caller, partial(self._inline.find, options))
        return self._catalogue.find(options)

    def _refuse_if_stopping(self) -> None:
        if self._stopping.is_set():
            message = "the server is stopping; send what it has not answered to another"
            raise ServerUnavailableError(message)

    def _observed(self, method: str, context: Context) -> CallObserver:
        metadata = [(key, value) for key, value in context.invocation_metadata() or ()]
        call = self._observer.call(method, context.peer(), metadata)
        if call.trailing_metadata:
            context.set_trailing_metadata(call.trailing_metadata)
        return call

    async def _list_recipes(self, received: Received[pb.ListRecipesRequest], context: Context) -> bytes:
        async with abort_on_error(context, self._observed("ListRecipes", context)):
            message_of(received)
            response = pb.ListRecipesResponse(
                recipes=[summary_to_wire(summary) for summary in self._catalogue.summaries],
                environment_digest=self._catalogue.environment_digest,
                server_version=__version__,
            )
            return response.SerializeToString()

    async def _next_request(self, context: Context) -> Received[pb.ScoreStreamRequest] | None:
        """Return the client's next request; None at the end of the stream, or when the server is stopping."""
        coming = asyncio.ensure_future(context.read())
        coming.add_done_callback(_forget)  # it may end with the call, when nobody waits for it any more
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if not coming.done():
            return None
        with while_client_listens():
            received = coming.result()
        return None if received is grpc.aio.EOF else received  # type: ignore[attr-defined]

    async def _answer(
        self,
        stream: _Stream,
        number: int,
        rollouts: Sequence[rollout_pb2.Rollout],
        size: int,
        weight: int,
        ids: set[str],
    ) -> None:
        """Score a frame and send its scores as they become ready."""
        unsent = min(weight, _UNSENT_ROLLOUT_BYTES * (1 + len(rollouts)))
        scoring = FrameScoring(
            stream.loaded,
            stream.options,
            rollouts,
            size,
            stream.deadline,
            stream.call,
            partial(_block_of_frame, number),
        )
        del rollouts
        try:
            async for answer in self._answers(stream.caller, scoring):
                if scoring.done and weight > unsent:
                    # However slowly the client reads, from here on it holds nothing but scores.
                    self._budget.give_back(stream.caller, weight - unsent)
                    weight = unsent
                await stream.send(answer)
            stream.close(ids)
        finally:
            self._budget.give_back(stream.caller, weight)

    async def _answers(
        self, caller: Hashable, frame: FrameScoring, *, at_once: bool = False
    ) -> AsyncIterator[bytes]:
        """Yield the scores of a frame as they become ready; pending ones at the end if `at_once`."""
        changed = asyncio.Event()
        try:
            while not frame.begun:
                # Long answers are compared in a thread, and when all others have had their turn.
                recent_max = None if frame.seen else frame.recent_max
                answer = await self._scheduler.run(
                    caller, frame.begin, recent_max=recent_max, later=frame.seen
                )
                if answer is not None:
                    yield answer
            if frame.done:
                return
            waiting = frame.waiting
            _when_done(waiting, changed, at_once=at_once)
            while not frame.done:
                await changed.wait()
                if not at_once:
                    await asyncio.sleep(_GATHER_SECONDS)
                changed.clear()
                for answer in await self._scheduler.run(
                    caller, lambda: list(frame.ready()), recent_max=frame.recent_max
                ):
                    yield answer
        finally:
            frame.give_up()


def _when_done(futures: Sequence[Future[Verdict]], changed: asyncio.Event, *, at_once: bool) -> None:
    """Set `changed` whenever one of `futures` is done; with `at_once`, only when all are done."""
    loop = asyncio.get_running_loop()
    left = len(futures)

    def count() -> None:
        nonlocal left
        left -= 1
        if not (at_once and left):
            changed.set()

    def tell(_: Future[Verdict]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(count)

    for future in futures:
        future.add_done_callback(tell)


class _Stream:
    """State of an open stream: its options, and the ids of its unanswered rollouts."""

    def __init__(
        self, loaded: LoadedRecipe, options: pb.ScoreOptions, context: Context, call: CallObserver
    ) -> None:
        self.loaded = loaded
        self.options = options
        self.call = call
        self.caller = caller_of(context)
        self.deadline = deadline_of(context)
        self._context = context
        self._writing = asyncio.Lock()
        self._open: set[str] = set()

    def open(self, rollouts: Sequence[rollout_pb2.Rollout]) -> set[str]:
        """Register the ids of the rollouts of a frame and return them."""
        ids = {rollout.id for rollout in rollouts}
        ids.discard("")
        if twice := ids & self._open:
            message = f"two unanswered rollouts of the stream share the id {min(twice)!r}; ids are unique"
            raise InvalidCallError(message)
        self._open |= ids
        return ids

    def close(self, ids: set[str]) -> None:
        """Unregister the ids of an answered frame."""
        self._open -= ids

    async def send(self, response: bytes) -> None:
        """Send one response; gRPC allows one write at a time."""
        async with self._writing:
            with while_client_listens():
                await self._context.write(response)


def _block_of_batch() -> tuple[pb.ScoreResponse, score_pb2.ScoreBlock]:
    response = pb.ScoreResponse()
    return response, response.blocks.add()


def _block_of_frame(number: int) -> tuple[pb.ScoreStreamResponse, score_pb2.ScoreBlock]:
    response = pb.ScoreStreamResponse()
    scores = response.scores
    scores.frame = number
    scores.block.SetInParent()  # also where it stays empty
    return response, scores.block


def _unchanged(raw: bytes) -> bytes:
    return raw


def _forget(task: asyncio.Future[object]) -> None:
    if not task.cancelled():
        task.exception()
