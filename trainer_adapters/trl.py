r"""TRL: a recipe as `reward_funcs` for GRPO, RLOO and the other online trainers.

::

    from trainer_adapters.trl import reward_funcs

    rewards = reward_funcs("r1-zero")                    # or server="reward-host:50051"
    GRPOTrainer(reward_funcs=rewards, args=GRPOConfig(reward_weights=rewards.weights, ...), ...)

A recipe that is a weighted sum becomes one named function per term, so that TRL logs each of them;
any other recipe becomes one function for the total, with its components logged as metrics. Each
batch is scored once. A row that was not judged is None in every function, so that TRL leaves it out.

Left out: log-probabilities, unless a `rollout_func` returns them and `rollout_columns` says so; a recipe
that needs them is refused at set-up.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from trainer_adapters.scoring.batches import Batches
from trainer_adapters.scoring.rows import text_of
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.terms import Term, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, Unpack

    from rewards import Recipe, Reward, Rollout, Scores

__all__ = ["RewardFunctions", "reward_funcs"]


class RewardFunctions(list["RewardFunction"]):
    """The functions to pass as `reward_funcs`, with the `weights` to pass as `reward_weights`."""

    @property
    def weights(self) -> list[float]:
        """One weight per function, in their order."""
        return [function.weight for function in self]

    @property
    def scorer(self) -> TrainerScorer:
        """The scorer of these functions."""
        return self[0].columns.scorer

    @property
    def last(self) -> Scores:
        """The scores of the last batch."""
        return self[0].columns.last

    def score_by(self, scorer: TrainerScorer) -> None:
        """Score by another recipe of the same terms from here on: one of another window, for example."""
        self[0].columns.scorer = scorer


def reward_funcs(
    recipe: Recipe | Reward | str | Path,
    *,
    asynchronous: bool = False,
    weigh: bool = False,
    rollout_columns: Iterable[str] = (),
    **options: Unpack[Options],
) -> RewardFunctions:
    """Return a recipe as TRL reward functions.

    Args:
        recipe: a recipe, a reward, or the name or path of a recipe; with `server`, the name there.
        asynchronous: make coroutine functions, which TRL runs at the same time as others.
        weigh: multiply the weights in, for a trainer without `reward_weights` (AsyncGRPO).
        rollout_columns: which of `logprobs`, `finish_reason` and `completion_mask` the trainer's
            `rollout_func` returns, under these names.
        **options: see :class:`trainer_adapters.scoring.scorer.Options`; `gold` names a column.

    Raises:
        InvalidParameterError: the recipe needs fields that TRL does not pass.
    """
    trainer = Trainer(
        name="TRL",
        missing_fields=all_but("completion_ids", *rollout_columns),
        workaround="train with `touchstone train`, which does, return it from a rollout_func and say so with "
        "rollout_columns=..., or leave that reward out",
        sees_groups=True,
    )
    columns = _TrlBatches(TrainerScorer(recipe, trainer, options), rollout_columns)
    kind = AsyncRewardFunction if asynchronous else RewardFunction
    found = terms(columns.scorer)
    return RewardFunctions(kind(term, columns, logs=at == 0, weigh=weigh) for at, term in enumerate(found))


class RewardFunction:
    """A reward function that TRL calls with the columns of a batch."""

    def __init__(self, term: Term, columns: _TrlBatches, *, logs: bool, weigh: bool) -> None:
        self.__name__ = term.name  # TRL logs it as `rewards/<name>/mean`
        self.weight = 1.0 if weigh else term.weight
        self._factor = term.weight if weigh else 1.0
        self._term = term
        self.columns = columns
        self._logs = logs

    def __call__(self, completions: Sequence[object], **columns: object) -> list[float | None]:
        """Return one value per completion; None from every function for a row that was not judged."""
        scores = self.columns.scored(completions, columns)
        if self._logs:
            _log(scores, columns, self.columns.golds)
        return self._term.values(scores, unjudged=self.columns.scorer.unjudged, factor=self._factor)


class AsyncRewardFunction(RewardFunction):
    """The same as a coroutine function, for which the event loop stays free."""

    async def __call__(  # type: ignore[override]  # TRL tells the two kinds apart by this very difference
        self, completions: Sequence[object], **columns: object
    ) -> list[float | None]:
        """See :meth:`RewardFunction.__call__`."""
        return await asyncio.to_thread(super().__call__, completions, **columns)


class _TrlBatches(Batches):
    """Batches as TRL passes them: columns by name."""

    def __init__(self, scorer: TrainerScorer, rollout_columns: Iterable[str]) -> None:
        super().__init__(scorer)
        self._extra = tuple(rollout_columns)

    def rollout(self, completion: object, row: Mapping[str, Any], gold: object) -> Rollout:
        """See :class:`Batches`."""
        return self.scorer.rollout(
            text_of(completion),
            gold=gold,
            row=row,
            prompt=row.get("prompts"),
            completion_ids=row.get("completion_ids"),
            **{name: row.get(name) for name in self._extra},
        )


def _log(scores: Scores, columns: dict[str, object], golds: Sequence[Sequence[str]]) -> None:
    log_metric: Callable[[str, float], None] | None = columns.get("log_metric")  # type: ignore[assignment]
    log_extra: Callable[[str, list[object]], None] | None = columns.get("log_extra")  # type: ignore[assignment]
    statuses = [verdict.status.value if verdict else "" for verdict in scores.verdicts]
    if log_metric is not None:
        for name, values in scores.components.items():
            if judged := [value for value in values.tolist() if not math.isnan(value)]:
                log_metric(f"components/{name}", sum(judged) / len(judged))
        for status in sorted(set(statuses) - {""}):
            log_metric(f"verdicts/{status.lower()}", statuses.count(status) / len(statuses))
    if log_extra is not None:
        if any(golds):
            # Lists in every row, since a column of the table has one type; commands read the table by it.
            log_extra("ground_truth", [list(one) or None for one in golds])
        log_extra("verdict", list(statuses))
        for name, values in scores.components.items():
            log_extra(name, values.tolist())
