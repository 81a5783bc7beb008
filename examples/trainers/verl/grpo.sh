#!/usr/bin/env bash
# GRPO with verl. The data set is verl's own GSM8K parquet; DAPO's recipe needs lengths, hence the manager.
set -euo pipefail

python -m verl.trainer.main_ppo \
  algorithm.adv_estimator=grpo \
  data.train_files="$HOME/data/gsm8k/train.parquet" \
  data.val_files="$HOME/data/gsm8k/test.parquet" \
  data.train_batch_size=256 \
  data.max_prompt_length=512 \
  data.max_response_length=4096 \
  actor_rollout_ref.model.path=Qwen/Qwen2.5-1.5B-Instruct \
  actor_rollout_ref.actor.optim.lr=1e-6 \
  actor_rollout_ref.actor.ppo_mini_batch_size=64 \
  actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=8 \
  actor_rollout_ref.rollout.name=vllm \
  actor_rollout_ref.rollout.n=8 \
  actor_rollout_ref.rollout.tensor_model_parallel_size=1 \
  reward.reward_manager.source=importlib \
  reward.reward_manager.name=RewardManager \
  reward.reward_manager.module.path=pkg://trainer_adapters.verl \
  +reward.reward_kwargs.recipe=dapo \
  +reward.reward_kwargs.server="${TOUCHSTONE_SERVER:-127.0.0.1:50051}" \
  trainer.n_gpus_per_node=8 \
  trainer.nnodes=1 \
  trainer.total_epochs=1
