"""The reward that train.py names; its folder must be on PYTHONPATH, for AReaL's workers too."""

from __future__ import annotations

import os

from trainer_adapters.areal import reward_function

reward = reward_function(
    "r1-zero", server=os.environ.get("TOUCHSTONE_SERVER"), gold="answer", gold_after="####"
)
