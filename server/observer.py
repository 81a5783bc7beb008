"""What watches a server at work: called at the few points where something happens, and does nothing here.

The seam for metrics, logs and traces, which are none of the service's business. Subclass
:class:`Observer` and :class:`Call`; both are cheap to call and must not raise. Nothing that a policy
or a user wrote is handed over but what :class:`rewards.Scores` holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import grpc

    from rewards.errors import TouchstoneError
    from rewards.scores import Scores

__all__ = ["Call", "Observer"]


class Call:
    """One call, from its arrival to its status."""

    def found(self, recipe: str) -> None:
        """The call named a recipe that is here; its title is `name@version`."""

    def accepted(self, rollouts: int, size: int) -> None:
        """A batch or a frame was let in, of so many rollouts and bytes."""

    def scored(self, scores: Scores, seconds: float) -> None:
        """Some rollouts of a batch or frame are on their way back, `seconds` after it was let in.

        Called in a scoring thread. Rollouts that could not be scored are in `scores.errors`.
        """

    def ended(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        """The call is over. `error` is what the client was told, None where all went well or it had gone."""


class Observer:
    """Watches one serving process."""

    def kept(self, reason: str) -> None:
        """The recipes could not be loaded anew, and stay as they were."""

    def watch(self, gauges: Mapping[str, Callable[[], float]]) -> None:
        """Told once, before the first call: figures of this process by name, to be read at any time.

        `pending_bytes`, `pending_bytes_limit`, `waiting_frames` and, of the judge, `asked`,
        `remembered`, `decided`, `joined` and `sent`, which only ever grow.
        """

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> Call:
        """A call of `method` (`Score`, `ScoreStream` or `ListRecipes`) has come."""
        del method, peer, metadata
        return _UNWATCHED


_UNWATCHED = Call()
