"""What watches a server at work: called at the few points where something happens, and does nothing here.

The seam for metrics, logs and traces, which are none of the service's business. Subclass
:class:`Observer` and :class:`Call`; both are cheap to call and must not raise. Nothing that a policy
or a user wrote is handed over but what :class:`rewards.Scores` holds, unless a call asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import grpc

    from rewards.errors import TouchstoneError
    from rewards.recipe.summary import RecipeSummary
    from rewards.rollout import Rollout
    from rewards.scores import Scores
    from rewards.verdict import Verdict

__all__ = ["Call", "Observer"]


class Call:
    """One call, from its arrival to its status."""

    reads_text: bool = False
    """Whether :meth:`brought` is to be called."""

    @property
    def trailing_metadata(self) -> Sequence[tuple[str, str]]:
        """What the client is told at the end of the call, however it ends."""
        return ()

    def found(self, recipe: str) -> None:
        """The call named a recipe that is here; its title is `name@version`."""

    def accepted(self, rollouts: int, size: int) -> None:
        """A batch or a frame was let in, of so many rollouts and bytes."""

    def brought(self, rollouts: Sequence[Rollout]) -> None:
        """The rollouts of a batch or frame that was let in.

        Called where scoring runs: in a thread, or on the event loop.
        """

    def scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        """Some rollouts of a batch or frame, the last ones or not, are on their way back.

        Called where scoring runs, `seconds` after the frame was let in. Rollouts that could not be scored
        are in `scores.errors`.
        """

    def ended(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        """The call is over. `error` is what the client was told, None where all went well or it had gone."""


class Observer:
    """Watches one serving process."""

    def kept(self, reason: str) -> None:
        """The recipes could not be loaded anew, and stay as they were."""

    def serves(self, recipes: Sequence[RecipeSummary], environment_digest: str) -> None:
        """Told before the first call, and again whenever the recipes have changed."""

    def judged(self, verdicts: Collection[Verdict]) -> None:
        """Answers were judged, and not just remembered. Called in any thread."""

    def watch(self, gauges: Mapping[str, Callable[[], float]]) -> None:
        """Told once, before the first call: figures of this process by name, to be read at any time.

        `pending_bytes`, `pending_bytes_limit`, `waiting_frames`; of the judge `pending_answers`, and
        `asked`, `remembered`, `decided`, `joined` and `sent`, which only ever grow; of the pool
        `workers/LANE`, and `worker_kills/REASON`, which only ever grow; `stale_files/FILE`, of a file that is
        read while the server runs and cannot be read any more.
        """

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> Call:
        """A call of `method` has come: `Score`, `ScoreStream`, `ListRecipes`; or any, to be refused."""
        del method, peer, metadata
        return _UNWATCHED


_UNWATCHED = Call()
