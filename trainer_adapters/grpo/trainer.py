"""The trainer: TRL's own, with the techniques applied to the results of its methods.

Every method here calls `super()` and works on the result; none copies a line of TRL's, so that TRL's fixes
apply here. The data flow:

1. `_generate` adds the fields of a completion that rewards need (log-probabilities, finish reason);
2. `_calculate_rewards` keeps the rewards of all processes, which TRL has gathered;
3. `_generate_and_score_completions` samples further rounds, and puts our advantages and masks into the batch;
4. `_compute_loss` runs TRL's loss on those, and adds the terms that need its log-probabilities.

With `generation.mismatch` a perturbed copy of the policy samples (:mod:`trainer_adapters.grpo.mismatch`), and
TRL takes its log-probabilities for vLLM's in steps 3 and 4, so that the correction is TRL's own.

TRL's signatures have no room for our values, so two objects carry them between the methods that TRL calls:
`_generation` from steps 1 and 2 to step 3, and `_loss` from step 4 to the log-probabilities inside it. TRL
reads settings from attributes; `_set` gives one another value for a single call.

Overlong filtering (`mask_truncated_completions`) comes last in step 3: lengths, the KL in the reward and
dynamic sampling see truncated completions as they were sampled.

Left out: the techniques, which the trainer knows by their hooks alone, apart from the rounds of dynamic
sampling; images, tools, environments and reward models, which the training file cannot name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import reprlib
from collections import deque
from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import gather, gather_object
from trl import GRPOConfig, GRPOTrainer

from rewards.analysis.turns import was_parsed
from trainer_adapters.grpo.algorithm import BY_SEQUENCE
from trainer_adapters.grpo.finite import FiniteSteps, sampling_finite_logits
from trainer_adapters.grpo.mismatch import PerturbedPolicy
from trainer_adapters.grpo.precision import sampling_in
from trainer_adapters.grpo.rounds import Round, Rounds, completion_measures, refilled
from trainer_adapters.grpo.sampler import ResumableSampler
from trainer_adapters.grpo.techniques.dynamic_sampling import drawn_prompts, prompt_order
from trainer_adapters.grpo.techniques.masking import mean_scale
from trainer_adapters.grpo.techniques.technique import Groups, LossState, Sampled, Tokens, loss_mask
from trainer_adapters.grpo.techniques.token_weights import token_weights
from trainer_adapters.grpo.watch.harmless import Harmless
from trainer_adapters.grpo.watch.log import SAMPLED
from trainer_adapters.grpo.watch.measures import (
    batch_measures,
    sampling_measures,
    text_rows,
    token_measures,
)
from trainer_adapters.grpo.watch.signs import SAMPLED_NOT_FINITE
from trainer_adapters.scoring.decoding import MarkDecoder
from trainer_adapters.scoring.rows import PROMPT_END, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from datasets import Dataset
    from torch.utils.data import Sampler
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback

    from trainer_adapters.grpo.recipe import TrainedRecipe
    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.dynamic_sampling import DynamicSampling

__all__ = ["TouchstoneTrainer"]

Batch = dict[str, torch.Tensor]

_PROMPTS_NAMED = 3
"""Max number of prompts that a message names."""

NOT_OVER_TOKENS = frozenset({"aux_loss", "entropy_coef", "policy_loss"})
"""Metrics of TRL's loss that are no means over the tokens under the mask."""

OF_RUN = frozenset({"num_tokens", SAMPLED_NOT_FINITE})
"""Metrics of a round that are not its alone: a count over the run, and a fault."""


