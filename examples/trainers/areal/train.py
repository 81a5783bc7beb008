"""GRPO with AReaL: its GSM8K example with the reward of a recipe. Run with `config.yaml` beside it."""

from __future__ import annotations

import sys

from areal.api.cli_args import GRPOConfig, load_expr_config
from areal.dataset import get_custom_dataset
from areal.utils.hf_utils import load_hf_tokenizer


def workflow_arguments(config: GRPOConfig) -> dict[str, object]:
    """Return the arguments of the workflow, which AReaL sends to its workers as JSON."""
    return {"reward_fn": "my_rewards.reward", "gconfig": config.gconfig, "tokenizer": config.tokenizer_path}


def main(arguments: list[str]) -> None:
    """Train by the settings of the command line."""
    from areal import PPOTrainer  # noqa: PLC0415  # it loads what logs and schedules as well

    config, _ = load_expr_config(arguments, GRPOConfig)
    tokenizer = load_hf_tokenizer(config.tokenizer_path)
    data = get_custom_dataset(split="train", dataset_config=config.train_dataset, tokenizer=tokenizer)
    with PPOTrainer(config, train_dataset=data) as trainer:
        trainer.train(workflow="areal.workflow.rlvr.RLVRWorkflow", workflow_kwargs=workflow_arguments(config))


if __name__ == "__main__":
    main(sys.argv[1:])
