"""NeMo-RL: register the environment, then run its GRPO example with `grpo.yaml` beside this file."""

from __future__ import annotations

import runpy

from nemo_rl.environments.utils import register_env

register_env("touchstone", "trainer_adapters.nemo_rl.TouchstoneEnvironment")
runpy.run_path("examples/run_grpo.py", run_name="__main__")  # in a checkout of NeMo-RL
