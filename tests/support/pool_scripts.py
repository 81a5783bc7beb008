"""Programs that ask a pool, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pools import area

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys, time
sys.path.insert(0, {root!r})
{body}
"""


def start(body: str) -> subprocess.Popen[str]:
    """A caller in a process of its own."""
    code = SCRIPT.format(root=str(ROOT), body=body)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


CALLER = f"""
from rewards.answers.judge import Judge, Limits, Question
judge = Judge(Limits(workers=1, cpu_seconds=1000.0))
question = Question({area(1)[0]!r}, ({area(1)[1]!r},))
print(judge.ask([question])[question].result().status, judge.pool_pid, flush=True)
"""
