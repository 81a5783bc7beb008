"""Observer interface of the server: event callbacks for metrics, logs and traces, no-ops by default.

Subclass :class:`Observer` and :class:`CallObserver`; callbacks must be cheap and must not raise. Prompts,
completions and other text of users and policies are passed only as far as :class:`rewards.Scores` holds
them, unless a call sets :attr:`CallObserver.reads_text`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import grpc

    from rewards.errors import TouchstoneError
    from rewards.recipe.summary import RecipeSummary
    from rewards.rollout import Rollout
    from rewards.scores import Scores
    from rewards.verdict import Verdict
    from server.telemetry.definitions import MetricFunction

__all__ = ["CallObserver", "Observer"]


class CallObserver:
    """Callbacks for one call, from its arrival to its status."""

    reads_text: bool = False
    """True if :meth:`on_rollouts` is to be called."""

    @property
    def trailing_metadata(self) -> Sequence[tuple[str, str]]:
        """Trailing metadata sent to the client at the end of the call, on success and on failure."""
        return ()

    def on_recipe(self, recipe: str) -> None:
        """Called when the recipe of the call is known; `recipe` is its title `name@version`, or `inline`."""

    def on_admitted(self, rollouts: int, size: int) -> None:
        """Called when a batch or frame is admitted, with its number of rollouts and its size in bytes."""

    def on_rollouts(self, rollouts: Sequence[Rollout]) -> None:
        """Called with the rollouts of an admitted batch or frame, if :attr:`reads_text`.

        Runs where scoring runs: in a thread, or on the event loop.
        """

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        """Called when some rollouts of a batch or frame have been scored; `last` is True for its last ones.

        Runs where scoring runs, `seconds` after the frame was admitted. Rollouts that could not be scored
        are in `scores.errors`.
        """

    def on_end(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        """Called when the call ends. `error` is the error sent, None on success or if the client is gone."""


class Observer:
    """Callbacks for one serving process."""

    def on_reload_failed(self, reason: str) -> None:
        """Called when a reload has failed and the current recipes stay in force."""

    def on_recipes_loaded(self, recipes: Sequence[RecipeSummary], environment_digest: str) -> None:
        """Called with the recipes served, before the first call and after every reload."""

    def on_judged(self, verdicts: Collection[Verdict]) -> None:
        """Called with new verdicts of the judge, without cache hits. May run in any thread."""

    def register_functions(self, functions: Sequence[MetricFunction]) -> None:
        """Called once, before the first call, with the metrics to read where they are kept, at any time."""

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        """Return the callbacks for a new call of `Score`, `ScoreStream` or `ListRecipes`.

        A call that is refused may have any method name.
        """
        del method, peer, metadata
        return _UNWATCHED


_UNWATCHED = CallObserver()
