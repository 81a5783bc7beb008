# Sourced by a slime launch script: the arguments about rewards, beside those about model and cluster.
export PYTHONPATH="${PYTHONPATH:-}:$(dirname "${BASH_SOURCE[0]}")"
ROLLOUT_ARGS=(
  --prompt-data "$DATA/dapo-math-17k.jsonl"
  --input-key prompt
  --label-key label
  --apply-chat-template
  --rollout-batch-size 32
  --n-samples-per-prompt 8
  --rollout-max-response-len 8192
  --custom-rm-path my_rewards.custom_rm
)
