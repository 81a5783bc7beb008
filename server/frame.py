"""Scoring of the rollouts of one message; independent of gRPC and of the event loop."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING

import numpy as np

from rewards.algebra import Named, labels
from rewards.errors import RecipeError, RewardError
from rewards.reward import Reward
from rewards.rollout import refuse_shared_ids
from rewards.verdict import Status, Verdict
from rewards.wire.received import ReceivedBatch
from rewards.wire.scores import scores_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from google.protobuf.message import Message
    from numpy.typing import NDArray

    from rewards.errors import InvalidRolloutError
    from rewards.scores import Scores
    from rewards.scoring import Scoring
    from rewards.v1 import reward_service_pb2, rollout_pb2, score_pb2
    from server.catalogue import LoadedRecipe
    from server.observer import CallObserver

__all__ = ["FrameScoring"]

_STEP_BYTES = 1 << 20
_STEP_ROLLOUTS = 1024
"""Maximum size of one scoring step, small enough for fair scheduling and for meeting deadlines."""

_QUICK_BYTES = 2 * _STEP_BYTES
"""Maximum size of a message whose steps may run on the event loop: a larger one may be one huge rollout."""

_TOO_LATE = Verdict(status=Status.NOT_JUDGED, reason="the deadline passed before the rollout's turn came")


class FrameScoring:
    """Score the valid rollouts of a message, and report an error for each invalid one.

    Scoring runs in steps: call :meth:`begin` until `begun`, then :meth:`ready` whenever some of `waiting`
    are done, until `done`. Only one thread at a time may run a step. Once `seen`, only long answers are left
    to begin, which may run at low priority.

    Args:
        loaded: the recipe, with its scorer.
        options: options of the call.
        messages: rollouts of the message.
        size: size of the message in bytes.
        deadline: time at which to stop judging, in seconds of `time.monotonic()`; None for no limit.
        call: observer of the call.
        answer: returns a new response message, and the block in it that is to hold the scores.
    """

    def __init__(
        self,
        loaded: LoadedRecipe,
        options: reward_service_pb2.ScoreOptions,
        messages: Sequence[rollout_pb2.Rollout],
        size: int,
        deadline: float | None,
        call: CallObserver,
        answer: Callable[[], tuple[Message, score_pb2.ScoreBlock]],
    ) -> None:
        self._loaded = loaded
        self._answer = answer
        self._options = options
        self._messages = messages
        self._deadline = deadline
        self._call = call
        self._came = time.monotonic()
        self._next = 0
        self.recent_max = loaded.recent_max if size <= _QUICK_BYTES else None
        """Recent maximum duration of steps without long answers; None if they must run in a thread."""
        self._step = max(len(messages), 1)
        if loaded.summary.scope == "row":
            each = max(size // self._step, 1)
            self._step = min(max(_STEP_BYTES // each, 1), _STEP_ROLLOUTS)
        self._open: list[_Part] = []
        self._seen = False
        self._given_up = False

    @property
    def seen(self) -> bool:
        """True if every rollout has been processed, and all short answers compared."""
        return self._seen

    @property
    def begun(self) -> bool:
        """True if judging of every answer has begun."""
        return self._seen and all(part.scoring.begun for part in self._open)

    @property
    def waiting(self) -> list[Future[Verdict]]:
        """Futures of the answers that are still being judged."""
        return [future for part in self._open for future in part.scoring.waiting]

    @property
    def done(self) -> bool:
        """True if the scores of every rollout have been returned."""
        return self._seen and not self._open

    def give_up(self) -> None:
        """Cancel the judging of the remaining rollouts."""
        self._given_up = True
        for future in self.waiting:
            future.cancel()

    def begin(self) -> bytes | None:
        """Process the next rollouts; return the scores that are ready at once, None if there are none.

        The scores are a serialized response message.

        Raises:
            InvalidCallError: two rollouts share an id.
            IncompleteGroupError: the recipe has group scope and the message holds only part of a group.
        """
        if self._seen:
            return self._go_on()
        if not self._next and self._step < len(self._messages):  # within one step the scorer sees them
            refuse_shared_ids([message.id for message in self._messages])
        first, messages = self._next, self._messages[self._next : self._next + self._step]
        self._next += self._step
        if self._next >= len(self._messages):
            self._seen = True
            self._messages = ()
        if self._deadline is not None and time.monotonic() >= self._deadline:
            rows = np.arange(len(messages))
            ids = [message.id for message in messages]
            return self._answered(rows, self._too_late(len(messages)), first, ids)
        part = self._part(messages, first)
        self._open.append(part)
        return self._step_of(part)

    def _go_on(self) -> bytes | None:
        """Run the next step of the first part that is not fully begun."""
        return self._step_of(next(part for part in self._open if not part.scoring.begun))

    def _step_of(self, part: _Part) -> bytes | None:
        answer = self._ready(part)
        if part.scoring.done:
            self._open.remove(part)
        if self._given_up:  # while this was under way
            self.give_up()
        return answer

    def ready(self) -> Iterator[bytes]:
        """Yield the scores that have become ready since the last call, as :meth:`begin` returns them."""
        for part in self._open:
            if (answer := self._ready(part)) is not None:
                yield answer
        self._open = [part for part in self._open if not part.scoring.done]

    def _part(self, messages: Sequence[rollout_pb2.Rollout], first: int) -> _Part:
        batch = ReceivedBatch(messages)
        if self._call.reads_text:
            self._call.on_rollouts(batch.rollouts)
        timeout = None if self._deadline is None else max(self._deadline - time.monotonic(), 0.0)
        scoring = self._loaded.scorer.start(batch, timeout=timeout, lenient=True)
        return _Part(scoring, batch.ids, batch.invalid, first)

    def _ready(self, part: _Part) -> bytes | None:
        try:
            found = part.scoring.ready()
        except RewardError as error:
            if not (error.overflow and self._loaded.inline):
                raise
            message = f"the recipe that came with the call overflows: {error}; give it smaller numbers"
            raise RecipeError(message) from error
        if found is None:
            return None
        rows, scores = found
        index = rows.tolist()
        errors = {}
        if part.invalid:
            errors = {at: part.invalid[row] for at, row in enumerate(index) if row in part.invalid}
        if part.first:  # the scorer counts from where the part begins
            shifted = {
                at: error.about(f"rollouts[{index[at] + part.first}]") for at, error in scores.errors.items()
            }
            errors = {**shifted, **errors}
        if errors:
            scores = dataclasses.replace(scores, errors={**scores.errors, **errors})
        ids = part.ids if len(index) == len(part.ids) else [part.ids[row] for row in index]
        return self._answered(rows, scores, part.first, ids)

    def _answered(self, rows: NDArray[np.intp], scores: Scores, first: int, ids: Sequence[str]) -> bytes:
        last = self._seen and all(part.scoring.done for part in self._open)
        self._call.on_scored(scores, time.monotonic() - self._came, last=last)
        message, block = self._answer()
        wanted = {"spans": self._options.include_spans, "parts": self._options.include_parts}
        scores_to_wire(scores, (rows + first).tolist(), ids, block, **wanted)
        return message.SerializeToString()

    def _too_late(self, size: int) -> Scores:
        empty = self._loaded.scorer.score([])
        unknown = np.full(size, math.nan)
        named = labels(self._loaded.scorer.recipe.reward)
        judges = [label for node, label in named.items() if _judges(node)]
        return dataclasses.replace(
            empty,
            totals=unknown,
            components=dict.fromkeys(empty.components, unknown),
            nodes=dict.fromkeys(empty.nodes, unknown),
            verdicts=[_TOO_LATE] * size if judges else [None] * size,
            judgements={label: [_TOO_LATE] * size for label in judges},
            spans=[{}] * size,
            parts={},
        )


@dataclasses.dataclass(slots=True, eq=False)
class _Part:
    """Rollouts of the message that are scored in one step."""

    scoring: Scoring
    ids: Sequence[str]
    invalid: Mapping[int, InvalidRolloutError]
    first: int
    """Index of its first rollout in the message."""


def _judges(node: Reward) -> bool:
    """True if a node itself, below any `Named` wrappers, asks the judge."""
    while isinstance(node, Named):
        node = node.reward
    return node.is_component and type(node).questions is not Reward.questions
