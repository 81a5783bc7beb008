r"""AReaL: a recipe as the reward function of `RLVRWorkflow` and its relatives.

::

    from trainer_adapters.areal import reward_function

    reward = reward_function("r1-zero", gold="answer")

in a module `my_rewards`, and `reward_fn="my_rewards.reward"` among the workflow's arguments: AReaL's
controller sends them to its workers as JSON, which holds no function.

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
    from pathlib import Path
    from typing import Any, Unpack

    from rewards import Recipe, Reward

__all__ = ["RewardFunction", "reward_function"]

TRAINER = Trainer(
    name="AReaL",
    missing_fields=all_but("completion_ids"),
    workaround="log-probabilities and whole groups are there in `touchstone train` and in slime, or leave "
    "that reward out",
)
_SAMPLE = ("prompt", "completions", "prompt_ids", "completion_ids")
"""Arguments of a call, in their order."""


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

    def __call__(self, *sample: Any, **row: Any) -> float:  # noqa: ANN401  # AReaL's, see below
        """Return the reward of one completion.

        Args:
            *sample: the prompt, the completion, and the token ids of both; AReaL's workflow for images passes
                them by the names `prompt`, `completions`, `prompt_ids` and `completion_ids`.
            **row: the columns of the data, of which one may well be called `prompt`.
        """
        prompt, completion, _, completion_ids = sample or [row.pop(name) for name in _SAMPLE]
        gold = self.scorer.gold_column(row)
        rollout = self.scorer.rollout(
            without_stop_tokens(completion),
            gold=cell(row, gold),
            row=row,
            prompt=prompt,
            completion_ids=completion_ids,
        )
        scores = self.scorer.scores([rollout])
        # Looked up in each call, since AReaL's modules put a new root in place of that of all loggers.
        logging.getLogger("touchstone.areal").info("%s", self.scorer.logs(scores, 0))
        return self.scorer.values(scores)[0]
