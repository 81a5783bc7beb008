"""Rollouts that came in one message, until each has its score; knows neither gRPC nor event loops."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

import numpy as np

from rewards.errors import InvalidCallError, InvalidRolloutError
from rewards.rollout import Rollout
from rewards.scores import joined
from rewards.wire import rollout_from_wire
from rewards.wire_scores import scores_to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from rewards.scores import Scores
    from rewards.v1 import reward_service_pb2, rollout_pb2, score_pb2
    from rewards.verdict import Verdict
    from server.catalogue import Served
    from server.observer import Call

__all__ = ["FrameScoring"]


class FrameScoring:
    """Scores the rollouts that convert, and says of the others why they do not.

    Args:
        served: the recipe.
        options: of the call.
        messages: what came.
        deadline: when to stop judging, in seconds of `time.monotonic()`; None for no limit.
        call: who watches the call.

    Raises:
        InvalidCallError: two rollouts share an id.
        IncompleteGroupError: the recipe compares groups and here is a part of one.
    """

    def __init__(
        self,
        served: Served,
        options: reward_service_pb2.ScoreOptions,
        messages: Sequence[rollout_pb2.Rollout],
        deadline: float | None,
        call: Call,
    ) -> None:
        self._began = time.monotonic()
        self._call = call
        self._options = options
        self._ids = [message.id for message in messages]
        _refuse_duplicates(self._ids)
        self._invalid: dict[int, InvalidRolloutError] = {}
        rollouts: list[Rollout] = []
        for row, message in enumerate(messages):
            try:
                rollouts.append(rollout_from_wire(message))
            except InvalidRolloutError as error:
                self._invalid[row] = error
                rollouts.append(Rollout(completion=""))  # keeps the place; its scores are not given out
        if call.reads_text:
            call.brought(rollouts)
        timeout = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        self._scoring = served.scorer.start(rollouts, timeout=timeout, lenient=True)

    @property
    def waiting(self) -> frozenset[Future[Verdict]]:
        """The answers still being judged."""
        return self._scoring.waiting

    @property
    def done(self) -> bool:
        """Whether every rollout has been given out."""
        return self._scoring.done

    def ready(self) -> tuple[NDArray[np.intp], Scores] | None:
        """The rows that were not given out yet and can be scored by now, with their scores; else None."""
        if (part := self._scoring.ready()) is None:
            return None
        rows, scores = part
        if self._invalid:
            invalid = {at: self._invalid[row] for at, row in enumerate(rows.tolist()) if row in self._invalid}
            scores = dataclasses.replace(scores, errors={**scores.errors, **invalid})
        self._call.scored(scores, time.monotonic() - self._began, last=self._scoring.done)
        return rows, scores

    def ready_block(self) -> score_pb2.ScoreBlock | None:
        """The message for what is :meth:`ready`."""
        part = self.ready()
        return None if part is None else self._block(*part)

    def whole_block(self, parts: Sequence[tuple[NDArray[np.intp], Scores]]) -> score_pb2.ScoreBlock:
        """The message for everything that was ever ready, in the order of the rollouts."""
        size = len(self._ids)
        return self._block(np.arange(size), parts[0][1] if len(parts) == 1 else joined(size, parts))

    def _block(self, rows: NDArray[np.intp], scores: Scores) -> score_pb2.ScoreBlock:
        indices = rows.tolist()
        return scores_to_wire(
            scores,
            indices,
            [self._ids[index] for index in indices],
            spans=self._options.include_spans,
            parts=self._options.include_parts,
        )


def _refuse_duplicates(ids: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for index, id_ in enumerate(ids):
        if id_ and (first := seen.setdefault(id_, index)) != index:
            message = (
                f"rollouts[{first}] and rollouts[{index}] share the id {id_!r}; ids are unique in a call"
            )
            raise InvalidCallError(message)
