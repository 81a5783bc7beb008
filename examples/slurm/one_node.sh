#!/bin/bash
# GRPO on one node with eight GPUs: sbatch examples/slurm/one_node.sh config.yaml
# The file names launch: {strategy: fsdp2, nproc: 8} and, to generate on the same GPUs,
# generation: {vllm: {mode: colocate}}.
#SBATCH --job-name=touchstone-grpo
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=64
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --output=%x-%j.log

set -euo pipefail
config=${1:?a training file}

# srun takes a task to need one CPU, whatever the job was given. Sent again after a failure of the node, the
# job goes on from its last checkpoint.
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" touchstone train "$config"
