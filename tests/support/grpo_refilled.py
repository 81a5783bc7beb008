"""A batch that dynamic sampling refilled: its prompts, its loss and its gradient, of one process or several.

Prompts of an even sum are hard: never right, and as long as the window lets them be. So what is thrown away
is much longer than what takes its place.

::

    torchrun --nproc_per_node 2 grpo_refilled.py FOLDER CHANGES.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import gather_object
from tiny_grpo import tiny_config
from tiny_trl import SIGNS

from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

REFILL: dict[str, Any] = {
    "techniques.dynamic_sampling": {"filter_on": "correctness", "max_rounds": 10},
    "generation.max_completion_length": 40,
}


def uneven(trainer: Any) -> Any:
    """The same trainer, whose completions depend on their prompts and their places alone."""
    signs = {sign: at for at, sign in enumerate(SIGNS)}

    def single_turn(prompt_ids: Sequence[Sequence[int]], *_: object, **__: object) -> tuple[Any, None]:
        written = []
        for at, ids in enumerate(prompt_ids):
            total = sum(map(int, "".join(SIGNS[one] for one in ids).removesuffix("?").split("+")))
            if total % 2 == 0:
                written.append([7 + one % 10 for one in range(trainer.max_completion_length)])
                continue
            answer = str(total + at % 2)
            # Of different lengths, or the advantages of a group would cancel out in the loss.
            chatter = [signs["7"]] * (at % 4)
            written.append([*chatter, signs["\\boxed{"], *map(signs.get, answer), signs["}"], signs["<eos>"]])
        return written, None

    trainer._generate_single_turn = single_turn  # noqa: SLF001  # TRL's seam
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    return trainer


def batch_of(trainer: Any, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """What the trainer makes of these rows, each prompt for a whole group."""
    inputs = [dict(row) for row in rows for _ in range(trainer.num_generations)]
    return dict(trainer._generate_and_score_completions(inputs))  # noqa: SLF001


def loss_and_gradient(trainer: Any, batch: dict[str, torch.Tensor]) -> tuple[float, torch.Tensor]:
    """The loss of one pass over the batch, and its gradient as one vector."""
    trainer.model.zero_grad()
    loss = trainer._compute_loss(trainer.model, batch)  # noqa: SLF001
    loss.backward()
    return loss.item(), torch.cat([one.grad.reshape(-1) for one in trainer.model.parameters()])


def prompts_in(trainer: Any, batch: dict[str, torch.Tensor]) -> list[str]:
    """The prompt of each group."""
    found = []
    for ids, mask in zip(batch["prompt_ids"], batch["prompt_mask"], strict=True):
        found.append(trainer.processing_class.decode(ids[mask.bool()]))
    return found[:: trainer.num_generations]


def main(folder: Path, changes: dict[str, object]) -> None:
    """Let the first process print the prompts of all, and the mean of the processes' losses and gradients."""
    trainer = uneven(build_trainer(tiny_config(folder, {**REFILL, **changes})))
    accelerator = trainer.accelerator
    groups = trainer.args.per_device_train_batch_size // trainer.num_generations
    first = accelerator.process_index * groups
    batch = batch_of(trainer, [trainer.train_dataset[first + at] for at in range(groups)])
    loss, gradient = loss_and_gradient(trainer, batch)
    prompts = gather_object(prompts_in(trainer, batch))
    loss = accelerator.reduce(torch.tensor(loss), reduction="mean").item()
    gradient = accelerator.reduce(gradient, reduction="mean")
    if accelerator.is_main_process:
        found = {"prompts": prompts, "loss": loss, "gradient": gradient.tolist()}
        sys.stdout.write("RESULT " + json.dumps(found) + "\n")
        sys.stdout.flush()
    accelerator.wait_for_everyone()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
