"""The books of one remote call: which rollouts travel together, and which have been answered.

Knows nothing of connections; :mod:`rewards.client` sends what this hands out, as often as it takes.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from rewards.errors import DigestMismatchError, ProtocolError
from rewards.scores import joined
from rewards.wire import about_bytes, rollout_to_wire
from rewards.wire_scores import scores_from_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rewards.rollout import Batch
    from rewards.scores import Scores
    from rewards.v1 import rollout_pb2, score_pb2

__all__ = ["Delivery"]

_FRAME_BYTES = 1 << 20
"""How much travels in one message: ten times faster than one huge message."""

_FRAME_ROLLOUTS = 512
"""How many rollouts travel in one message: few enough that several servers share a call of short ones."""


class Delivery:
    """Every rollout of a batch, until it has been answered exactly once.

    Raises:
        InvalidRolloutError: a rollout that cannot travel.
    """

    def __init__(self, batch: Batch) -> None:
        self.messages = [rollout_to_wire(rollout) for rollout in batch]
        self._sizes = [about_bytes(rollout) for rollout in batch]
        self._open = np.ones(len(self.messages), dtype=np.bool_)
        self._parts: list[tuple[NDArray[np.intp], Scores]] = []
        self._header: score_pb2.ScoreHeader | None = None
        self._lock = threading.Lock()

    @property
    def num_open(self) -> int:
        """How many rollouts have not been answered."""
        return int(self._open.sum())

    @property
    def done(self) -> bool:
        """Whether all have been answered; a batch of none needs one answer, too."""
        return bool(self._parts) and not self._open.any()

    @property
    def has_groups(self) -> bool:
        """Whether any rollout belongs to a group."""
        return any(message.HasField("group_id") for message in self.messages)

    def frames(self, *, whole_groups: bool) -> list[NDArray[np.intp]]:
        """The rows not answered yet, cut into frames; at least one frame.

        Args:
            whole_groups: keep all rollouts of one group in one frame.
        """
        frames: list[NDArray[np.intp]] = []
        frame: list[int] = []
        size = 0
        for unit in self._units(whole_groups=whole_groups):
            weight = sum(self._sizes[row] for row in unit)
            if frame and (size + weight > _FRAME_BYTES or len(frame) + len(unit) > _FRAME_ROLLOUTS):
                frames.append(np.asarray(frame, dtype=np.intp))
                frame, size = [], 0
            frame += unit
            size += weight
        return [*frames, np.asarray(frame, dtype=np.intp)]

    def rollouts(self, rows: NDArray[np.intp]) -> list[rollout_pb2.Rollout]:
        """The messages of these rows."""
        return [self.messages[row] for row in rows.tolist()]

    def announce(self, header: score_pb2.ScoreHeader) -> None:
        """Take note of what a server said about its scores.

        Raises:
            DigestMismatchError: another recipe or environment than in an earlier answer of this call.
        """
        with self._lock:
            first = self._header = self._header or header
        for what in ("recipe_digest", "environment_digest"):
            if (mine := getattr(first, what)) != (theirs := getattr(header, what)):
                message = (
                    f"the servers do not agree on {first.recipe}: {what} is {mine} with one and {theirs} "
                    "with another; bring them to one version, or pin the digest"
                )
                raise DigestMismatchError(message)

    def answer(
        self, rows: NDArray[np.intp], block: score_pb2.ScoreBlock, header: score_pb2.ScoreHeader
    ) -> None:
        """Take note of scores of some of the rollouts that travelled as `rows`.

        Raises:
            ProtocolError: a rollout answered twice, or one that did not travel there.
        """
        given, scores = scores_from_wire(block, header, rows)
        with self._lock:
            if not self._open[given].all() or len(np.unique(given)) != len(given):
                message = "the server answered a rollout twice"
                raise ProtocolError(message)
            self._open[given] = False
            self._parts.append((given, scores))

    def scores(self) -> Scores:
        """All answers, in the order of the batch."""
        return joined(len(self.messages), self._parts)

    def _units(self, *, whole_groups: bool) -> Sequence[list[int]]:
        """The open rows, in lists that may not be torn apart."""
        rows: list[int] = np.flatnonzero(self._open).tolist()
        if not whole_groups:
            return [[row] for row in rows]
        units: dict[str | int, list[int]] = {}
        for row in rows:
            message = self.messages[row]
            key = message.group_id if message.HasField("group_id") else row
            units.setdefault(key, []).append(row)
        return list(units.values())
