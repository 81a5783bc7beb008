r"""verifiers before v1: a recipe as a Rubric.

::

    from trainer_adapters.verifiers_rubric import rubric

    vf.SingleTurnEnv(dataset=..., rubric=rubric("r1-zero"))

Every component is one of the state's metrics. A Rubric turns any error inside a reward function into 0,
so ours scores outside of reward functions, and a rollout that was not judged raises. Left out: fields
that such an environment does not pass, which are all but the text.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rewards.analysis.cells import as_object
from rewards.analysis.turns import was_parsed
from trainer_adapters.scoring.names import Names
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.turns import of_messages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Unpack

    from rewards import Recipe, Reward, Rollout

__all__ = ["rubric"]

TRAINER = Trainer(
    name="a verifiers Rubric",
    missing_fields=all_but(),
    workaround="use verifiers v1, whose traces have tokens and log-probabilities, or take lengths by "
    "tokenize=...; whole groups are there in `touchstone train` and in slime",
)


def rubric(recipe: Recipe | Reward | str | Path, **options: Unpack[Options]) -> object:
    """Return a recipe as a `verifiers.Rubric`, for environments of before v1.

    The gold is a state's `answer`, unless `gold` names a key of its `info`.

    Raises:
        InvalidParameterError: the recipe needs what a Rubric is not given.
        ImportError: verifiers is not installed, or no longer has Rubrics.
    """
    from verifiers import Rubric  # noqa: PLC0415

    scorer = TrainerScorer(recipe, TRAINER, options)
    names = Names(scorer, scorer.logged)

    def rollout_of(state: Mapping[str, Any]) -> Rollout:
        info = as_object(state.get("info")) or {}
        row = {"answer": state.get("answer"), "task": state.get("task"), **info}
        return scorer.rollout(
            of_messages(state["completion"], reasoning=scorer.reasoning),
            parsed=was_parsed(state["completion"]),
            gold=scorer.gold_in(row, state.get("answer")),
            row=row,
            prompt=state.get("prompt"),
        )

    class TouchstoneRubric(Rubric):  # type: ignore[misc]  # untyped where verifiers is not installed
        """A Rubric that scores all states of a call at once, and propagates errors."""

        async def score_rollout(self, state: dict[str, Any]) -> None:
            await self.score_group([state])

        async def score_group(self, states: list[dict[str, Any]]) -> None:
            names.settle()
            rollouts = list(map(rollout_of, states))
            scores = await asyncio.to_thread(scorer.scores, rollouts)
            values = scorer.values(scores)
            mean = sum(values) / len(values) if values else 0.0
            for row, (state, value) in enumerate(zip(states, values, strict=True)):
                metrics = {names.of(name): one for name, one in scorer.logs(scores, row).items()}
                state.update(reward=value, advantage=value - mean, metrics=metrics)
                for step in state.get("trajectory") or ():
                    for name in ("reward", "advantage"):
                        step[name] = state[name] if step.get(name) is None else step[name]

    return TouchstoneRubric()
