r"""verifiers v1, and prime-rl which trains with it: a recipe as a reward.

A function that a task set plugs in by its path::

    --env.taskset.task.rewards.touchstone.fn my_rewards:reward

where `my_rewards.py` has::

    from trainer_adapters.verifiers import reward_function

    reward = reward_function("logp-modulated")

Every component is recorded as a metric. A trace carries tokens, log-probabilities and the finish
reason. A rollout that was not judged raises: verifiers marks the trace as failed, and prime-rl leaves
it out. Left out: Rubrics of before v1, which are in :mod:`trainer_adapters.verifiers_rubric`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from rewards.analysis.turns import was_parsed
from rewards.text.turns import joined
from trainer_adapters.scoring.names import Names
from trainer_adapters.scoring.rows import cell, turn_texts
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any, Unpack

    from rewards import Recipe, Reward, Rollout

__all__ = ["RewardFunction", "reward_function"]

V1 = Trainer(
    name="verifiers",
    missing_fields=all_but("completion_ids", "logprobs", "completion_mask", "finish_reason"),
    workaround="score whole groups in `touchstone train` or in slime, or leave that reward out",
)


class Trace(Protocol):
    """The members of a v1 trace that are used here."""

    @property
    def branches(self) -> Sequence[Any]:
        """One view per leaf; the last one is the final state of the rollout."""

    @property
    def is_truncated(self) -> bool:
        """True if a limit cut the rollout off."""

    def record_metrics(self, values: Mapping[str, float]) -> None:
        """Record values beside the rewards."""


def reward_function(recipe: Recipe | Reward | str | Path, **options: Unpack[Options]) -> RewardFunction:
    """Return a recipe as a v1 reward.

    Raises:
        InvalidParameterError: the recipe compares groups.
    """
    return RewardFunction(TrainerScorer(recipe, V1, options))


class RewardFunction:
    """A reward that verifiers awaits with a task's data and the trace of a rollout."""

    def __init__(self, scorer: TrainerScorer) -> None:
        self.scorer = scorer
        self.__name__ = scorer.summary.name
        self.names = Names(scorer, scorer.logged)

    async def __call__(self, task: object, trace: Trace) -> float:
        """Return the reward of one rollout, and record its components as metrics of the trace."""
        self.names.settle()
        rollout = self._rollout(getattr(task, "data", task), trace)
        scores = await asyncio.to_thread(self.scorer.scores, [rollout])
        logs = self.scorer.logs(scores, 0)
        known = {name: value for name, value in logs.items() if value == value}  # noqa: PLR0124  # no NaN
        trace.record_metrics({self.names.of(name): value for name, value in known.items()})
        return self.scorer.values(scores)[0]

    def _rollout(self, data: object, trace: Trace) -> Rollout:
        row = _task_columns(data)
        gold = self.scorer.gold_column(row)
        branch = trace.branches[-1] if trace.branches else None
        nodes = branch.nodes if branch is not None else []
        messages = [_message(node.message) for node in nodes if node.sampled]
        said = joined(turn_texts(messages, "a trace", self.scorer.reasoning))
        mask = [bool(one) for node in nodes for one in node.mask]
        start = mask.index(True) if True in mask else len(mask)
        tokens = (
            {
                "completion_ids": branch.token_ids[start:],
                "completion_mask": mask[start:],
                "logprobs": branch.logprobs[start:] if any(node.logprobs for node in nodes) else None,
            }
            if branch is not None and mask
            else {}
        )
        finish = "length" if trace.is_truncated else "stop"
        return self.scorer.rollout(
            said,
            parsed=was_parsed(messages),
            gold=cell(row, gold),
            row=row,
            prompt=row.get("prompt"),
            finish_reason=finish,
            **tokens,
        )


def _task_columns(data: object) -> dict[str, object]:
    """Return a task's data, a pydantic model, as columns."""
    dump = getattr(data, "model_dump", None)
    return dict(dump() if dump is not None else vars(data))


def _message(message: Any) -> dict[str, object]:  # noqa: ANN401  # a pydantic model of verifiers
    """Return a message of the policy, with the reasoning if the engine split it off, as a mapping."""
    dump = getattr(message, "model_dump", None)
    return {**(dump() if dump is not None else vars(message)), "role": "assistant"}
