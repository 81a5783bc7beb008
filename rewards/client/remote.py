"""The scorer that calls a server: :class:`rewards.LocalScorer` over gRPC.

It answers to the bit what a local scorer answers. What is more is what a network asks for:
deadlines, retries, several connections; and scores while generation is under way, which
:mod:`rewards.client.streaming` sends.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeVar

import grpc

from rewards.client.causes import cause_of
from rewards.client.connections import Connections, Tls, in_flight
from rewards.client.delivery import PendingFrames
from rewards.client.retry import Backoff, Retries, WaitingLog
from rewards.client.streaming import ScoreStream
from rewards.errors import InvalidCallError, ProtocolError
from rewards.parameters import check_arguments, require
from rewards.recipe.recipe import Recipe
from rewards.rollout import Batch
from rewards.v1 import reward_service_pb2 as pb
from rewards.wire.addresses import targets_of
from rewards.wire.rollouts import summary_from_wire
from rewards.wire.status import refusal_of
from rewards.wire.token_files import is_sendable

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from rewards.client.streaming import Call
    from rewards.recipe.summary import RecipeSummary
    from rewards.rollout import Rollout
    from rewards.scores import Scores

__all__ = ["RemoteScorer", "Tls"]

T = TypeVar("T")

_FRAMES_A_STREAM = 4
"""Minimum number of frames for each stream of a call.

