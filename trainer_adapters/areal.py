r"""AReaL: a recipe as the reward function of `RLVRWorkflow` and its relatives.

::

    from trainer_adapters.areal import reward_function

    workflow = RLVRWorkflow(reward_fn=reward_function("r1-zero"), ...)

AReaL calls it in processes of its own, with the prompt, the completion, both as token ids, and the
columns of the row. After four timeouts of 15 seconds it takes the reward for 0, so a call here raises after
`timeout=10` seconds at the latest. Left out: log-probabilities and groups, which are not passed, and the
components, which AReaL has no place for; they are logged by the standard `logging`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rewards.text.stop_tokens import without_stop_tokens
from trainer_adapters.scoring.rows import cell
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Unpack

    from rewards import Recipe, Reward

__all__ = ["RewardFunction", "reward_function"]

TRAINER = Trainer(
    name="AReaL",
    missing_fields=all_but("completion_ids"),
    workaround="log-probabilities and whole groups are there in `touchstone train` and in slime, or leave "
    "that reward out",
)


def reward_function(recipe: Recipe | Reward | str | Path, **options: Unpack[Options]) -> RewardFunction:
    """Return a recipe as AReaL's `reward_fn`.

    Args:
        recipe: a recipe, a reward, or the name or path of a recipe.
        **options: see :class:`trainer_adapters.scoring.scorer.Options`; `gold` names a column, `timeout` is
            10 seconds by default.

    Raises:
        InvalidParameterError: the recipe needs fields that AReaL does not pass.
    """
    settings: Options = {"timeout": 10.0, **options}
    return RewardFunction(TrainerScorer(recipe, TRAINER, settings))


class RewardFunction:
    """A reward function that AReaL calls in another process, for one sample."""

    def __init__(self, scorer: TrainerScorer) -> None:
        self.scorer = scorer
        self.__name__ = scorer.summary.name

    def __call__(
        self,
        prompt: str,
        completions: str,
        prompt_ids: Sequence[int],  # noqa: ARG002
        completion_ids: Sequence[int],
        **row: object,
    ) -> float:
        """Return the reward of one completion."""
        gold = self.scorer.gold_column(row)
        rollout = self.scorer.rollout(
            without_stop_tokens(completions),
            gold=cell(row, gold),
            row=row,
            prompt=prompt,
            completion_ids=completion_ids,
        )
        scores = self.scorer.scores([rollout])
        # Not a constant of the module: AReaL replaces all loggers whenever it makes one.
        logging.getLogger("touchstone.areal").info("%s", self.scorer.logs(scores, 0))
        return self.scorer.values(scores)[0]
