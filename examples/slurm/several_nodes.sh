#!/bin/bash
# GRPO on several nodes, with a verification server on each that trains:
#   sbatch examples/slurm/several_nodes.sh config.yaml [MODEL [DTYPE]]
# With MODEL the last node serves it by vLLM and the others train; without it all of them train. DTYPE is that of
# training.precision: bfloat16 (bf16), float16 (fp16) or float32 (fp32). The file names
#   launch: {strategy: fsdp2, nproc: 8, nodes: 4}
#   generation: {vllm: {mode: server}}     (with MODEL)
# and this script says where the servers are.
#SBATCH --job-name=touchstone-grpo
#SBATCH --nodes=5
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=64
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --output=%x-%j.log

set -euo pipefail
config=${1:?a training file}
model=${2:-}
dtype=${3:-bfloat16}

# srun takes a task to need one CPU, whatever the job was given.
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK

# Where Slurm itself reaches a node, whose name need not be known elsewhere.
address_of() { scontrol --oneliner show node "$1" | sed 's/.* NodeAddr=\([^ ]*\) .*/\1/'; }

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
settings=()
if [[ -n $model ]]; then
    sampler=${nodes[-1]}
    unset 'nodes[-1]'
    srun --nodes=1 --ntasks=1 --nodelist="$sampler" --overlap \
        trl vllm-serve --model "$model" --tensor_parallel_size "$SLURM_GPUS_PER_NODE" --dtype "$dtype" &
    settings+=(--set "generation.vllm.server_base_url=http://$(address_of "$sampler"):8000")
fi
trainers=(--nodes=${#nodes[@]} --ntasks=${#nodes[@]} --nodelist="$(IFS=,; echo "${nodes[*]}")" --overlap)

# Ports that other jobs on these nodes hardly have.
reward_port=$((20000 + SLURM_JOB_ID % 5000)) MASTER_PORT=$((25000 + SLURM_JOB_ID % 5000))
settings+=(--set "reward.server=[127.0.0.1:$reward_port]")
srun "${trainers[@]}" --gpus-per-node=0 touchstone serve --processes 4 --address "127.0.0.1:$reward_port" &

# Where one node fails, the others would wait for it.
MASTER_ADDR=$(address_of "${nodes[0]}")
export MASTER_ADDR MASTER_PORT
srun "${trainers[@]}" --kill-on-bad-exit=1 \
    bash -c 'NODE_RANK=$SLURM_PROCID exec touchstone train "$@"' train "$config" "${settings[@]}"
