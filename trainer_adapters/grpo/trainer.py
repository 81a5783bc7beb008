"""The trainer: TRL's own, with the techniques applied to the results of its methods.

Every method here calls `super()` and works on the result; none copies a line of TRL's, so that TRL's fixes
apply here. The data flow:

1. `_generate` adds the fields of a completion that rewards need (log-probabilities, finish reason);
2. `_calculate_rewards` keeps the rewards of all processes, which TRL has gathered;
3. `_generate_and_score_completions` samples further rounds, and puts our advantages and masks into the batch;
4. `_compute_loss` runs TRL's loss on those, and adds the terms that need its log-probabilities.

Overlong filtering (`mask_truncated_completions`) comes last in step 3: lengths, the KL in the reward and
dynamic sampling see truncated completions as they were sampled.

Left out: images, tools, environments and reward models, which the training file cannot name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import gather
from trl import GRPOConfig, GRPOTrainer

from trainer_adapters.grpo.dynamic_sampling import drawn_rows, fill, replace_groups
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.finite import FiniteSteps
from trainer_adapters.grpo.sampler import ResumableSampler
from trainer_adapters.grpo.techniques.advantages import advantages
from trainer_adapters.grpo.techniques.covariance import (
    clip_cov_keep,
    covariances,
    kl_cov_chosen,
    kl_cov_penalty,
)
from trainer_adapters.grpo.techniques.kl_in_reward import kl_in_reward
from trainer_adapters.grpo.techniques.llds import llds_penalty
from trainer_adapters.grpo.techniques.masking import informative_rows, sequence_scale
from trainer_adapters.grpo.techniques.token_weights import token_weights
from trainer_adapters.grpo.validation import BY_SEQUENCE
from trainer_adapters.grpo.watch.harmless import Harmless
from trainer_adapters.grpo.watch.measures import batch_measures, text_measures, token_measures
from trainer_adapters.scoring.rows import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from datasets import Dataset
    from torch.utils.data import Sampler
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback

    from trainer_adapters.grpo.recipe import TrainedRecipe
    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["TouchstoneTrainer"]

Batch = dict[str, torch.Tensor]

NOT_OVER_TOKENS = frozenset({"aux_loss", "entropy_coef", "policy_loss"})
"""Metrics of TRL's loss that are no means over the tokens under the mask."""


