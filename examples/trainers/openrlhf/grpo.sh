#!/usr/bin/env bash
# GRPO with OpenRLHF: group-normalised advantages, rewards by the file beside this one. Answers are bare golds ("72").
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

python -m openrlhf.cli.train_ppo_ray \
  --actor.model_name_or_path Qwen/Qwen2.5-1.5B-Instruct \
  --reward.remote_url "$here/reward.py" \
  --algo.advantage.estimator group_norm \
  --data.prompt_dataset "$DATA/questions.jsonl" \
  --data.input_key question \
  --data.label_key answer \
  --data.apply_chat_template \
  --rollout.n_samples_per_prompt 8 \
  --rollout.batch_size 128 \
  --train.batch_size 128
