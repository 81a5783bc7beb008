"""What `--custom-rm-path my_rewards.custom_rm` names; its folder must be on PYTHONPATH."""

from __future__ import annotations

import os

from trainer_adapters.slime import reward_model

custom_rm = reward_model("logp-modulated", server=os.environ.get("TOUCHSTONE_SERVER"), timeout=60)
