"""NeMo-RL: register the environment, then run its GRPO example with `grpo.yaml` beside this file."""

from __future__ import annotations

import runpy

from trainer_adapters.nemo_rl import register

register("touchstone")
runpy.run_path("examples/run_grpo.py", run_name="__main__")  # in a checkout of NeMo-RL
