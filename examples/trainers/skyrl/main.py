"""SkyRL: register the environment in every worker, then train; see train.sh beside this file."""

from __future__ import annotations

import os
import sys

import ray
import skyrl_gym
from skyrl.train.config import SkyRLTrainConfig
from skyrl.train.entrypoints.main_base import BasePPOExp
from skyrl.train.utils import validate_cfg
from skyrl.train.utils.utils import initialize_ray


@ray.remote(num_cpus=1)
def train(config: SkyRLTrainConfig) -> None:
    """Train where the environments are made, which is where they must be registered."""
    skyrl_gym.register(
        id="touchstone",
        entry_point="trainer_adapters.skyrl:TouchstoneEnv",
        kwargs={"recipe": "r1-zero", "server": os.environ.get("TOUCHSTONE_SERVER"), "timeout": 120},
    )
    BasePPOExp(config).run()


if __name__ == "__main__":
    config = SkyRLTrainConfig.from_cli_overrides(sys.argv[1:])
    validate_cfg(config)
    initialize_ray(config)
    ray.get(train.remote(config))
