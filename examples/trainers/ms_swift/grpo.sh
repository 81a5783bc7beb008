#!/usr/bin/env bash
# GRPO with ms-swift; the names and weights are the terms of the recipe r1-zero.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

swift rlhf \
  --rlhf_type grpo \
  --model Qwen/Qwen2.5-1.5B-Instruct \
  --dataset AI-MO/NuminaMath-TIR#5000 \
  --external_plugins "$here/plugin.py" \
  --reward_funcs correctness format \
  --reward_weights 1.0 0.5 \
  --use_vllm true \
  --vllm_mode colocate \
  --num_generations 8 \
  --per_device_train_batch_size 8 \
  --max_completion_length 2048 \
  --log_completions true \
  --output_dir out
