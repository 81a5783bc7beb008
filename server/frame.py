"""Rollouts that came in one message, until each has its score; knows neither gRPC nor event loops."""

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
    from server.catalogue import Served
    from server.observer import Call

__all__ = ["FrameScoring"]

_STEP_BYTES = 1 << 20
_STEP_ROLLOUTS = 1024
"""How much is scored in one step: little enough that others get their turn, and that a deadline is kept."""

_QUICK_BYTES = 2 * _STEP_BYTES
"""The largest message whose steps may run on the event loop: of a larger one, one rollout may be most."""

_TOO_LATE = Verdict(status=Status.NOT_JUDGED, reason="the deadline passed before the rollout's turn came")


class FrameScoring:
    """Scores the rollouts that convert, and says of the others why they do not.

    The work is done in steps: :meth:`begin` until all has `begun`, then :meth:`ready` whenever some of
    `waiting` are done, until all is `done`. One thread at a time may take a step. Once all is `seen`, only
    long answers are left to begin, which may let others go first.

    Args:
        served: the recipe.
        options: of the call.
        messages: what came.
        size: how many bytes they were.
        deadline: when to stop judging, in seconds of `time.monotonic()`; None for no limit.
        call: who watches the call.
        answer: makes a message to answer with, and within it the block that is to hold scores.
    """

    def __init__(
        self,
        served: Served,
        options: reward_service_pb2.ScoreOptions,
        messages: Sequence[rollout_pb2.Rollout],
        size: int,
        deadline: float | None,
        call: Call,
        answer: Callable[[], tuple[Message, score_pb2.ScoreBlock]],
    ) -> None:
        self._served = served
        self._answer = answer
        self._options = options
        self._messages = messages
        self._deadline = deadline
        self._call = call
        self._came = time.monotonic()
        self._next = 0
        self.pace = served.pace if size <= _QUICK_BYTES else None
        """How long the steps take, short answers alone; None where that is not known of others."""
        self._step = max(len(messages), 1)
        if served.summary.scope == "row":
            each = max(size // self._step, 1)
            self._step = min(max(_STEP_BYTES // each, 1), _STEP_ROLLOUTS)
        self._open: list[_Part] = []
        self._seen = False
        self._given_up = False

    @property
    def seen(self) -> bool:
        """Whether every rollout has been looked at, and the short answers compared."""
        return self._seen

    @property
    def begun(self) -> bool:
        """Whether every answer has been looked at."""
        return self._seen and all(part.scoring.begun for part in self._open)

    @property
    def waiting(self) -> list[Future[Verdict]]:
        """The answers still being judged."""
        return [future for part in self._open for future in part.scoring.waiting]

    @property
    def done(self) -> bool:
        """Whether every rollout has been given out."""
        return self._seen and not self._open

    def give_up(self) -> None:
        """Nobody waits for these rollouts any more: stop judging them."""
        self._given_up = True
        for future in self.waiting:
            future.cancel()

    def begin(self) -> bytes | None:
        """Look at the next rollouts; gives the scores of those that need no waiting, None if there are none.

        What it gives is the message that answers them, as it is sent.

        Raises:
            InvalidCallError: two rollouts share an id.
            IncompleteGroupError: the recipe compares groups and here is a part of one.
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
        """The next step of the first rollouts that need one."""
        return self._step_of(next(part for part in self._open if not part.scoring.begun))

    def _step_of(self, part: _Part) -> bytes | None:
        answer = self._ready(part)
        if part.scoring.done:
            self._open.remove(part)
        if self._given_up:  # while this was under way
            self.give_up()
        return answer

    def ready(self) -> Iterator[bytes]:
        """The scores that can be given by now and were not given out yet, as :meth:`begin` gives them."""
        for part in self._open:
            if (answer := self._ready(part)) is not None:
                yield answer
        self._open = [part for part in self._open if not part.scoring.done]

    def _part(self, messages: Sequence[rollout_pb2.Rollout], first: int) -> _Part:
        batch = ReceivedBatch(messages)
        if self._call.reads_text:
            self._call.brought(batch.rollouts)
        timeout = None if self._deadline is None else max(self._deadline - time.monotonic(), 0.0)
        scoring = self._served.scorer.start(batch, timeout=timeout, lenient=True)
        return _Part(scoring, batch.ids, batch.invalid, first)

    def _ready(self, part: _Part) -> bytes | None:
        try:
            found = part.scoring.ready()
        except RewardError as error:
            if not (error.overflow and self._served.inline):
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
            told = {
                at: error.about(f"rollouts[{index[at] + part.first}]") for at, error in scores.errors.items()
            }
            errors = {**told, **errors}
        if errors:
            scores = dataclasses.replace(scores, errors={**scores.errors, **errors})
        ids = part.ids if len(index) == len(part.ids) else [part.ids[row] for row in index]
        return self._answered(rows, scores, part.first, ids)

    def _answered(self, rows: NDArray[np.intp], scores: Scores, first: int, ids: Sequence[str]) -> bytes:
        last = self._seen and all(part.scoring.done for part in self._open)
        self._call.scored(scores, time.monotonic() - self._came, last=last)
        message, block = self._answer()
        wanted = {"spans": self._options.include_spans, "parts": self._options.include_parts}
        scores_to_wire(scores, (rows + first).tolist(), ids, block, **wanted)
        return message.SerializeToString()

    def _too_late(self, size: int) -> Scores:
        empty = self._served.scorer.score([])
        unknown = np.full(size, math.nan)
        named = labels(self._served.scorer.recipe.reward)
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
    """Some rollouts of the message that are scored together."""

    scoring: Scoring
    ids: Sequence[str]
    invalid: Mapping[int, InvalidRolloutError]
    first: int
    """Where the first of them stands in the message."""


def _judges(node: Reward) -> bool:
    """Whether a node asks the judge itself, by whatever name it goes."""
    while isinstance(node, Named):
        node = node.reward
    return node.is_component and type(node).questions is not Reward.questions
