"""Streaming scores during generation: rollouts are sent one by one, and returned as they are judged.

:meth:`rewards.client.remote.RemoteScorer.stream` hands these out. What is still unanswered when a connection
breaks is sent again, so that every rollout comes back exactly once.
"""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING

import grpc
import numpy as np

from rewards.client.connections import in_flight
from rewards.client.delivery import FRAME_BYTES, FRAME_ROLLOUTS, check_digests
from rewards.errors import ProtocolError
from rewards.rollout import RolloutColumns
from rewards.v1 import reward_service_pb2 as pb
from rewards.wire.rollouts import about_bytes, rollouts_to_wire
from rewards.wire.scores import scores_from_wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from rewards.client.retry import Retries
    from rewards.rollout import Rollout
    from rewards.scores import Scores
    from rewards.v1 import score_pb2

    class Call(Protocol):
        """A stream in progress."""

        def __iter__(self) -> Iterator[pb.ScoreStreamResponse]: ...
        def cancel(self) -> object: ...


__all__ = ["ScoreStream", "ScoredRollout"]

_WINDOW_BYTES = 32 << 20
"""Flow-control window in bytes of rollouts in flight, beyond which the source of rollouts waits."""

_ROLLOUT_BYTES = 2048
"""Bytes that a rollout counts for besides its text."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRollout:
    """A rollout with its scores."""

    rollout: Rollout

    scores: Scores
    """The scores of this rollout alone: every array has one element."""

    @property
    def total(self) -> float:
        """The reward; NaN means 'not judged'."""
        return float(self.scores.totals[0])


@dataclasses.dataclass(slots=True, eq=False)
class _Entry:
    """A rollout in flight."""

    rollout: Rollout
    size: int


class ScoreStream:
    """Rollouts with their scores, in the order in which they are judged; to be iterated over once.

    `for` and `async for` both do; a source that is itself asynchronous needs `async for`. The source is
    asked for the next rollout as soon as it has one, however far the scores are, until some 32 MB are
    on their way. Leaving the loop ends the call.

    Args:
        source: what to score.
        connect: opens a call that sends these frames.
        retries: makes the retries of the stream.
        lenient: whether rollouts that cannot be scored come back with their error, in `scores.errors`,
            instead of raising it.
    """

    def __init__(
        self,
        source: Iterable[Rollout] | AsyncIterable[Rollout],
        connect: Callable[[Iterator[pb.ScoreStreamRequest]], Call],
        retries: Callable[[], Retries],
        *,
        lenient: bool,
    ) -> None:
        self._source = source
        self._connect = connect
        self._retries = retries
        self._lenient = lenient
        self._changed = threading.Condition()
        self._unsent: deque[_Entry] = deque()
        self._frames: dict[int, list[_Entry | None]] = {}
        """The unanswered rollouts of each frame of the current call; None where one was answered."""
        self._size = 0
        self._all_here = False
        self._closed = False
        self._failure: BaseException | None = None
        self._call: Call | None = None
        self._calls = 0
        """Number of calls that have ended."""
        self._header: score_pb2.ScoreHeader | None = None

    def __iter__(self) -> Iterator[ScoredRollout]:
        if not isinstance(self._source, Iterable):
            message = "the source of this stream is asynchronous: use `async for`"
            raise TypeError(message)
        return self._in_this_thread(self._source)

    def __aiter__(self) -> AsyncIterator[ScoredRollout]:
        return self._in_this_loop()

    def _in_this_thread(self, source: Iterable[Rollout]) -> Iterator[ScoredRollout]:
        self._begin(source)
        try:
            for entry, scores in self._answers():
                yield self._given_out(entry, scores)
        finally:
            self._close()

    async def _in_this_loop(self) -> AsyncIterator[ScoredRollout]:
        loop = asyncio.get_running_loop()
        found: asyncio.Queue[tuple[_Entry, Scores] | BaseException | None] = asyncio.Queue()

        def receive() -> None:
            last: BaseException | None = None
            try:
                for answer in self._answers():
                    loop.call_soon_threadsafe(found.put_nowait, answer)
            except BaseException as failure:  # noqa: BLE001  # it is raised in the loop
                last = failure
            loop.call_soon_threadsafe(found.put_nowait, last)

        tasks = {asyncio.ensure_future(asyncio.to_thread(receive))}
        if isinstance(self._source, AsyncIterable):
            tasks.add(taking := asyncio.ensure_future(self._take_all_async(self._source)))
        else:
            taking = None
            self._begin(self._source)
        try:
            while (answer := await found.get()) is not None:
                if isinstance(answer, BaseException):
                    raise answer
                yield self._given_out(*answer)
        finally:
            self._close()
            if taking is not None:
                taking.cancel()
            await asyncio.wait(tasks)

    # From the source.

    def _begin(self, source: Iterable[Rollout]) -> None:
        # A daemon: nothing can interrupt a source that never comes to its next rollout.
        threading.Thread(target=self._take_all, args=(source,), name="touchstone-source", daemon=True).start()

    def _take_all(self, source: Iterable[Rollout]) -> None:
        try:
            for rollout in source:
                self._put(rollout)
                with self._changed:
                    self._changed.wait_for(self._has_room)
                    if self._closed:
                        return
        except BaseException as failure:  # noqa: BLE001  # it is raised where the scores are awaited
            self._end(failure)
        else:
            self._end(None)

    async def _take_all_async(self, source: AsyncIterable[Rollout]) -> None:
        try:
            async for rollout in source:
                self._put(rollout)
                while not self._has_room():
                    await asyncio.to_thread(self._wait_for_room)
        except BaseException as failure:  # noqa: BLE001  # as above
            self._end(failure)
        else:
            self._end(None)

    def _put(self, rollout: Rollout) -> None:
        entry = _Entry(rollout, about_bytes(RolloutColumns.of([rollout]))[0] + _ROLLOUT_BYTES)
        with self._changed:
            self._unsent.append(entry)
            self._size += entry.size
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._size < _WINDOW_BYTES or self._closed

    def _wait_for_room(self) -> None:
        with self._changed:
            self._changed.wait_for(self._has_room)

    def _end(self, failure: BaseException | None) -> None:
        with self._changed:
            self._failure = failure
            self._all_here = True
            self._changed.notify_all()
            call = self._call
        if failure is not None and call is not None:
            call.cancel()

    def _close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            call = self._call
        if call is not None:
            call.cancel()

    # To the server, and back.

    def _answers(self) -> Iterator[tuple[_Entry, Scores]]:
        """Iterate over every rollout with its scores, over as many calls as it takes."""
        retries = self._retries()
        while not self._closed:
            try:
                with in_flight(lasting=True):
                    for answer in self._one_call():
                        retries.reset()
                        yield answer
            except grpc.RpcError as failure:
                if self._failure is None and not self._closed and not self._done():
                    retries.wait_after(failure)
            if self._failure is not None:
                raise self._failure
            if self._done():
                return

    def _one_call(self) -> Iterator[tuple[_Entry, Scores]]:
        with self._changed:
            # In the order in which they came.
            again = [entry for frame in self._frames.values() for entry in frame if entry is not None]
            self._unsent.extendleft(reversed(again))
            self._frames.clear()
        call = self._connect(self._requests(self._calls))
        with self._changed:
            self._call = call
        header = None
        try:
            for response in call:
                if response.HasField("header"):
                    header = self._announced(response.header)
                elif header is None or not response.HasField("scores"):
                    message = "the server sent scores before their header, or nothing at all"
                    raise ProtocolError(message)
                else:
                    yield from self._answered(response.scores, header)
        finally:
            with self._changed:
                self._call = None
                self._calls += 1
                self._changed.notify_all()
            call.cancel()
        if not self._done() and not self._closed and self._failure is None:
            message = "the server ended the stream without an answer for every rollout"
            raise ProtocolError(message)

    def _requests(self, call: int) -> Iterator[pb.ScoreStreamRequest]:
        """Iterate over frames of the rollouts that wait to be sent, for as long as their call lasts."""
        number = 0

        def over() -> bool:
            return self._closed or self._calls != call or self._failure is not None

        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._unsent or self._all_here or over())
                if over() or not self._unsent:
                    return
                frame: list[_Entry] = []
                size = 0
                while self._unsent and len(frame) < FRAME_ROLLOUTS and size < FRAME_BYTES:
                    size += self._unsent[0].size
                    frame.append(self._unsent.popleft())
                self._frames[number] = [*frame]
            request = pb.ScoreStreamRequest()
            request.frame.number = number
            rollouts_to_wire(
                RolloutColumns.of([entry.rollout for entry in frame]), request.frame.rollouts.add
            )
            yield request
            number += 1

    def _announced(self, header: score_pb2.ScoreHeader) -> score_pb2.ScoreHeader:
        first = self._header = self._header or header
        check_digests(first, header)
        return header

    def _answered(
        self, found: pb.FrameScores, header: score_pb2.ScoreHeader
    ) -> Iterator[tuple[_Entry, Scores]]:
        frame = self._frames.get(found.frame, [])
        rows, scores = scores_from_wire(found.block, header, np.arange(len(frame)))
        for at, row in enumerate(rows.tolist()):
            if (entry := frame[row]) is None:
                message = "the server answered a rollout twice"
                raise ProtocolError(message)
            frame[row] = None
            with self._changed:
                if not any(frame):
                    self._frames.pop(found.frame, None)
            yield entry, scores.take(np.asarray([at]))

    def _done(self) -> bool:
        with self._changed:
            return self._all_here and not self._unsent and not self._frames

    def _given_out(self, entry: _Entry, scores: Scores) -> ScoredRollout:
        with self._changed:
            self._size -= entry.size
            self._changed.notify_all()
        if scores.errors and not self._lenient:
            raise scores.errors[0]
        return ScoredRollout(rollout=entry.rollout, scores=scores)
