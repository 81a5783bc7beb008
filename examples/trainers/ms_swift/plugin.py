"""What `--external_plugins examples/trainers/ms_swift/plugin.py` imports."""

from __future__ import annotations

import os

from trainer_adapters.ms_swift import register

register("r1-zero", server=os.environ.get("TOUCHSTONE_SERVER"), gold="solution", timeout=120)
