"""Two processes under dynamic sampling, of which the second has hard prompts: its groups come from the first.

::

    torchrun --nproc_per_node 2 grpo_traded.py FOLDER CHANGES.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accelerate.utils import gather, gather_object
from grpo_refilled import REFILL, prompts_in, uneven
from tiny_grpo import tiny_config

from trainer_adapters.grpo import trainer as of_the_trainer
from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from trainer_adapters.grpo.techniques.dynamic_sampling import Place
    from trainer_adapters.grpo.trainer import TouchstoneTrainer

    Batch = dict[str, torch.Tensor]


def main(folder: Path, changes: dict[str, object]) -> None:
    """Train, and let the first process print the batches of both, and how many groups moved."""
    trainer = uneven(build_trainer(tiny_config(folder, {**REFILL, **changes})))
    size, batches, traded = trainer.num_generations, [], []
    make, refilled = trainer._generate_and_score_completions, of_the_trainer.refilled  # noqa: SLF001

    def observed(batch: Batch, further: Batch, pairs: Sequence[tuple[Place, Place]], **named: Any) -> Batch:
        traded.extend(place for place, other in pairs if place.rank != other.rank)
        return refilled(batch, further, pairs, **named)

    def batch_of(inputs: list[dict[str, Any]]) -> Batch:
        batch: Batch = make(inputs)
        every = trainer.accelerator.pad_across_processes(batch["completion_ids"], dim=1)
        assert len(gather(every)) == 16
        right = gather(batch["right"]).view(-1, size)
        batches.append(
            {
                "prompts": gather_object(prompts_in(trainer, batch)),
                "accuracy": right.mean().item(),
                "informative": bool(((right.sum(1) > 0) & (right.sum(1) < size)).all()),
                "whole": all(gather_object([is_whole(trainer, batch)])),
            }
        )
        return batch

    of_the_trainer.refilled = observed
    trainer._generate_and_score_completions = batch_of  # noqa: SLF001
    trainer.train()
    if trainer.accelerator.is_main_process:
        steps = [entry for entry in trainer.state.log_history if "reward" in entry]
        found = {"steps": steps, "batches": batches, "traded": len(traded)}
        sys.stdout.write("RESULT " + json.dumps(found) + "\n")
        sys.stdout.flush()
    trainer.accelerator.wait_for_everyone()


def is_whole(trainer: TouchstoneTrainer, batch: Batch) -> bool:
    """Whether prompts, completions and verdicts of this process's rows belong together."""
    decode = trainer._tokenizer.decode  # noqa: SLF001
    found = []
    for row in range(len(batch["right"])):
        length = int(batch["completion_mask"][row].sum())
        prompt = decode(batch["prompt_ids"][row][batch["prompt_mask"][row].bool()])
        answer = sum(map(int, prompt.removesuffix("?").split("+")))
        written = decode(batch["completion_ids"][row][:length])
        found.append((f"\\boxed{{{answer}}}" in written) == bool(batch["right"][row] == 1))
        found.append(bool((batch["completion_ids"][row, length:] == trainer._tokenizer.pad_token_id).all()))  # noqa: SLF001
    prompts = prompts_in(trainer, batch)
    return all(found) and len(prompts) == len(batch["right"]) // trainer.num_generations


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
