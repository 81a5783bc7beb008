"""What the bundled trainer costs beside plain TRL: CPU seconds a step, in pairs, with a confidence interval.

::

    python benchmarks/trainer_overhead.py --pairs 20

Both train the same model from the same weights on the same told completions with the same reward
functions, in turns, so that a busy machine hits both alike; it says so if their rewards differ. The model is
tiny, which makes what is ours look large: a real step has the same extra work and thousands of times the
model's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from tiny_grpo import make_folder, tiny_config, with_told_completions
from transformers import PrinterCallback
from trl import GRPOConfig, GRPOTrainer

from trainer_adapters.grpo.arguments import trl_arguments
from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.model import load_tokenizer, model_init_arguments
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.run import made_trainer

STEPS = 20

SPREAD = 2.1
"""Standard errors in a 95 % interval: Student's t for about twenty pairs; fewer want more."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as place:
        folder = make_folder(Path(place), hidden=256, layers=4)
        run(folder, ours=True)
        run(folder, ours=False)  # both are warm
        ratios = []
        for pair in range(given.pairs):
            order = (True, False) if pair % 2 else (False, True)
            found = {ours: run(folder, ours=ours) for ours in order}
            assert found[True][1] == found[False][1], "they did not see the same rewards"
            ratios.append(found[True][0] / found[False][0])
            print(
                f"pair {pair + 1}: {found[True][0]:.4f} s against {found[False][0]:.4f} s a step", flush=True
            )
    mean = statistics.mean(ratios)
    half = SPREAD * statistics.stdev(ratios) / len(ratios) ** 0.5
    print(f"CPU time a step, ours / TRL: {mean:.4f}, 95 % of it {mean - half:.4f} to {mean + half:.4f}")


def run(folder: Path, *, ours: bool) -> tuple[float, list[float]]:
    """CPU seconds a step, and the rewards."""
    changes = {
        "training.max_steps": STEPS,
        "generation.max_completion_length": 48,
        "training.per_device_train_batch_size": 32,
    }
    config = tiny_config(folder, changes)
    if ours:
        trainer = made_trainer(config)
    else:
        recipe = TrainedRecipe(config)
        trainer = GRPOTrainer(
            model=config.model.path,
            reward_funcs=list(recipe.functions),
            args=GRPOConfig(
                **trl_arguments(config),
                reward_weights=recipe.functions.weights,
                model_init_kwargs=model_init_arguments(config),
            ),
            train_dataset=load_prompts(config.data, keep=(), conversational=False),
            processing_class=load_tokenizer(config),
        )
        trainer.remove_callback(PrinterCallback)
    trainer = with_told_completions(trainer)
    began = time.process_time()
    trainer.train()
    spent = time.process_time() - began
    return spent / STEPS, [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]


if __name__ == "__main__":
    main()