With two of them, rollouts cost two server processes a fifth more CPU time than one; with four, no tenth."""


class RemoteScorer:
    """Scores on a server, or on several.

    Connects when it is first used, and again after a pickle, a fork or a restart of the server, so it
    may be made anywhere. Threads may share it. A fork waits for calls of other threads, at most ten seconds;
    a process that was forked during a call nevertheless refuses further calls, since gRPC may hang there:
    start it by spawn or forkserver.

    Args:
        target: `host:port`, several of them in a list or with commas between (each call is then spread
            over all), or any target that gRPC resolves (`dns:///rewards:50051`).
        recipe: `name` or `name@version` of one of the server's recipes; or a recipe that travels with
            each call, to a server that was started with `--inline-recipes`.
        timeout: seconds for a call that does not name its own; None for no limit.
        recipe_digest: refuse to score by any other tree than this.
        environment_digest: refuse to score with any other versions and limits than these.
        token: a bearer token.
        tls: how to encrypt; None for plain text.
        connections: how many connections to open to each target; a server of several processes
            hands each connection to one of them.
        patience: seconds that a call waits for servers that cannot be reached or are busy, from the first
            failure after the last answer on. A line in the log (`touchstone.client`) tells of it at once,
            and every ten seconds.

    Raises:
        InvalidParameterError: no target, an address that can never work, a negative time.
        RecipeError: a recipe that cannot be written down.
    """

    def __init__(  # noqa: PLR0913  # settings, by keyword
        self,
        target: str | Sequence[str],
        recipe: str | Recipe,
        *,
        timeout: float | None = None,
        recipe_digest: str | None = None,
        environment_digest: str | None = None,
        token: str | None = None,
        tls: Tls | None = None,
        connections: int = 1,
        patience: float = 30.0,
    ) -> None:
        check_arguments(RemoteScorer.__init__, "RemoteScorer", locals())
        self.targets = targets_of(target)
        self.recipe = recipe
        require(timeout is None or timeout > 0, f"timeout is {timeout!r}; it must be above 0, or None")
        require(connections >= 1, f"connections is {connections!r}; it must be at least 1")
        require(patience >= 0, f"patience is {patience!r}; it must be at least 0")
        require(
            token is None or is_sendable(token),
            "token: it may hold only printable ASCII characters, and no space at its ends",
        )
        self._connections = Connections(self.targets, each=connections, tls=tls)
        self._timeout = timeout
        self._patience = patience
        self._secure = tls is not None
        self._waiting_log = WaitingLog()
        self._metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        self._options = pb.ScoreOptions(
            recipe=recipe if isinstance(recipe, str) else "",
            inline_recipe=_text_of(recipe) if isinstance(recipe, Recipe) else "",
            recipe_digest=recipe_digest or "",
            environment_digest=environment_digest or "",
            include_spans=True,
            include_parts=True,
        )
        self._scope: Literal["row", "group"] | None = recipe.scope if isinstance(recipe, Recipe) else None

    def __repr__(self) -> str:
        return f"RemoteScorer({', '.join(self.targets)!r}, {self.recipe!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_options": self._options.SerializeToString()}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._options = pb.ScoreOptions.FromString(state["_options"])  # type: ignore[arg-type]  # as above

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._connections.close()

    def score(
        self, rollouts: Sequence[Rollout], *, timeout: float | None = None, lenient: bool = False
    ) -> Scores:
        """See :meth:`rewards.Scorer.score`.

        Raises:
            UnknownRecipeError: the server holds no such recipe.
            DigestMismatchError: a pinned digest differs, or two servers of one call disagree.
            ServerUnavailableError: no server answered.
            ServerOverloadedError: the servers refused for load.
            DeadlineExceededError: not even a part of the rollouts came back in time.
            AuthenticationError: the server wants another token.
            ProtocolError: a rollout was lost or answered twice.
        """
        deadline = self._deadline(timeout)
        pending = PendingFrames(Batch(rollouts))
        self._retry(lambda: self._deliver(pending, deadline), deadline, progress=lambda: pending.num_open)
        if not pending.done:
            message = f"the server ended the call without an answer for {pending.num_open} rollouts"
            raise ProtocolError(message)
        scores = pending.scores()
        if scores.errors and not lenient:
            raise scores.errors[min(scores.errors)]
        return scores

    def stream(
        self,
        rollouts: Iterable[Rollout] | AsyncIterable[Rollout],
        *,
        timeout: float | None = None,
        lenient: bool = False,
    ) -> ScoreStream:
        """Return an iterator over rollouts with their scores, each as soon as it was judged.

        For `for`, and for `async for`, to which `rollouts` may be asynchronous, too::

            for scored in scorer.stream(generated()):
                use(scored.rollout, scored.total)

        Every rollout comes back once, in no particular order. Where the server is slower than the source,
        the source has to wait. One connection is used, and another one if it breaks.

        Args:
            rollouts: what to score; unanswered ones may not share an id.
            timeout: seconds for all of it, generation included; what is not judged by then is NOT_JUDGED.
            lenient: give rollouts that lack a field back with the error in `scores.errors`.

        Raises:
            InvalidCallError: the recipe compares the rollouts of a group, which come in one call.
        """
        deadline = self._deadline(timeout)
        if self._compares_groups(deadline):
            message = f"{self.recipe} compares the rollouts of a group: score whole groups by `score`"
            raise InvalidCallError(message)

        def connect(frames: Iterator[pb.ScoreStreamRequest]) -> Call:
            requests = chain([pb.ScoreStreamRequest(options=self._options)], frames)
            stub = self._connections.stub()
            return stub.ScoreStream(requests, timeout=_left(deadline), metadata=self._metadata)

        return ScoreStream(rollouts, connect, lambda: self._retries(deadline), lenient=lenient)

    def recipes(self, *, timeout: float | None = None) -> tuple[RecipeSummary, ...]:
        """Return the recipes that the server holds; raises as :meth:`score` does."""
        deadline = self._deadline(timeout)
        response = self._retry(
            lambda: self._connections.stub().ListRecipes(
                pb.ListRecipesRequest(), timeout=_left(deadline), metadata=self._metadata
            ),
            deadline,
        )
        return tuple(summary_from_wire(recipe) for recipe in response.recipes)

    # One try to get everything answered that is not answered yet.

    def _deliver(self, pending: PendingFrames, deadline: float | None) -> None:
        frames = pending.frames(whole_groups=False)
        if len(frames) > 1 and pending.has_groups and self._compares_groups(deadline):
            frames = pending.frames(whole_groups=True)
        if len(frames) == 1:
            self._send_batch(pending, frames[0], deadline)
            return
        streams = min(-(-len(frames) // _FRAMES_A_STREAM), len(self._connections))
        waiting = deque(enumerate(frames))
        if streams == 1:
            self._send_stream(pending, frames, waiting, deadline)
            return
        with ThreadPoolExecutor(streams) as pool:
            sent = [
                pool.submit(self._send_stream, pending, frames, waiting, deadline) for _ in range(streams)
            ]
            try:
                wait(sent)
            finally:
                waiting.clear()  # if this thread was interrupted, the others need send no more
        failures = [failure for one in sent if (failure := one.exception()) is not None]
        # What no other try can mend comes first.
        for failure in sorted(failures, key=_may_be_tried_again):
            raise failure

    def _send_batch(self, pending: PendingFrames, rows: NDArray[np.intp], deadline: float | None) -> None:
        request = pb.ScoreRequest(options=self._options)
        pending.write(rows, request.rollouts.add)
        response = self._connections.stub().Score(request, timeout=_left(deadline), metadata=self._metadata)
        pending.record_header(response.header)
        for block in response.blocks:
            pending.record_scores(rows, block, response.header)

    def _send_stream(
        self,
        pending: PendingFrames,
        frames: Sequence[NDArray[np.intp]],
        waiting: deque[tuple[int, NDArray[np.intp]]],
        deadline: float | None,
    ) -> None:
        """Send frames of `waiting`, as fast as the server takes them, until none is left."""

        def requests() -> Iterator[pb.ScoreStreamRequest]:
            yield pb.ScoreStreamRequest(options=self._options)
            while waiting:
                try:
                    number, rows = waiting.popleft()
                except IndexError:  # another stream was quicker
                    return
                request = pb.ScoreStreamRequest()
                request.frame.number = number
                pending.write(rows, request.frame.rollouts.add)
                yield request

        call = self._connections.stub().ScoreStream(
            requests(), timeout=_left(deadline), metadata=self._metadata
        )
        header = None
        try:
            for response in call:
                if response.HasField("header"):
                    header = response.header
                    pending.record_header(header)
                elif header is None or not response.HasField("scores"):
                    message = "the server sent scores before their header, or nothing at all"
                    raise ProtocolError(message)
                elif response.scores.frame >= len(frames):
                    message = f"the server answered frame {response.scores.frame} of {len(frames)}"
                    raise ProtocolError(message)
                else:
                    pending.record_scores(frames[response.scores.frame], response.scores.block, header)
        except grpc.RpcError:
            if not pending.done:  # a server may stop once it has answered everything
                raise
        finally:
            call.cancel()  # type: ignore[no-untyped-call]

    def _compares_groups(self, deadline: float | None) -> bool:
        """Return True if the recipe compares whole groups, which may then not be split over frames."""
        if self._scope is None:
            left = _left(deadline)
            served = {name: each for each in self.recipes(timeout=left) for name in (each.name, each.title)}
            summary = served.get(self._options.recipe)  # the last of a name is its highest version
            self._scope = "row" if summary is None else summary.scope  # unknown: the server will say so
        return self._scope == "group"

    # Trying again.

    def _retry(
        self, attempt: Callable[[], T], deadline: float | None, progress: Callable[[], int] = lambda: 0
    ) -> T:
        """Call `attempt` until it succeeds or fails beyond retry, and return its result."""
        retries = self._retries(deadline)
        while True:
            before = progress()
            try:
                with in_flight():
                    return attempt()
            except grpc.RpcError as failure:
                if progress() != before:
                    retries.reset()
                retries.wait_after(failure)

    def _retries(self, deadline: float | None) -> Retries:
        return Retries(
            Backoff(self._patience, deadline),
            ", ".join(self.targets),
            partial(cause_of, targets=self.targets, secure=self._secure),
            self._waiting_log,
        )

    def _deadline(self, timeout: float | None) -> float | None:
        seconds = self._timeout if timeout is None else timeout
        return None if seconds is None else time.monotonic() + seconds


def _text_of(recipe: Recipe) -> str:
    from rewards.recipe.file import dumps  # noqa: PLC0415  # brings pydantic and yaml

    return dumps(recipe.scored)  # servers of before recipes had a window read it too


def _left(deadline: float | None) -> float | None:
    """Return the seconds until `deadline` as a timeout for gRPC: above 0."""
    return None if deadline is None else max(deadline - time.monotonic(), 1e-3)


def _may_be_tried_again(failure: BaseException) -> bool:
    return isinstance(failure, grpc.RpcError) and refusal_of(failure).retry_after is not None
