"""What `--reward.remote_url examples/trainers/openrlhf/reward.py` loads."""

from __future__ import annotations

import os

from trainer_adapters.openrlhf import reward_function

reward_func = reward_function(
    "r1-zero",
    server=os.environ.get("TOUCHSTONE_SERVER"),
    response_start="<|im_start|>assistant\n",
    timeout=60,
)
