"""Programs in a Python process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import rewards

ROOT = Path(rewards.__file__).parent.parent


def run_python(program: str, **variables: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()
