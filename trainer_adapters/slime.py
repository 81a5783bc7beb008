r"""slime: a recipe as its custom reward model, for one sample and for a group.

The module that `--custom-rm-path my_rewards.custom_rm` names::

    from trainer_adapters.slime import reward_model

    custom_rm = reward_model("logp-modulated", server="reward-host:50051")

With `--group-rm` slime passes all samples of a prompt, and recipes that compare them work. slime
passes token ids, log-probabilities as sampled, and each sample's finish reason. The components go to
each sample's metadata under `touchstone`; with `--reward-key score` they are in the reward itself.
A sample that was not judged has the value `unjudged` and is left out of the loss (`remove_sample`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, cast

from rewards.text.stop_tokens import without_stop_tokens
from trainer_adapters.scoring.rows import naming, tokens_of
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Unpack

    from rewards import Recipe, Reward, Rollout

__all__ = ["RewardModel", "reward_model"]


class Sample(Protocol):
    """A sample of slime: the fields of its `slime.utils.types.Sample` that are used here."""

    group_index: int | None
    prompt: str | list[dict[str, str]]
    tokens: list[int]
    response: str
    response_length: int
    label: str | None
    loss_mask: list[int] | None
    rollout_log_probs: list[float] | None
    remove_sample: bool
    status: object
    metadata: dict[str, object]


class Arguments(Protocol):
    """slime's arguments that are used here."""

    reward_key: str | None
    rollout_max_response_len: int | None


def reward_model(
    recipe: Recipe | Reward | str | Path, *, groups: bool = False, **options: Unpack[Options]
) -> RewardModel:
    """Return a recipe as slime's `custom_rm`.

    Args:
        recipe: a recipe, a reward, or the name or path of a recipe.
        groups: slime runs with `--group-rm`, so that the recipe may compare the samples of a prompt.
        **options: see :class:`trainer_adapters.scoring.scorer.Options`; `gold` names a key of the sample's
            metadata, instead of its label.

    Raises:
        InvalidParameterError: the recipe needs fields that slime does not pass.
    """
    trainer = Trainer(
        name="slime",
        missing_fields=all_but("completion_ids", "logprobs", "completion_mask", "finish_reason"),
        workaround="run slime with --group-rm and say so with groups=True",
        sees_groups=groups,
    )
    return RewardModel(TrainerScorer(recipe, trainer, options))


class RewardModel:
    """A reward model that slime awaits with one sample, or with the samples of a group."""

    def __init__(self, scorer: TrainerScorer) -> None:
        self.scorer = scorer

    async def __call__(
        self, args: Arguments, sample: Sample | Sequence[Sample], **_: object
    ) -> float | dict[str, float] | list[float | dict[str, float]]:
        """Return the reward of a sample, or of each sample of a group."""
        samples = cast(
            "Sequence[Sample]", sample if (many := isinstance(sample, (list, tuple))) else [sample]
        )
        found = await asyncio.to_thread(self._score, args, samples)
        return found if many else found[0]

    def _score(self, args: Arguments, samples: Sequence[Sample]) -> list[float | dict[str, float]]:
        self.scorer.warn_misfits(getattr(args, "rollout_max_response_len", None))
        self.scorer.check_group_size(getattr(args, "n_samples_per_prompt", None))
        rollouts = []
        for place, sample in enumerate(samples):
            with naming(f"sample {getattr(sample, 'index', None) or place}"):
                rollouts.append(self._rollout(sample))
        scores = self.scorer.scores(rollouts)
        rewards: list[float | dict[str, float]] = []
        for row, (sample, value) in enumerate(zip(samples, self.scorer.values(scores), strict=True)):
            logs = self.scorer.logs(scores, row)
            sample.metadata = {**(sample.metadata or {}), "touchstone": logs}
            if not logs["judged"]:
                sample.remove_sample = True
            key = getattr(args, "reward_key", None)
            rewards.append({**logs, "score": value, key: value} if key else value)
        return rewards

    def _rollout(self, sample: Sample) -> Rollout:
        metadata = sample.metadata or {}
        tokens = tokens_of(sample.tokens, "tokens")
        start = 0 if tokens is None else len(tokens) - sample.response_length
        return self.scorer.rollout(
            without_stop_tokens(sample.response),
            gold=self.scorer.gold_in(metadata, sample.label),
            row=metadata,
            prompt=sample.prompt,
            completion_ids=tokens[start:] if tokens is not None and len(tokens) else None,
            logprobs=sample.rollout_log_probs,
            completion_mask=sample.loss_mask,
            finish_reason=_finish_reason(sample.status),
            group_id=None if sample.group_index is None else str(sample.group_index),
        )


def _finish_reason(status: object) -> str | None:
    """Return the finish reason of a sample, from the value of slime's `Sample.Status`."""
    return {"completed": "stop", "truncated": "length"}.get(str(getattr(status, "value", status)))
