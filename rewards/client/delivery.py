"""The state of one remote call: rollouts cut into frames, and those still unanswered.

Knows nothing of connections; :mod:`rewards.client.remote` sends what this hands out, as often as it takes.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from rewards.errors import DigestMismatchError, ProtocolError
from rewards.scores import joined
from rewards.wire.rollouts import about_bytes, rollouts_to_wire
from rewards.wire.scores import scores_from_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from rewards.rollout import Batch
    from rewards.scores import Scores
    from rewards.v1 import rollout_pb2, score_pb2

__all__ = ["FRAME_BYTES", "FRAME_ROLLOUTS", "PendingFrames", "check_digests"]

FRAME_BYTES = 1 << 20
"""Maximum size in bytes of one frame: ten times faster than one huge message."""

FRAME_ROLLOUTS = 512
"""Maximum number of rollouts in one frame: few enough that several servers share a call of short ones."""


def check_digests(first: score_pb2.ScoreHeader, header: score_pb2.ScoreHeader) -> None:
    """Compare the headers of two answers of one call.

    Raises:
        DigestMismatchError: they come from different recipes or environments.
    """
    for digest in ("recipe_digest", "environment_digest"):
        if (mine := getattr(first, digest)) != (theirs := getattr(header, digest)):
            message = (
                f"the servers do not agree on {first.recipe}: {digest} is {mine} in one answer and {theirs} "
                "in another; bring them to one version, or pin the digest"
            )
            raise DigestMismatchError(message)


class PendingFrames:
    """The rollouts of a batch that wait for an answer; each is answered exactly once."""

    def __init__(self, batch: Batch) -> None:
        self._rollouts = batch.columns
        self._sizes = np.asarray(about_bytes(self._rollouts), dtype=np.intp)
        self._open = np.ones(len(batch), dtype=np.bool_)
        self._parts: list[tuple[NDArray[np.intp], Scores]] = []
        self._header: score_pb2.ScoreHeader | None = None
        self._lock = threading.Lock()

    @property
    def num_open(self) -> int:
        """Number of rollouts that have not been answered."""
        return int(self._open.sum())

    @property
    def done(self) -> bool:
        """True if all rollouts have been answered; an empty batch needs one answer, too."""
        return bool(self._parts) and not self._open.any()

    @property
    def has_groups(self) -> bool:
        """True if any rollout belongs to a group."""
        there = "group_id" in self._rollouts.filled
        return there and any(group is not None for group in self._rollouts["group_id"])

    def frames(self, *, whole_groups: bool) -> list[NDArray[np.intp]]:
        """Return the rows not answered yet, cut into frames; at least one frame.

        Args:
            whole_groups: keep all rollouts of one group in one frame.
        """
        rows = np.flatnonzero(self._open)
        if not whole_groups:
            return np.split(rows, _cuts(self._sizes[rows].tolist(), [1] * len(rows)))
        groups = self._groups(rows)
        cuts = _cuts([int(self._sizes[group].sum()) for group in groups], list(map(len, groups)))
        starts = np.cumsum([0, *map(len, groups)])
        return np.split(np.concatenate([rows[:0], *groups]), starts[cuts])

    def write(self, rows: NDArray[np.intp], add: Callable[[], rollout_pb2.Rollout]) -> None:
        """Write these rows into the messages that `add` adds to the request."""
        rollouts_to_wire(self._rollouts.take(rows), add)

    def record_header(self, header: score_pb2.ScoreHeader) -> None:
        """Record the header that a server sent before its scores.

        Raises:
            DigestMismatchError: another recipe or environment than in an earlier answer of this call.
        """
        with self._lock:
            first = self._header = self._header or header
        check_digests(first, header)

    def record_scores(
        self, rows: NDArray[np.intp], block: score_pb2.ScoreBlock, header: score_pb2.ScoreHeader
    ) -> None:
        """Record the scores of some of the rollouts that were sent as `rows`.

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
        """Return all scores, in the order of the batch."""
        return joined(self._rollouts.size, self._parts)

    def _groups(self, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Return the rows of each group, in order of appearance; a row without a group is one of its own."""
        groups: dict[str | int, list[int]] = {}
        for row in rows.tolist():
            group = self._rollouts["group_id"][row]
            groups.setdefault(row if group is None else group, []).append(row)
        return [np.asarray(group, dtype=np.intp) for group in groups.values()]


def _cuts(sizes: Sequence[int], counts: Sequence[int]) -> list[int]:
    """Return the indices of units at which a new frame begins, given the bytes and rollouts of each unit."""
    cuts: list[int] = []
    bytes_, rollouts = 0, 0
    for unit, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        if rollouts and (bytes_ + size > FRAME_BYTES or rollouts + count > FRAME_ROLLOUTS):
            cuts.append(unit)
            bytes_, rollouts = 0, 0
        bytes_ += size
        rollouts += count
    return cuts
