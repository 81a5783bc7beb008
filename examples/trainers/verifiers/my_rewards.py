"""A v1 reward for any task set, plugged in by path: see eval.toml beside this file."""

from __future__ import annotations

import os

from trainer_adapters.verifiers import reward_function

reward = reward_function("r1-zero", server=os.environ.get("TOUCHSTONE_SERVER"), gold="answer", timeout=60)
