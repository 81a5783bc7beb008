"""The interface of local and remote scorers, `score(rollouts) -> Scores`, and the scorer of this process.

:class:`LocalScorer` is the reference. What it gives, :class:`rewards.client.remote.RemoteScorer` gives to
the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rewards.algebra import labels
from rewards.parameters import check_arguments, require
from rewards.recipe.recipe import Recipe
from rewards.rollout import Batch
from rewards.scores import joined
from rewards.scoring import Scoring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from rewards.evaluation import Judge
    from rewards.reward import Reward
    from rewards.rollout import Rollout
    from rewards.scores import Scores

__all__ = ["LocalScorer", "Scorer"]


class Scorer(Protocol):
    """Anything that scores rollouts by a recipe."""

    def score(
        self, rollouts: Sequence[Rollout], *, timeout: float | None = None, lenient: bool = False
    ) -> Scores:
        """Return the scores of `rollouts`, in their order.

        Args:
            rollouts: at most one of each id.
            timeout: seconds for the whole call; what is not judged by then is NOT_JUDGED.
            lenient: report rollouts that lack a field in `Scores.errors` instead of raising.

        Raises:
            MissingFieldError: a rollout lacks a field the recipe needs, unless `lenient`.
            InvalidCallError: two rollouts share an id.
        """

    def close(self) -> None:
        """Close connections; the scorer may not be used afterwards."""


class LocalScorer:
    r"""Scores in this process; only answers that need symbols go to the shared worker pool.

    Args:
        recipe: a :class:`Recipe`, a bare reward, the name of a shipped recipe, or a path to one.
        judge: who judges answers; by default the one that this process shares.

    Raises:
        UnknownRecipeError: no recipe of that name or path.
        DuplicateComponentError: two different components of one name.
        InvalidParameterError: a recipe or judge of another type, or a recipe whose weights change over steps.

    >>> from rewards import LocalScorer, Rollout
    >>> scores = LocalScorer("r1-zero").score(
    ...     [Rollout(completion=r"<think>2 + 2</think> \boxed{4}", ground_truth="4")]
    ... )
    >>> float(scores.totals[0])
    1.5
    """

    def __init__(self, recipe: Recipe | Reward | str | Path, *, judge: Judge | None = None) -> None:
        check_arguments(LocalScorer.__init__, "LocalScorer", {"recipe": recipe})
        asked = judge is None or hasattr(judge, "ask")
        require(asked, f"LocalScorer: judge is of type {type(judge).__name__}; it must have a method ask")
        self.recipe = Recipe.of(recipe).scored
        message = (
            f"the weights of recipe {self.recipe.title} change over optimizer steps, and no step is given: "
            "score by the recipe of one step, recipe.at_step(n)"
        )
        require(not self.recipe.is_scheduled, message)
        self._judge = judge
        self._labels = labels(self.recipe.reward)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: the worker pool belongs to the process and ends with it."""

    def score(
        self, rollouts: Sequence[Rollout], *, timeout: float | None = None, lenient: bool = False
    ) -> Scores:
        """See :meth:`Scorer.score`."""
        scoring = self._start(rollouts, timeout, lenient=lenient, at_once=True)
        return joined(len(scoring.batch), list(scoring))

    def start(
        self, rollouts: Batch | Sequence[Rollout], *, timeout: float | None = None, lenient: bool = False
    ) -> Scoring:
        """Begin to score `rollouts`; the result gives each row as soon as its answer has been judged."""
        return self._start(rollouts, timeout, lenient=lenient, at_once=False)

    def _start(
        self, rollouts: Batch | Sequence[Rollout], timeout: float | None, *, lenient: bool, at_once: bool
    ) -> Scoring:
        batch = rollouts if isinstance(rollouts, Batch) else Batch(rollouts)
        return Scoring(
            batch,
            self.recipe,
            self._labels,
            judge=self._judge,
            timeout=timeout,
            lenient=lenient,
            at_once=at_once,
        )
