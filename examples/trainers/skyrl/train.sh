#!/usr/bin/env bash
# GRPO with SkyRL; rows of the data set have env_class "touchstone" and reward_spec.ground_truth.
set -euo pipefail

python main.py \
  data.train_data="['$HOME/data/gsm8k/train.parquet']" \
  environment.env_class=touchstone \
  trainer.algorithm.advantage_estimator=grpo \
  trainer.policy.model.path=Qwen/Qwen2.5-1.5B-Instruct \
  generator.n_samples_per_prompt=8
