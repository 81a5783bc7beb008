"""GRPO with AReaL: its GSM8K example with the reward of a recipe. Run with `config.yaml` beside it."""

from __future__ import annotations

import os
import sys

from areal import PPOTrainer
from areal.api.cli_args import GRPOConfig, load_expr_config
from areal.dataset import get_custom_dataset
from areal.utils.hf_utils import load_hf_tokenizer

from trainer_adapters.areal import reward_function

reward = reward_function("r1-zero", server=os.environ.get("TOUCHSTONE_SERVER"), gold="answer")


def main(arguments: list[str]) -> None:
    """Train by the settings of the command line."""
    config, _ = load_expr_config(arguments, GRPOConfig)
    tokenizer = load_hf_tokenizer(config.tokenizer_path)
    data = get_custom_dataset(split="train", dataset_config=config.train_dataset, tokenizer=tokenizer)
    data = data.map(lambda row: {"answer": row["answer"].rpartition("#### ")[2]})
    settings = {"reward_fn": reward, "gconfig": config.gconfig, "tokenizer": config.tokenizer_path}
    with PPOTrainer(config, train_dataset=data, valid_dataset=None) as trainer:
        trainer.train(workflow="areal.workflow.rlvr.RLVRWorkflow", workflow_kwargs=settings)


if __name__ == "__main__":
    main(sys.argv[1:])
