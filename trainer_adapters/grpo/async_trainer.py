"""Partial rollouts: TRL's AsyncGRPO with the fields that a recipe reads, our advantages and our measures.

TRL samples and scores in a process of its own, one group after the other. The loop of that process is ours:
it calls TRL's methods and works on their arguments and results. Left out: the settings of a training file
that this trainer supports, in :mod:`trainer_adapters.grpo.partial_rollouts`; tools and environments.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from trl.experimental.async_grpo import AsyncGRPOTrainer
from trl.experimental.async_grpo.async_rollout_worker import _AsyncRolloutLoop

from trainer_adapters.grpo.finite import FiniteSteps
from trainer_adapters.grpo.recipe import correctness
from trainer_adapters.grpo.techniques.advantages import advantages
from trainer_adapters.grpo.watch.measures import batch_measures, text_measures, token_measures
from trainer_adapters.scoring.rows import PROMPT_END

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase, TrainerCallback
    from trl.experimental.async_grpo import AsyncGRPOConfig
    from trl.experimental.async_grpo.async_rollout_worker import RolloutGroup, RolloutSample, TrainingSequence

    from trainer_adapters.grpo.recipe import TrainedRecipe
    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["PartialRolloutsTrainer"]

AS_WRITTEN = {"defaults": {"role": "assistant"}, "fields": {"content": {"content": "text"}}}
"""Response template for the worker's parser: a completion is all content, without tool calls."""


class PartialRolloutsTrainer(FiniteSteps, AsyncGRPOTrainer):
    """TRL's AsyncGRPO with the recipe and the advantages of a training file.

    Args:
        config: the training file.
        recipe: the recipe of that file.
        model: a path.
        args: TRL's own settings, made from that file.
        train_dataset: as :func:`trainer_adapters.grpo.data.load_prompts` makes it, in the order to train in.
        processing_class: the tokenizer.
        callbacks: the monitoring of the run.
        peft_config: an adapter to train, if one is.
    """

    def __init__(
        self,
        config: TrainConfig,
        recipe: TrainedRecipe,
        *,
        model: str,
        args: AsyncGRPOConfig,
        train_dataset: Dataset,
        processing_class: PreTrainedTokenizerBase,
        callbacks: list[TrainerCallback] | None = None,
        peft_config: object | None = None,
    ) -> None:
        self.recipe = recipe
        super().__init__(
            model=model,
            reward_funcs=list(recipe.functions),
            args=args,
            train_dataset=train_dataset,
            processing_class=processing_class,
            callbacks=callbacks,
            peft_config=peft_config,
        )
        if self.rollout_worker is not None:  # the first process has it
            self.rollout_worker._loop_cls = RecipeLoop  # noqa: SLF001  # TRL's seam for another loop
            self.rollout_worker._loop_kwargs |= {  # noqa: SLF001
                "advantage": config.techniques.advantage.model_dump(exclude={"aggregation"}),
                "weight_sync_steps": args.weight_sync_steps,
            }

    def _sync_weight(self) -> None:
        """Send the weights as TRL does; before the loop is started, tell it their step as well."""
        super()._sync_weight()
        if self.rollout_worker is not None:
            self.rollout_worker._loop_kwargs["synced"] = (self.model_version, self.state.global_step)  # noqa: SLF001

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401  # transformers' signature
        """Train on a batch; the log has the digest of the recipe of this step."""
        self.recipe.window_at(self.state.global_step)
        return super().training_step(*args, **kwargs)


class RecipeLoop(_AsyncRolloutLoop):
    """TRL's rollout loop, which passes to the rewards what it knows of a group besides.

    That is log-probabilities, finish reasons, the ends of the prompts, and the optimizer step of the policy
    by which the group was begun.

    Args:
        processing_class: the tokenizer.
        advantage: the settings of :func:`trainer_adapters.grpo.techniques.advantages.advantages`.
        synced: the version of the weights that the loop begins with, and their optimizer step.
        weight_sync_steps: optimizer steps between two versions.
        **given: TRL's own arguments.
    """

    def __init__(
        self,
        *,
        processing_class: PreTrainedTokenizerBase,
        advantage: dict[str, Any],
        synced: tuple[int, int] = (0, 0),
        weight_sync_steps: int = 1,
        **given: Any,  # noqa: ANN401
    ) -> None:
        processing_class.response_template = AS_WRITTEN
        super().__init__(processing_class=processing_class, **given)
        self._advantage = advantage
        self._decoder = self.reward_funcs[0].columns.scorer.read(processing_class).decoder
        self._synced = synced
        self._weight_sync_steps = weight_sync_steps

    def step_of(self, version: int) -> int:
        """Return the optimizer step at which a version of the weights was sent."""
        first, step = self._synced
        every = self._weight_sync_steps
        return step if version <= first else (step // every + version - first) * every

    async def _score_group(self, group: RolloutGroup) -> list[RolloutSample]:
        """Return TRL's samples of one group, with our advantages and measures."""
        ids = group.completions_ids
        logps = [_sampled(sequences) for sequences in group.completions_sequences]
        ended = {*self.eos_token_ids, self.tokenizer.pad_token_id}
        # The text as `GRPOTrainer` decodes it, so that a recipe gives the same score here as there.
        texts = [self._decoder.text(one) for one in ids]
        group.completions = [[{"role": "assistant", "content": text}] for text in texts]
        group.reward_kwargs = {
            **group.reward_kwargs,
            "logprobs": logps,
            "finish_reason": ["stop" if one and one[-1] in ended else "length" for one in ids],
            "prompt_end": [self._prompt_end(sequences) for sequences in group.completions_sequences],
            "trainer_state": SimpleNamespace(global_step=self.step_of(group.model_version)),
        }
        samples: list[RolloutSample] = await super()._score_group(group)
        scores = self.reward_funcs[0].columns.last
        rewards, right = torch.tensor(scores.totals), correctness(scores)
        credited = advantages(rewards, len(ids), **self._advantage).tolist()
        measured = {**text_measures(ids, texts), **_measures(rewards, right, logps)}
        owners = [at for at, sequences in enumerate(group.completions_sequences) for _ in sequences]
        for at, sample in zip(owners, samples, strict=True):
            sample.advantage = credited[at]
            sample.metrics.update(measured)
        return samples

    def _prompt_end(self, sequences: Sequence[TrainingSequence]) -> str:
        """Return the text right before a completion; none before one without a token."""
        if not sequences:
            return ""
        ids, written = sequences[0].input_ids, list(sequences[0].completion_mask)
        start = written.index(1) if 1 in written else len(written)
        return str(self.tokenizer.decode(ids[max(start - PROMPT_END, 0) : start]))


def _sampled(sequences: Sequence[TrainingSequence]) -> list[float]:
    """Return the log-probabilities of the sampled tokens, without those of the prompt."""
    return [
        logp
        for sequence in sequences
        for logp, trained in zip(sequence.old_log_probs, sequence.completion_mask, strict=True)
        if trained
    ]


def _measures(rewards: torch.Tensor, right: torch.Tensor, logps: list[list[float]]) -> dict[str, float]:
    rows = [torch.tensor(row) for row in logps]
    lengths = torch.tensor([len(row) for row in logps])
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    return {
        **batch_measures(rewards, right, lengths, len(rows)),
        **token_measures(padded, mask, right, lambda one: one),
    }
