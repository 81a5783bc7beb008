"""A run of the bundled trainer that samples by vLLM, within or by a server, and notes what it sampled.

::

    python grpo_vllm.py FOLDER CHANGES.json

For each generation it prints how far the log-probabilities that vLLM gave lie from those of the policy as it
is, and as it was when the run began; and how far each reward lies from the recipe's by hand.
"""

from __future__ import annotations

import copy
import json
import math
import sys
from pathlib import Path
from typing import Any

from tiny_grpo import tiny_config
from vllm_file_transfer import send_by_file

from trainer_adapters.grpo.run import build_trainer


class Noting:
    """Keeps what was sampled beside what the policy itself says of it."""

    noted: list[dict[str, Any]]
    first: Any

    def _generate(self, prompts: list[Any]) -> tuple[Any, ...]:
        found = super()._generate(prompts)  # type: ignore[misc]  # the trainer's
        prompt_ids, completion_ids, extra = found[0], found[1], found[5]
        now = self._logps_of(self.model, prompt_ids, completion_ids)  # type: ignore[attr-defined]
        before = self._logps_of(self.first, prompt_ids, completion_ids)  # type: ignore[attr-defined]
        self.noted.append({"ids": completion_ids, "sampled": extra["logprobs"], "now": now, "before": before})
        return found

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> object:
        batch = super()._generate_and_score_completions(inputs)  # type: ignore[misc]
        written = self._tokenizer.batch_decode(self.noted[-1]["ids"], skip_special_tokens=True)  # type: ignore[attr-defined]
        golds = [row["ground_truth"] for row in inputs]
        self.noted[-1]["right"] = [
            f"\\boxed{{{gold}}}" == text for gold, text in zip(golds, written, strict=True)
        ]
        self.noted[-1]["rewards"] = batch["rewards"].tolist()
        return batch


def main(folder: Path, changes: dict[str, object]) -> None:
    """Train, and print what was noted and logged."""
    config = tiny_config(folder, changes)
    if config.generation.vllm and config.generation.vllm.mode == "server":
        send_by_file()
    trainer = build_trainer(config)
    trainer.noted, trainer.first = [], copy.deepcopy(trainer.model)
    trainer.__class__ = type("NotingTrainer", (Noting, type(trainer)), {})
    trainer.train()
    steps = [entry for entry in trainer.state.log_history if "reward" in entry]
    generations = [
        {
            "from_now": farthest(one["sampled"], one["now"]),
            "from_before": farthest(one["sampled"], one["before"]),
            "rewards": one["rewards"],
            "right": one["right"],
            "likely": [math.exp(sum(row) / len(row)) for row in one["now"]],
        }
        for one in trainer.noted
    ]
    sys.stdout.write("RESULT " + json.dumps({"steps": steps, "generations": generations}) + "\n")
    sys.stdout.flush()


def farthest(some: list[list[float]], others: list[list[float]]) -> float:
    """The largest difference between two tables of log-probabilities."""
    return max(
        abs(a - b) for row, other in zip(some, others, strict=True) for a, b in zip(row, other, strict=True)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