@dataclasses.dataclass
class GenerationRecord:
    """Values of one generation that TRL's methods compute and its batch lacks."""

    truncated: list[bool] = dataclasses.field(default_factory=list)
    """For each completion of this process, whether it was cut off."""

    finite: torch.Tensor | None = None
    """For each completion of this process, whether all logits that it was sampled from were finite."""

    logps: list[list[float]] = dataclasses.field(default_factory=list)
    """Log-probabilities of its tokens under the policy that sampled, if something reads them."""

    rewards: torch.Tensor | None = None
    """(N, functions), of all processes."""

    texts: tuple[list[float], list[float]] = ([], [])
    """`repetition` and `mixing` of each completion of this process."""


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
    use_vllm: bool

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
        self.techniques = config.techniques.on
        self._dynamic_sampling = config.techniques.dynamic_sampling
        self._reads_logps = any(technique.needs_logps for technique in self.techniques)
        self._beta_of_loss = config.algorithm.beta
        self._harmless = Harmless()
        self.recipe = recipe
        self._generation = GenerationRecord()
        self._loss: LossState | None = None
        # Of each pass of an optimizer step: prompts, their mask, and which completions are finite.
        self._passes: deque[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = deque(
            maxlen=args.gradient_accumulation_steps
        )
        with sampling_in(config.training.precision):
            super().__init__(
                model=model,
                reward_funcs=list(recipe.functions),
                args=args,
                train_dataset=train_dataset,
                processing_class=processing_class,
                callbacks=callbacks,
                peft_config=peft_config,
            )
        mismatch = config.generation.mismatch
        self._sampler: PerturbedPolicy | None = None
        if mismatch is not None:
            self._sampler = PerturbedPolicy(
                mismatch,
                seed=args.seed,
                autocast=self.accelerator.autocast,
                temperature=self.temperature,
                cast_lm_head_to_fp32=args.cast_lm_head_to_fp32,
            )
        # TRL corrects for the copy as it does for vLLM, where it takes the one for the other.
        self._as_vllm = self.use_vllm or bool(mismatch and mismatch.importance_sampling_correction)
        if not all(technique.clipped for technique in self.techniques):
            self.epsilon_low = self.epsilon_high = math.inf

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

    def _record(self, name: str, value: float) -> None:
        self._metrics["train"][name].append(value)

    @contextlib.contextmanager
    def _set(self, name: str, value: object) -> Iterator[None]:
        """Give an attribute that TRL reads another value for a while."""
        before = getattr(self, name)
        setattr(self, name, value)
        try:
            yield
        finally:
            setattr(self, name, before)

    def _totals(self, *values: torch.Tensor) -> list[float]:
        """Return the sums of scalars over all processes."""
        row = torch.stack([value.to(values[0].dtype) for value in values])
        found: list[float] = gather(row).view(-1, len(values)).sum(dim=0).tolist()
        return found

    # Sampling and scoring

    def _generate_single_turn(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # TRL's signature
        """Return TRL's completions, sampled by the perturbed copy of the policy if there is one."""
        if (sampler := self._perturbed()) is None:
            return super()._generate_single_turn(*args, **kwargs)
        with self._set("model_wrapped", sampler), self._set("use_vllm", value=False):
            return super()._generate_single_turn(*args, **kwargs)

    def _perturbed(self) -> PreTrainedModel | None:
        """Return the sampler of this step if it is a copy of the policy."""
        if self._sampler is None or not self.model.training:
            return None
        return self._sampler.at(self.state.global_step, self.accelerator.unwrap_model(self.model))

    def _generate(self, prompts: list[Any]) -> tuple[Any, ...]:
        """Return TRL's completions, with the fields of them that rewards need."""
        sampler = self._perturbed()
        model = sampler or self.model
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        with sampling_finite_logits(base, by_row=not self.use_transformers_continuous_batching) as logits:
            found = list(super()._generate(prompts))
        finite = torch.ones(len(prompts), dtype=torch.bool, device=self.accelerator.device)
        if logits.lost is not None:
            finite = ~logits.lost
        if self.model.training:
            self._record_finite(finite)
        if sampler is not None:
            found[4] = self._logps_of(sampler, found[0], found[1])
        prompt_ids, completion_ids, tool_mask, sampled = found[0], found[1], found[2], found[4]
        found[3] = self._with_marks(found[3], completion_ids)
        texts = text_rows(completion_ids, [text_of(one) for one in found[3]])
        ended = {*self.eos_token_ids, self._tokenizer.pad_token_id}
        truncated = [not ids or ids[-1] not in ended for ids in completion_ids]
        self._generation = GenerationRecord(truncated=truncated, texts=texts, finite=finite)
        extra: dict[str, list[Any]] = {
            "prompt_end": self._prompt_ends(prompt_ids),
            "finish_reason": ["length" if cut_off else "stop" for cut_off in truncated],
        }
        if tool_mask is not None:
            extra["completion_mask"] = tool_mask
        if self.recipe.needs_logprobs or self._reads_logps:
            if sampled is None or any(_unknown(row) for row in sampled):
                sampled = self._logps_of(self.model, prompt_ids, completion_ids)
            self._generation.logps = sampled
        if self.recipe.needs_logprobs:
            extra["logprobs"] = self._generation.logps
        found[5] = {**found[5], **extra}
        return tuple(found)

    def _record_finite(self, finite: torch.Tensor) -> None:
        """Record the share of completions that were sampled from logits not finite, where there are any."""
        self._note_lost(~finite.all())
        if share := 1 - gather(finite.float().mean().reshape(1)).mean().item():
            self._record(SAMPLED_NOT_FINITE, share)

    @functools.cached_property
    def _decoder(self) -> MarkDecoder:
        return MarkDecoder(self._tokenizer, self.recipe.functions.scorer.reasoning)

    def _prompt_ends(self, prompt_ids: Sequence[Sequence[int]]) -> list[str]:
        """Return the text at the end of each prompt, decoded once for a group."""
        ends = [tuple(ids[-PROMPT_END:]) for ids in prompt_ids]
        texts = {ids: self._tokenizer.decode(ids) for ids in dict.fromkeys(ends)}
        return [texts[ids] for ids in ends]

    def _with_marks(self, completions: list[Any], ids: Sequence[Sequence[int]]) -> list[Any]:
        """Return completions with the marks of reasoning that TRL drops as special tokens."""
        found = list(completions)
        for row, one in enumerate(completions):
            if self._decoder.is_needed(ids[row]) and not was_parsed(one):
                text = self._decoder.text(ids[row])
                found[row] = text if isinstance(one, str) else [{**one[0], "content": text}]
        return found

    def _logps_of(
        self,
        model: torch.nn.Module,
        prompt_ids: Sequence[Sequence[int]],
        completion_ids: Sequence[Sequence[int]],
    ) -> list[list[float]]:
        """Return each token's log-probability under the model that sampled it, at its temperature."""
        device = self.accelerator.device
        prompt, prompt_mask = _padded(prompt_ids, self._tokenizer.pad_token_id, left=True)
        completion, mask = _padded(completion_ids, self._tokenizer.pad_token_id, left=False)
        ids = torch.cat([prompt, completion], dim=1).to(device)
        attended = torch.cat([prompt_mask, mask], dim=1).to(device)
        size = self.args.per_device_train_batch_size
        with torch.no_grad():
            logps = self._get_per_token_logps_and_entropies(
                model, ids, attended, completion.shape[1], batch_size=size
            )[0]
        rows = logps.float().clamp(max=0.0).tolist()
        return [row[: len(ids)] for row, ids in zip(rows, completion_ids, strict=True)]

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401  # TRL's signature
        """Return TRL's rewards, (N, functions), and keep them for our advantages."""
        rewards: torch.Tensor = super()._calculate_rewards(*args, **kwargs)
        self._generation.rewards = rewards
        return rewards

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> Batch:
        """Return TRL's batch with our advantages and masks."""
        if not self.model.training:
            return super()._generate_and_score_completions(inputs)
        self._start_stage()
        if self._dynamic_sampling is None:
            return self._with_advantages(self._round(inputs))
        return self._with_advantages(self._resampled(inputs, self._dynamic_sampling))

    def _start_stage(self) -> None:
        """Apply the max completion length and the recipe of this step's stage."""
        window = self.recipe.window_at(self.state.global_step)
        self._record("window", float(window))
        if window == self.max_completion_length:
            return
        self.max_completion_length = window
        if self.use_vllm:
            self.vllm_generation.max_completion_length = window
        else:
            self.generation_config.max_new_tokens = window
            self.generation_kwargs["max_new_tokens"] = window

    def _round(self, inputs: list[dict[str, Any]]) -> Batch:
        """Return one of TRL's batches, unfiltered, with what is known of each completion added.

        `terms` are the rewards of each function; `rewards` and `right` are the total and the correctness, NaN
        where not judged; `truncated` is what overlong filtering takes out; `texts` are repetition and mixing;
        `finite` is False for what was sampled from logits that are not.
        """
        with self._set("mask_truncated_completions", value=False), self._set("use_vllm", self._as_vllm):
            batch: Batch = super()._generate_and_score_completions(inputs)
        device, size = self.accelerator.device, len(inputs)
        if self._generation.rewards is None:
            message = "TRL did not score the batch by _calculate_rewards; this version of it is not supported"
            raise RuntimeError(message)
        mine = self._generation.rewards[self.accelerator.process_index * size :][:size]
        unjudged = mine.isnan().all(dim=1)
        rewards = (mine * self.reward_weights.to(device)).nansum(dim=1).masked_fill(unjudged, torch.nan)
        sampled = Sampled(
            batch=batch,
            rewards=rewards,
            logps=self._sampled_logps(batch) if self._reads_logps else None,
            log=self._record,
            totals=self._totals,
        )
        of_tokens = torch.zeros_like(batch["completion_mask"], dtype=rewards.dtype)
        for technique in self.techniques:
            if (found := technique.token_rewards(sampled)) is not None:
                of_tokens = of_tokens + found
        return {
            **batch,
            "terms": mine,
            "rewards": rewards + of_tokens.sum(dim=1),
            "token_rewards": of_tokens,
            "right": self.recipe.correctness(device),
            "truncated": torch.tensor(self._generation.truncated, device=device),
            "texts": torch.tensor(self._generation.texts, device=device).T,
            "finite": self._generation.finite,
        }

    def _sampled_logps(self, batch: Batch) -> torch.Tensor:
        """Return the log-probabilities under the policy that sampled, (B, T), padded with 0."""
        if "old_per_token_logps" in batch:
            return batch["old_per_token_logps"]
        rows = [torch.tensor(row) for row in self._generation.logps]
        mask = batch["completion_mask"]
        logps = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(mask.device)
        return torch.nn.functional.pad(logps, (0, mask.shape[1] - logps.shape[1]))

    # Dynamic sampling

    def _resampled(self, inputs: list[dict[str, Any]], sampling: DynamicSampling) -> Batch:
        """Return the batch after further rounds that replace its zero-advantage groups."""
        size, rank = self.num_generations, self.accelerator.process_index
        processes = self.accelerator.num_processes
        padding = {
            "prompt_ids": self._tokenizer.pad_token_id,
            "completion_ids": self._tokenizer.pad_token_id,
            "tool_mask": 1,
        }
        batch, first = self._observed_round(inputs, sampling)
        rounds = Rounds(first, size=size, processes=processes)
        tried = {repr(prompt) for prompt in gather_object([row["prompt"] for row in inputs[::size]])}
        for turn in range(sampling.max_rounds):
            needed = -(-rounds.needed // processes)
            order = prompt_order(
                len(self.train_dataset),
                (self._number * sampling.max_rounds + turn) * (len(inputs) // size * processes),
                seed=self.args.seed,
                shuffle=self.shuffle_dataset,
            )
            drawn = drawn_prompts(self.train_dataset, order, needed * processes, tried)
            count = len(drawn) // processes  # fewer if all prompts have been tried
            if not count:
                break
            mine = [row for row in drawn[rank * count :][:count] for _ in range(size)]
            further, found = self._observed_round(mine, sampling)
            batch = refilled(
                batch, further, rounds.add(found), rank=rank, processes=processes, size=size, padding=padding
            )
        self._log_rounds(rounds)
        return batch

    def _observed_round(self, inputs: list[dict[str, Any]], sampling: DynamicSampling) -> tuple[Batch, Round]:
        """Return a round, and what of it all processes know; what it logged is taken out of the metrics."""
        before = {name: len(values) for name, values in self._metrics["train"].items()}
        for column in self._logged_columns().values():
            column.clear()  # and in the end there are those of the batch
        batch = self._round(inputs)
        metrics = {}
        for name in list(self._metrics["train"]):
            values = self._metrics["train"][name]
            if name not in OF_RUN and (new := values[before.get(name, 0) :]):
                metrics[name] = sum(new) / len(new)
                del values[before.get(name, 0) :]
                if not values:
                    del self._metrics["train"][name]
        with_signal = sampling.informative(self._groups(batch))
        everywhere = gather(torch.tensor(with_signal, dtype=torch.int, device=self.accelerator.device))
        rows = self._rows(batch)
        logged = {name: list(column) for name, column in self._logged_columns().items() if column}
        return batch, Round(informative=everywhere.bool().tolist(), rows=rows, logged=logged, metrics=metrics)

    def _logged_columns(self) -> dict[str, deque[Any]]:
        """Return the columns of TRL's table of completions, but for advantages."""
        logs = self._logs
        columns = {"prompt": logs["prompt"], "completion": logs["completion"]}
        for kind in ("rewards", "extra"):
            columns |= {f"{kind}/{name}": column for name, column in logs[kind].items()}
        return columns

    def _rows(self, batch: Batch) -> torch.Tensor:
        """Return the values of each completion of all processes: see :meth:`_measured`."""
        own = [batch["rewards"], batch["right"], batch["completion_mask"].sum(dim=1), batch["truncated"]]
        columns = [torch.stack([one.float() for one in own], dim=1), batch["texts"], batch["terms"]]
        return gather(torch.cat(columns, dim=1))

    def _measured(self, rows: torch.Tensor) -> dict[str, float]:
        """Return the figures of such completions, of whole groups; TRL's with dynamic sampling only."""
        rewards, right, lengths, truncated, repetition, mixing = rows[:, :6].T.contiguous()
        found = batch_measures(rewards, right, lengths, self.num_generations)
        found |= {"repetition": repetition.mean().item(), "mixing": mixing.mean().item()}
        if self._dynamic_sampling is not None:
            weights = self.reward_weights.to(rows.device)
            found |= completion_measures(rows[:, 6:], weights, self.reward_func_names, lengths, truncated)
        return found

    def _log_rounds(self, rounds: Rounds) -> None:
        """Log figures of all that was sampled, and the completions that the batch holds."""
        found = rounds.metrics | self._measured(rounds.rows)
        for name, value in rounds.figures.items():
            self._record(name, value)
        for name, value in found.items():
            self._record(SAMPLED + name, value)
        columns = self._logged_columns()
        for name, values in rounds.logged.items():
            columns[name].extend(values)  # of a bounded length, so that they take the place of all others

    def _groups(self, batch: Mapping[str, torch.Tensor]) -> Groups:
        return Groups(
            rewards=batch["rewards"],
            right=batch["right"],
            size=self.num_generations,
            judges=any(verdict is not None for verdict in self.recipe.last.verdicts),
            terms=(batch["terms"], self.reward_weights),
        )

    @property
    def _number(self) -> int:
        """The number of this generation, from 0; TRL's count of passes begins anew in a resumed run."""
        passes = self.args.gradient_accumulation_steps
        step = self.state.global_step * passes + self._step % passes
        return int(step // (self.args.steps_per_generation * self.num_iterations))

    # Advantages and masks

    def _with_advantages(self, batch: Batch) -> Batch:
        rows = self._rows(batch)
        known = {"rewards": rows[:, 0].contiguous(), "right": rows[:, 1].contiguous(), "terms": rows[:, 6:]}
        local = len(batch["rewards"])
        mine = slice(self.accelerator.process_index * local, (self.accelerator.process_index + 1) * local)
        groups = self._groups(known)
        found = torch.zeros_like(groups.rewards)
        for technique in self.techniques:
            found = technique.advantages(found, groups)
        if self.mask_truncated_completions:
            batch = _filtered(batch)
        masks = [mask for technique in self.techniques if (mask := technique.kept(groups)) is not None]
        if masks:
            batch = self._masked(batch, torch.stack(masks).all(dim=0), mine)
        batch["advantages"] = self._by_token(found, batch, groups, mine)
        self._log_advantages(batch)
        for name, value in self._measured(rows).items():
            self._record(name, value)
        # Rows may have been replaced and masked since TRL counted the tokens that it divides by.
        return {**batch, "num_items_in_batch": gather(loss_mask(batch).sum().reshape(1)).sum()}

    def _masked(self, batch: Batch, kept: torch.Tensor, mine: slice) -> Batch:
        before = batch.get("tool_mask", torch.ones_like(batch["completion_mask"]))
        masked = {**batch, "tool_mask": before * kept[mine].unsqueeze(1).to(before.dtype)}
        if self.loss_type in BY_SEQUENCE:
            masked["loss_scale"] = mean_scale(kept.sum().float(), len(kept))
        elif self.loss_type == "bnpo":
            masked["loss_scale"] = torch.ones((), device=before.device)  # set once there are passes
        return masked

    def _by_token(self, found: torch.Tensor, batch: Batch, groups: Groups, mine: slice) -> torch.Tensor:
        """Return the advantages of this process, (B,) or (B, T)."""
        tokens = Tokens(
            groups=groups,
            rows=mine,
            mask=loss_mask(batch),
            rewards=batch["token_rewards"],
            totals=self._totals,
        )
        found = found[mine]
        for technique in self.techniques:
            found = technique.token_advantages(found, tokens)
        return found

    def _log_advantages(self, batch: Batch) -> None:
        """Put our advantages, or the mean of those of a completion's tokens, in the place of TRL's."""
        found = batch["advantages"]
        if found.ndim > 1:
            mask = loss_mask(batch)
            found = (found * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
        # The column has the length of a generation, so that these take the place of TRL's.
        self._logs["advantages"].extend(gather(found).tolist())

    def _prepare_inputs(self, generation_batch: Any) -> Batch:  # noqa: ANN401  # TRL's signature
        """Return TRL's next pass; under bnpo, passes that are masked as a whole do not count in the mean."""
        before = self._buffered_inputs
        found: Batch = super()._prepare_inputs(generation_batch)
        passes = self._buffered_inputs
        if self.loss_type == "bnpo" and passes is not before and "loss_scale" in found:
            counted = torch.stack([loss_mask(one).any() for one in passes]).sum().float()
            scale = mean_scale(gather(counted.reshape(1)).sum(), len(passes) * self.accelerator.num_processes)
            for one in passes:
                one["loss_scale"] = scale
        return found

    # The loss

    def _compute_loss(self, model: torch.nn.Module, inputs: Batch) -> torch.Tensor:
        """Return TRL's loss plus the terms that techniques add to it."""
        if not self.model.training:
            return super()._compute_loss(model, inputs)
        # Advantages may change in the loss, and the batch may be used again.
        state = LossState(
            batch=dict(inputs),
            log=self._record,
            epsilon_low=self.epsilon_low,
            epsilon_high=self.epsilon_high,
            delta=self.args.delta or math.inf,
        )
        before = {name: len(values) for name, values in self._metrics["train"].items()}
        with (
            self._set("beta", self._beta_of_loss),
            self._set("_loss", state),
            self._set("use_vllm", self._as_vllm),
        ):
            loss = super()._compute_loss(model, state.batch)
        finite = (state.logps.detach().isfinite() | (state.mask == 0)).all(dim=1)
        finite &= inputs["finite"]
        finite &= state.batch["advantages"].reshape(len(finite), -1).isfinite().all(dim=1)
        self._passes.append((inputs["prompt_ids"], inputs["prompt_mask"], finite))
        measured = token_measures(state.logps.detach(), state.mask, inputs["right"], gather)
        if not measured:  # no token counts, and TRL's mean of none is 0
            self._forget(before)
        if (sampling := inputs.get("sampling_per_token_logps")) is not None:
            measured |= sampling_measures(state.logps.detach(), sampling, state.mask, gather)
        for name, value in measured.items():
            self._record(name, value)
        loss = loss + self._penalties(state)
        return loss * inputs["loss_scale"] if "loss_scale" in inputs else loss

    def rows_not_finite(self) -> str:
        lost = {
            self._tokenizer.decode(ids[mask.bool()], skip_special_tokens=True): None
            for prompts, masks, finite in self._passes
            for ids, mask in zip(prompts[~finite], masks[~finite], strict=True)
        }
        count = sum(int((~finite).sum()) for _, _, finite in self._passes)
        if not count:
            return "the log-probabilities and advantages of all its completions are finite"
        named = ", ".join(reprlib.repr(prompt) for prompt in list(lost)[:_PROMPTS_NAMED])
        more = f" and {len(lost) - _PROMPTS_NAMED} more" if len(lost) > _PROMPTS_NAMED else ""
        whole = sum(len(finite) for _, _, finite in self._passes)
        return f"not finite are {count} of {whole} completions, of the prompts {named}{more}"

    def _forget(self, before: Mapping[str, int]) -> None:
        """Remove the means over tokens logged since `before`, the earlier number of values of each metric."""
        for name, values in self._metrics["train"].items():
            if name not in NOT_OVER_TOKENS:
                del values[before.get(name, 0) :]

    def _get_per_token_logps_and_entropies(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Return TRL's values; the first in the loss are the policy's, and techniques may act on them."""
        found = super()._get_per_token_logps_and_entropies(*args, **kwargs)
        state = self._loss
        if state is not None and state.policy_logps is None:
            state.policy_logps = found[0]
            for technique in self.techniques:
                technique.on_logps(state)
        return found

    def _penalties(self, state: LossState) -> torch.Tensor | float:
        """Return the penalties of all techniques, aggregated over tokens as TRL's loss is."""
        found = [penalty for one in self.techniques if (penalty := one.penalty(state)) is not None]
        if not found:
            return 0.0
        weights = token_weights(
            state.mask,
            self.loss_type,
            tokens=state.batch["num_items_in_batch"],
            processes=self.accelerator.num_processes,
            accumulation=self.current_gradient_accumulation_steps,
            passes=self.args.steps_per_generation,
            window=self.max_completion_length,
        )
        added = (weights * sum(found)).sum()
        self._record("penalty", self.accelerator.gather(added.detach()).mean().item())
        return added


def _filtered(batch: Batch) -> Batch:
    """Return the batch with its truncated completions masked, as TRL's own overlong filtering does."""
    kept = (~batch["truncated"]).unsqueeze(1)
    masks = ("completion_mask", "tool_mask")
    return {**batch, **{name: batch[name] * kept.to(batch[name].dtype) for name in masks if name in batch}}


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
