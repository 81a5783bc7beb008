"""One process of a run of the bundled trainer with told completions; prints what was logged.

::

    torchrun --nproc_per_node 2 grpo_ranks.py FOLDER CHANGES.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tiny_grpo import tiny_config, with_told_completions

from trainer_adapters.grpo.run import build_trainer


def main(folder: Path, changes: dict[str, object]) -> None:
    """Train, and let the first process print the logged steps, and of the weights
    how many they are and the sum of their squares."""
    trainer = with_told_completions(build_trainer(tiny_config(folder, changes)))
    trainer.train()
    if trainer.accelerator.is_main_process:
        steps = [entry for entry in trainer.state.log_history if "reward" in entry]
        weights = list(trainer.model.parameters())
        found = {
            "steps": steps,
            "weights": sum(one.numel() for one in weights),
            "squares": sum(float(one.detach().square().sum()) for one in weights),
        }
        sys.stdout.write("RESULT " + json.dumps(found) + "\n")
        sys.stdout.flush()
    trainer.accelerator.wait_for_everyone()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
