"""Lay batches that are named in prompts out over any number of processes, as the same experiment.

A file names the prompts of one generation, the optimizer steps that share it, and the tokens of one forward
and backward pass. TRL wants completions of a pass on one process, passes of a step, and passes of a
generation, which all depend on the number of processes. Left out: batches of different sizes; every pass of
a run has as many completions as the others.
"""

from __future__ import annotations

import dataclasses
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["PROMPT_TOKENS", "Layout", "lay_out", "layout_faults"]

PROMPT_TOKENS = 1024
"""Tokens of a prompt in `training.tokens_per_pass` where no `data.max_prompt_tokens` bounds them."""

PASS = 8
"""Most completions of a pass on one process, where the file names neither them nor tokens."""

_PROCESSES = 100_000
"""Most processes that a message proposes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """Sizes of a run's batches, by TRL's names; per process, but for the last property."""

    per_device_train_batch_size: int
    """Completions of one forward and backward pass."""

    gradient_accumulation_steps: int
    """Passes of one optimizer step."""

    steps_per_generation: int
    """Passes that share one generation."""

    processes: int

    @property
    def completions_per_process(self) -> int:
        """Completions of one generation on one process."""
        return self.per_device_train_batch_size * self.steps_per_generation

    @property
    def completions_per_generation(self) -> int:
        """Completions of one generation on all processes together."""
        return self.completions_per_process * self.processes


def lay_out(config: TrainConfig) -> Layout:
    """Return the layout of a file, of which :func:`layout_faults` finds no fault."""
    training, processes = config.training, config.world_size
    if training.prompts_per_generation is None:
        accumulation = training.gradient_accumulation_steps or 1
        return Layout(
            per_device_train_batch_size=training.per_device_train_batch_size or PASS,
            gradient_accumulation_steps=accumulation,
            steps_per_generation=training.steps_per_generation or accumulation,
            processes=processes,
        )
    updates = training.updates_per_generation or 1
    completions = training.prompts_per_generation * config.generation.num_generations
    share = max(1, completions // (updates * processes))  # of one process in one optimizer step
    most = training.per_device_train_batch_size or PASS
    if training.tokens_per_pass is not None:
        fits = training.tokens_per_pass // _tokens(config)
        most = min(fits, training.per_device_train_batch_size or fits)
    size = next(one for one in range(max(1, min(most, share)), 0, -1) if share % one == 0)
    return Layout(
        per_device_train_batch_size=size,
        gradient_accumulation_steps=share // size,
        steps_per_generation=updates * (share // size),
        processes=processes,
    )


def layout_faults(config: TrainConfig) -> Iterator[str]:
    """Yield one sentence for each reason why the file's batches cannot be laid out as they are named."""
    training, size = config.training, config.generation.num_generations
    prompts, updates = training.prompts_per_generation, training.updates_per_generation or 1
    if prompts is None:
        for name in ("updates_per_generation", "tokens_per_pass"):
            if getattr(training, name) is not None:
                yield f"training.{name}: it goes with training.prompts_per_generation, which is not set"
        return
    processes = config.world_size
    if prompts * size % (updates * processes):
        yield (
            f"training.prompts_per_generation: {prompts} prompts of {size} completions cannot be divided "
            f"into {updates} updates on {processes} processes; take {_nearest(config, prompts, updates)}"
        )
        return
    found = lay_out(config)
    for name in ("per_device_train_batch_size", "gradient_accumulation_steps", "steps_per_generation"):
        given, laid = getattr(training, name), getattr(found, name)
        if given not in {None, laid}:
            yield (
                f"training.{name}: {given} contradicts prompts_per_generation, updates_per_generation and "
                f"tokens_per_pass, by which it is {laid} on {processes} processes; leave it out, or set "
                "these three to null"
            )


def _nearest(config: TrainConfig, prompts: int, updates: int) -> str:
    """Return the nearest numbers of prompts for these processes, and of processes for these prompts."""
    size, processes = config.generation.num_generations, config.world_size
    step = updates * processes // gcd(updates * processes, size)
    below = prompts // step * step
    found = f"{below} or {below + step} prompts" if below else f"{step} prompts"
    if prompts * size % updates == 0:
        share = prompts * size // updates
        fewer = next(one for one in range(min(processes, share), 0, -1) if share % one == 0)
        larger = range(processes + 1, min(share, _PROCESSES) + 1)
        more = next((one for one in larger if share % one == 0), None)
        found += f", or {fewer} processes" if more is None else f", or {fewer} or {more} processes"
    return found


def _tokens(config: TrainConfig) -> int:
    """Return the tokens of the longest completion with its prompt."""
    return (config.data.max_prompt_tokens or PROMPT_TOKENS) + config.longest_completion