class TouchstoneTrainer(FiniteSteps, GRPOTrainer):
    """TRL's trainer with the techniques of a training file.

    Args:
        config: the training file.
        recipe: the recipe of that file.
        model: a path, or a model.
        args: TRL's own settings, made from that file.
        train_dataset: as :func:`trainer_adapters.grpo.data.load_prompts` makes it.
        processing_class: the tokenizer.
        callbacks: the monitoring of the run.
        peft_config: an adapter to train, if one is.
    """

    beta: float
    mask_truncated_completions: bool
    max_completion_length: int

    def __init__(
        self,
        config: TrainConfig,
        recipe: TrainedRecipe,
        *,
        model: str | PreTrainedModel,
        args: GRPOConfig,
        train_dataset: Dataset,
        processing_class: PreTrainedTokenizerBase,
        callbacks: list[TrainerCallback] | None = None,
        peft_config: object | None = None,
    ) -> None:
        self.techniques = config.techniques
        self._harmless = Harmless()
        self.recipe = recipe
        self._loss_inputs: Batch | None = None  # those of the loss that TRL is computing
        self._policy_logps: torch.Tensor | None = None  # what it computed them to be
        self._sampled: list[list[float]] | None = None
        self._truncated: list[bool] = []
        self._scored: torch.Tensor | None = None
        super().__init__(
            model=model,
            reward_funcs=list(recipe.functions),
            args=args,
            train_dataset=train_dataset,
            processing_class=processing_class,
            callbacks=callbacks,
            peft_config=peft_config,
        )

    def _get_train_sampler(self, dataset: Dataset | None = None) -> Sampler[int]:
        """Return TRL's order of the prompts, reproduced by runs that resume from a checkpoint."""
        return ResumableSampler(super()._get_train_sampler(dataset), lambda: int(self.state.epoch or 0))

    def _run_epoch(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # transformers' signature
        """Run an epoch, unless the run is finished: transformers would make one more step."""
        if self.state.global_step >= self.state.max_steps > 0:
            self.control.should_training_stop = True
            return
        super()._run_epoch(*args, **kwargs)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log as TRL does; a file of completions that cannot be written does not end the run."""
        if not self.log_completions:
            super().log(logs, start_time)
            return
        with self._harmless("logging.completions"):
            super().log(logs, start_time)

    # Sampling and scoring

    def _generate(self, prompts: list[Any]) -> tuple[Any, ...]:
        """Return TRL's completions, with the fields of them that rewards need."""
        found = list(super()._generate(prompts))
        prompt_ids, completion_ids, tool_mask, sampled = found[0], found[1], found[2], found[4]
        if self.model.training:
            measured = text_measures(completion_ids, [text_of(one) for one in found[3]])
            means = gather(torch.tensor([[*measured.values()]], device=self.accelerator.device)).mean(dim=0)
            for name, value in zip(measured, means.tolist(), strict=True):
                self._metrics["train"][name].append(value)
        ended = {*self.eos_token_ids, self._tokenizer.pad_token_id}
        self._truncated = [not ids or ids[-1] not in ended for ids in completion_ids]
        extra: dict[str, list[Any]] = {
            "finish_reason": ["length" if cut_off else "stop" for cut_off in self._truncated]
        }
        if tool_mask is not None:
            extra["completion_mask"] = tool_mask
        self._sampled = None
        if self.recipe.needs_logprobs or self.techniques.kl_in_reward:
            if sampled is None or any(_unknown(row) for row in sampled):
                sampled = self._logps_of(prompt_ids, completion_ids)
            self._sampled = sampled
        if self.recipe.needs_logprobs:
            extra["logprobs"] = self._sampled or []
        found[5] = {**found[5], **extra}
        return tuple(found)

    def _logps_of(
        self, prompt_ids: Sequence[Sequence[int]], completion_ids: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """Return each token's log-probability under the policy that sampled it, at its temperature."""
        device = self.accelerator.device
        prompt, prompt_mask = _padded(prompt_ids, self._tokenizer.pad_token_id, left=True)
        completion, mask = _padded(completion_ids, self._tokenizer.pad_token_id, left=False)
        ids = torch.cat([prompt, completion], dim=1).to(device)
        attended = torch.cat([prompt_mask, mask], dim=1).to(device)
        size = self.args.per_device_train_batch_size
        with torch.no_grad():
            logps = self._get_per_token_logps_and_entropies(
                self.model, ids, attended, completion.shape[1], batch_size=size
            )[0]
        rows = logps.float().clamp(max=0.0).tolist()
        return [row[: len(ids)] for row, ids in zip(rows, completion_ids, strict=True)]

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401  # TRL's signature
        """Return TRL's rewards, (N, functions), and keep them for our advantages."""
        self._scored = super()._calculate_rewards(*args, **kwargs)
        return self._scored

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> Batch:
        """Return TRL's batch with our advantages and masks."""
        if not self.model.training:
            return super()._generate_and_score_completions(inputs)
        self._start_stage()
        batch = self._round(inputs)
        if self.techniques.dynamic_sampling is not None:
            batch = self._resampled(batch, len(inputs) // self.num_generations)
        return self._with_advantages(batch)

    def _start_stage(self) -> None:
        """Apply the max completion length and the recipe of this step's stage."""
        window = self.recipe.window_at(self.state.global_step)
        self._metrics["train"]["window"].append(float(window))
        if window == self.max_completion_length:
            return
        self.max_completion_length = window
        if self.use_vllm:
            self.vllm_generation.max_completion_length = window
        else:
            self.generation_config.max_new_tokens = window
            self.generation_kwargs["max_new_tokens"] = window

    def _round(self, inputs: list[dict[str, Any]]) -> Batch:
        """Return one of TRL's batches, unfiltered, with `rewards`, `right` and `truncated` added.

        `rewards` and `right` are the total and the correctness, NaN where not judged; `truncated` is what
        overlong filtering takes out.
        """
        filtering, self.mask_truncated_completions = self.mask_truncated_completions, False
        try:
            batch: Batch = super()._generate_and_score_completions(inputs)
        finally:
            self.mask_truncated_completions = filtering
        device, size = self.accelerator.device, len(inputs)
        if self._scored is None:
            message = "TRL did not score the batch by _calculate_rewards; this version of it is not supported"
            raise RuntimeError(message)
        mine = self._scored[self.accelerator.process_index * size :][:size]
        unjudged = mine.isnan().all(dim=1)
        rewards = (mine * self.reward_weights.to(device)).nansum(dim=1).masked_fill(unjudged, torch.nan)
        if self.techniques.kl_in_reward:
            rewards = self._less_kl(rewards, batch)
        truncated = torch.tensor(self._truncated, device=device)
        return {
            **batch,
            "rewards": rewards,
            "right": self.recipe.correctness(device),
            "truncated": truncated,
        }

    def _less_kl(self, rewards: torch.Tensor, batch: Batch) -> torch.Tensor:
        mask = _loss_mask(batch)
        logps = batch.get("old_per_token_logps")
        if logps is None:
            rows = [torch.tensor(row) for row in self._sampled or []]
            logps = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(mask.device)
            logps = torch.nn.functional.pad(logps, (0, mask.shape[1] - logps.shape[1]))
        reference, beta = batch["ref_per_token_logps"], self.techniques.kl_in_reward or 0.0
        paid = kl_in_reward(torch.zeros_like(rewards), logps, reference, mask, beta)
        sums = torch.stack([paid.sum(), mask.sum().to(paid.dtype)])
        total, tokens = gather(sums).view(-1, 2).sum(dim=0).tolist()
        self._metrics["train"]["kl_in_reward"].append(-total / beta / max(tokens, 1))
        return rewards + paid

    # Dynamic sampling

    def _resampled(self, batch: Batch, groups: int) -> Batch:
        """Return the batch after further rounds that replace its zero-advantage groups."""
        sampling = self.techniques.dynamic_sampling
        if sampling is None:
            return batch
        with_signal = self._has_signal(batch, sampling.filter_on)
        turn = 0
        while turn < sampling.max_rounds:
            wanting = [at for at in range(groups) if not with_signal[at]]
            if int(gather(torch.tensor([len(wanting)], device=self.accelerator.device)).sum()) == 0:
                break
            turn += 1
            further = self._round(self._drawn(groups, turn))
            offered = [at for at, one in enumerate(self._has_signal(further, sampling.filter_on)) if one]
            pairs = replace_groups(wanting, offered)
            padding = {
                "prompt_ids": self._tokenizer.pad_token_id,
                "completion_ids": self._tokenizer.pad_token_id,
            }
            padding |= {"tool_mask": 1}
            batch = fill(batch, further, pairs, size=self.num_generations, padding=padding)
            for at, _ in pairs:
                with_signal[at] = True
        wanting_still = torch.tensor([with_signal.count(False) / groups], device=self.accelerator.device)
        self._metrics["train"]["dynamic_sampling/rounds"].append(float(turn))
        self._metrics["train"]["dynamic_sampling/unfilled"].append(gather(wanting_still).mean().item())
        return batch

    def _has_signal(self, batch: Batch, filter_on: str) -> list[bool]:
        rows = informative_rows(self._values(batch, filter_on), batch["rewards"], self.num_generations)
        return rows.view(-1, self.num_generations).any(dim=1).tolist()

    def _values(self, batch: Batch, filter_on: str) -> torch.Tensor:
        if filter_on == "total":
            return batch["rewards"]
        if all(verdict is None for verdict in self.recipe.last.verdicts):
            message = (
                "techniques: filter_on is correctness, and the recipe judges no answer; set "
                "filter_on: total for dynamic_sampling and masking"
            )
            raise ConfigError(message)
        return batch["right"]

    def _drawn(self, groups: int, turn: int) -> list[dict[str, Any]]:
        # TRL's own count of passes begins at 0 again in a run that goes on from a checkpoint.
        passes = self.args.gradient_accumulation_steps
        step = self.state.global_step * passes + self._step % passes
        rows = drawn_rows(
            len(self.train_dataset),
            groups,
            seed=self.args.seed,
            step=step,
            turn=turn,
            rank=self.accelerator.process_index,
        )
        return [dict(self.train_dataset[row]) for row in rows for _ in range(self.num_generations)]

    # Advantages and masks

    def _with_advantages(self, batch: Batch) -> Batch:
        settings, size = self.techniques.advantage, self.num_generations
        lengths = batch["completion_mask"].sum(dim=1)
        rows = gather(torch.stack([batch["rewards"], batch["right"], lengths.float()], dim=1))
        rewards, right, lengths = rows.T.contiguous()
        local = len(batch["rewards"])
        mine = slice(self.accelerator.process_index * local, (self.accelerator.process_index + 1) * local)
        found = advantages(rewards, size, **settings.model_dump())
        batch = {**batch, "advantages": found[mine]}
        logged = self._logs["advantages"]
        if self.techniques.dynamic_sampling is None and len(logged) >= len(found):
            for _ in range(len(found)):
                logged.pop()
            logged.extend(found.tolist())
        if self.mask_truncated_completions:
            batch = _filtered(batch)
        if self.techniques.masking is not None:
            filter_on = self.techniques.masking.filter_on
            kept = informative_rows(gather(self._values(batch, filter_on)), rewards, size)
            batch = self._masked(batch, kept, mine)
        for name, value in batch_measures(rewards, right, lengths, size).items():
            self._metrics["train"][name].append(value)
        # Rows may have been replaced and masked since TRL counted the tokens that it divides by.
        return {**batch, "num_items_in_batch": gather(_loss_mask(batch).sum().reshape(1)).sum()}

    def _masked(self, batch: Batch, kept: torch.Tensor, mine: slice) -> Batch:
        before = batch.get("tool_mask", torch.ones_like(batch["completion_mask"]))
        masked = {**batch, "tool_mask": before * kept[mine].unsqueeze(1).to(before.dtype)}
        if self.loss_type in BY_SEQUENCE:
            masked["loss_scale"] = sequence_scale(kept.sum().float(), len(kept))
        return masked

    # The loss

    def _compute_loss(self, model: torch.nn.Module, inputs: Batch) -> torch.Tensor:
        """Return TRL's loss plus the terms that techniques add to it."""
        if not self.model.training:
            return super()._compute_loss(model, inputs)
        inputs = dict(inputs)  # advantages may change here, and the batch may be used again
        beta, self._loss_inputs, self._policy_logps = self.beta, inputs, None
        before = {name: len(values) for name, values in self._metrics["train"].items()}
        if self.techniques.kl_in_reward:
            self.beta = 0.0
        try:
            loss = super()._compute_loss(model, inputs)
        finally:
            self.beta, self._loss_inputs = beta, None
        logps, self._policy_logps = self._policy_logps, None
        if logps is None:
            message = "TRL computed no log-probabilities in its loss; this version of it is not supported"
            raise RuntimeError(message)
        measured = token_measures(logps.detach(), _loss_mask(inputs), inputs["right"], gather)
        if not measured:  # no token counts, and TRL's mean of none is 0
            self._forget(before)
        for name, value in measured.items():
            self._metrics["train"][name].append(value)
        loss = loss + self._penalties(logps, inputs)
        return loss * inputs["loss_scale"] if "loss_scale" in inputs else loss

    def _forget(self, before: Mapping[str, int]) -> None:
        """Remove the means over tokens logged since `before`, the earlier number of values of each metric."""
        for name, values in self._metrics["train"].items():
            if name not in NOT_OVER_TOKENS:
                del values[before.get(name, 0) :]

    def _get_per_token_logps_and_entropies(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Return TRL's values; inside the loss, keep them and let Clip-Cov choose its tokens."""
        found = super()._get_per_token_logps_and_entropies(*args, **kwargs)
        inputs = self._loss_inputs
        if inputs is not None and self._policy_logps is None:
            self._policy_logps = found[0]
            if (settings := self.techniques.clip_cov) is not None:
                mask, spread = _loss_mask(inputs), _by_token(inputs)
                values = covariances(found[0].detach(), spread, mask)
                draws = torch.rand_like(values)
                keep = clip_cov_keep(values, mask, draws, **settings.model_dump())
                inputs["advantages"] = spread * keep
                self._metrics["train"]["clip_cov/detached"].append((1 - keep).sum().item())
        return found

    def _penalties(self, logps: torch.Tensor, inputs: Batch) -> torch.Tensor | float:
        kl_cov, llds = self.techniques.kl_cov, self.techniques.llds
        if kl_cov is None and llds is None:
            return 0.0
        mask, spread = _loss_mask(inputs), _by_token(inputs)
        old = inputs.get("old_per_token_logps", logps.detach())
        penalty = torch.zeros_like(logps)
        if kl_cov is not None:
            chosen = kl_cov_chosen(covariances(logps.detach(), spread, mask), mask, ratio=kl_cov.ratio)
            penalty = penalty + kl_cov.coefficient * kl_cov_penalty(logps, old, chosen)
        if llds is not None:
            penalty = penalty + llds.coefficient * llds_penalty(logps, old, spread, mask)
        weights = token_weights(
            mask,
            self.loss_type,
            tokens=inputs["num_items_in_batch"],
            processes=self.accelerator.num_processes,
            accumulation=self.current_gradient_accumulation_steps,
            passes=self.args.steps_per_generation,
            window=self.max_completion_length,
        )
        added = (weights * penalty).sum()
        self._metrics["train"]["penalty"].append(self.accelerator.gather(added.detach()).mean().item())
        return added


def _loss_mask(batch: Batch) -> torch.Tensor:
    mask = batch["completion_mask"]
    return mask * batch["tool_mask"] if "tool_mask" in batch else mask


def _filtered(batch: Batch) -> Batch:
    """Return the batch with its truncated completions masked, as TRL's own overlong filtering does."""
    kept = (~batch["truncated"]).unsqueeze(1)
    masks = ("completion_mask", "tool_mask")
    return {**batch, **{name: batch[name] * kept.to(batch[name].dtype) for name in masks if name in batch}}


def _by_token(batch: Batch) -> torch.Tensor:
    found = batch["advantages"]
    return found.unsqueeze(1) if found.ndim == 1 else found


def _unknown(row: Sequence[float | None]) -> bool:
    return any(one is None or one != one for one in row)  # noqa: PLR0124  # NaN, which vLLM gives for broken logits


def _padded(rows: Sequence[Sequence[int]], value: int, *, left: bool) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(1, *(len(row) for row in rows))
    ids = torch.full((len(rows), width), value, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for at, row in enumerate(rows):
        where = slice(width - len(row), width) if left else slice(0, len(row))
        ids[at, where] = torch.tensor(row, dtype=torch.long)
        mask[at, where] = 1
    return ids, mask
