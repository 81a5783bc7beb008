"""A run whose output folder is gone after its second step, with all on that watches it; prints its steps.

::

    python grpo_vanishing.py FOLDER CHANGES.json
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tiny_grpo import tiny_config, with_told_completions
from transformers import TrainerCallback

from trainer_adapters.grpo.run import build_trainer


class Vanish(TrainerCallback):
    """Removes the output folder."""

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 2:  # in the middle of four
            shutil.rmtree(args.output_dir)


def main(folder: Path, changes: dict[str, object]) -> None:
    """Train four steps, and print how many were made."""
    watched = {"logging": {"completions": True, "report": True, "dashboard": True}, "training.max_steps": 4}
    trainer = with_told_completions(build_trainer(tiny_config(folder, {**watched, **changes})))
    trainer.add_callback(Vanish())
    trainer.train()
    sys.stdout.write(f"RESULT {json.dumps({'steps': trainer.state.global_step})}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
