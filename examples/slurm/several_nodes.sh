#!/bin/bash
# GRPO on four nodes, with vLLM on a fifth and a verification server on each that trains:
#   sbatch examples/slurm/several_nodes.sh config.yaml MODEL
# The file names launch: {strategy: fsdp2, nproc: 8, nodes: 4}, and for generation and rewards
#   generation: {vllm: {mode: server}}    reward: {server: ["127.0.0.1:50051"]}
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
model=${2:?the model that vLLM serves}

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
sampler=${nodes[-1]}
trainers=$(IFS=,; echo "${nodes[*]:0:4}")

srun --nodes=1 --ntasks=1 --nodelist="$sampler" \
    trl vllm-serve --model "$model" --tensor_parallel_size 8 &
srun --nodes=4 --ntasks=4 --nodelist="$trainers" --overlap --gpus=0 touchstone serve --processes 4 &

export MASTER_ADDR=${nodes[0]} MASTER_PORT=29500
srun --nodes=4 --ntasks=4 --nodelist="$trainers" --overlap \
    bash -c "NODE_RANK=\$SLURM_PROCID touchstone train '$config' --set generation.vllm.server_base_url=http://$sampler:8000"
