"""Passes of a trainer over one generation, with the gradient of the loss by each token.

A generation of told completions, some of them truncated, is trained on in eight passes a turn, four to an
update, in two turns; the policy moves after each update. By one process, or several::

    torchrun --nproc_per_node 2 grpo_observed.py FOLDER CHANGES.json INTO
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import gather_object
from tiny_grpo import tiny_config, with_told_completions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PASSES", "UPDATE", "WINDOW", "Pass", "Run", "observed", "settings_of"]

ROWS, UPDATE, PASSES, TURNS, WINDOW = 2, 4, 8, 2, 7
"""Rows of a pass; passes of an update, and of a turn; turns over a generation; tokens of the longest."""

FIRST = 7
"""The first prompt: of those from here on, some are answered right, some wrong, and some both."""

LOGPS = ("old_per_token_logps", "ref_per_token_logps", "sampling_per_token_logps")
"""TRL's names of log-probabilities in a batch."""

MOVE = 0.06
"""The standard deviation by which weights move: importance weights then reach beyond the clip."""


@dataclasses.dataclass(kw_only=True)
class Pass:
    """One pass over the loss, of one process."""

    rows: torch.Tensor
    """(B,), the places of its completions in the generation."""

    logps: torch.Tensor
    """(B, T), of the policy of this pass."""

    gradients: list[torch.Tensor]
    """The gradient by log-probabilities, (B, T), and that by entropies where the loss has one."""


@dataclasses.dataclass(kw_only=True)
class Run:
    """A generation of N completions, of all processes, and the passes over it."""

    processes: int
    size: int
    """G."""

    rewards: torch.Tensor
    """(N,), the weighted sum of the reward functions."""

    terms: torch.Tensor
    """(N, K), the reward of each function."""

    weights: torch.Tensor
    """(K,), their weights."""

    right: torch.Tensor
    """(N,), correctness."""

    lengths: torch.Tensor
    """(N,), as sampled."""

    truncated: torch.Tensor
    """(N,) of bool."""

    old: torch.Tensor
    """(N, T), log-probabilities of the policy that sampled."""

    reference: torch.Tensor | None
    """(N, T), those of the reference, where there is one."""

    sampling: torch.Tensor | None
    """(N, T), those of the sampler, where it is another model."""

    passes: list[Pass]

    @property
    def sampled(self) -> torch.Tensor:
        """The mask of what the policy wrote, (N, T)."""
        return (torch.arange(self.old.shape[1]) < self.lengths.unsqueeze(1)).float()


def settings_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of such a run."""
    return {
        "training.per_device_train_batch_size": ROWS,
        "training.gradient_accumulation_steps": UPDATE,
        "training.steps_per_generation": PASSES,
        "training.num_iterations": TURNS,
        "generation.max_completion_length": WINDOW,
        **changes,
    }


def move(trainer: Any, seed: int) -> None:
    """Move the weights of the policy."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in trainer.model.parameters():
            weight.add_(MOVE * torch.randn(weight.shape, generator=draw))


def observed(trainer: Any) -> Run:
    """What a trainer, ours or TRL's own, makes of the told completions."""
    trainer = with_told_completions(trainer)
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = UPDATE
    rank, processes = trainer.accelerator.process_index, trainer.accelerator.num_processes
    written: list[list[int]] = []
    scored: list[torch.Tensor] = []
    watched: list[tuple[torch.Tensor, ...]] = []
    single_turn, calculate = trainer._generate_single_turn, trainer._calculate_rewards
    generate, logps_of = trainer._generate_and_score_completions, trainer._get_per_token_logps_and_entropies

    def recorded_turn(*args: Any, **named: Any) -> Any:
        found = single_turn(*args, **named)
        written.extend(found[0])
        return found

    def recorded_rewards(*args: Any, **named: Any) -> torch.Tensor:
        found: torch.Tensor = calculate(*args, **named)
        scored.append((found * trainer.reward_weights).nansum(dim=1))
        scored.append(found)
        return found

    def numbered(*args: Any, **named: Any) -> dict[str, torch.Tensor]:
        found: dict[str, torch.Tensor] = generate(*args, **named)
        rows = len(found["completion_ids"])
        torch.manual_seed(5)  # TRL shuffles next, and both trainers must do it alike
        return {**found, "row": torch.arange(rows) + rank * rows}

    def kept_gradient(*args: Any, **named: Any) -> Any:
        found = logps_of(*args, **named)
        if found[0].requires_grad:
            values = [one for one in found[:2] if one is not None and one.requires_grad]
            for one in values:
                one.retain_grad()
            watched.append(tuple(values))
        return found

    trainer._generate_single_turn, trainer._calculate_rewards = recorded_turn, recorded_rewards
    trainer._generate_and_score_completions = numbered
    trainer._get_per_token_logps_and_entropies = kept_gradient
    move(trainer, 1)
    local = ROWS * PASSES // trainer.num_generations
    prompts = [trainer.train_dataset[FIRST + rank * local + at] for at in range(local)]
    rows = [dict(one) for one in prompts for _ in range(trainer.num_generations)]
    passes = []
    for step in range(PASSES * TURNS):
        trainer._step = step
        batch = trainer._prepare_inputs(rows)
        trainer.model.zero_grad()
        trainer._compute_loss(trainer.model, batch).backward()
        found = [torch.zeros_like(one) if one.grad is None else one.grad for one in watched[-1]]
        passes.append(Pass(rows=batch["row"], logps=watched[-1][0].detach(), gradients=found))
        if step % UPDATE == UPDATE - 1:
            move(trainer, 2 + step)
    mine = {
        "passes": passes,
        "written": written,
        "parts": [(one["row"], *(one.get(name) for name in LOGPS)) for one in trainer._buffered_inputs],
    }
    ended = {trainer._tokenizer.eos_token_id, trainer._tokenizer.pad_token_id}
    scored.append(trainer.reward_weights.cpu())
    return joined(gather_object([mine]), scored, ended, size=trainer.num_generations, processes=processes)


def joined(
    parts: list[dict[str, Any]], scored: list[torch.Tensor], ended: set[int], *, size: int, processes: int
) -> Run:
    """Return the generation of all processes."""
    written = [ids for part in parts for ids in part["written"]]
    width = max(old.shape[1] for part in parts for _, old, *_ in part["parts"])
    known: dict[str, torch.Tensor] = {}
    for part in parts:
        for rows, *tables in part["parts"]:
            for name, values in zip(LOGPS, tables, strict=True):
                if values is not None:
                    whole = known.setdefault(name, torch.zeros(len(written), width))
                    whole[rows, : values.shape[1]] = values
    return Run(
        processes=processes,
        size=size,
        rewards=scored[0],
        right=scored[1][:, 0],
        terms=scored[1],
        weights=scored[2],
        lengths=torch.tensor([len(ids) for ids in written]),
        truncated=torch.tensor([ids[-1] not in ended for ids in written]),
        old=known["old_per_token_logps"],
        reference=known.get("ref_per_token_logps"),
        sampling=known.get("sampling_per_token_logps"),
        passes=[one for part in parts for one in part["passes"]],
    )


def main(folder: Path, changes: list[dict[str, Any]], into: Path) -> None:
    """Save a run for each of the settings."""
    from trainer_adapters.grpo.run import build_trainer

    runs = [observed(build_trainer(tiny_config(folder, settings_of(one)))) for one in changes]
    torch.save(runs, into / f"runs-{torch.distributed.get_rank()}.pt")


if __name__ == "__main__":
    import grpo_observed  # or what is saved would be of __main__

    grpo_observed.main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")), Path(sys.argv[3]))
