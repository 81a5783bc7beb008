"""GRPO with TRL on GSM8K by the recipe r1-zero; `--server HOST:PORT` scores on a verification server."""

from __future__ import annotations

import argparse

from datasets import load_dataset
from trl import GRPOConfig, GRPOTrainer

from trainer_adapters.trl import reward_funcs

parser = argparse.ArgumentParser()
parser.add_argument("--server")
parser.add_argument("--model", default="Qwen/Qwen2.5-0.5B-Instruct")
given = parser.parse_args()

ASK = "Think inside <think> and </think>, then give the answer in \\boxed{}. "
data = load_dataset("openai/gsm8k", "main", split="train").map(
    lambda row: {"prompt": ASK + row["question"], "solution": row["answer"].rpartition("#### ")[2]},
    remove_columns=["question", "answer"],
)
rewards = reward_funcs("r1-zero", server=given.server, timeout=120)
trainer = GRPOTrainer(
    model=given.model,
    reward_funcs=rewards,
    train_dataset=data,
    args=GRPOConfig(
        output_dir="out",
        reward_weights=rewards.weights,
        num_generations=8,
        per_device_train_batch_size=8,
        max_completion_length=1024,
        mask_truncated_completions=True,
        log_completions=True,
    ),
)
trainer.train()
