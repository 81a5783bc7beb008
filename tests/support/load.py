"""Other processes that want the processor as well."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


BUSY = """
import os
parent = os.getppid()
while os.getppid() == parent:
    pass
"""
"""Ends with the process that started it, however that ends."""


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Load every core that this process may use, until the block ends."""
    with contextlib.ExitStack() as running:
        for _ in os.sched_getaffinity(0):
            process = running.enter_context(subprocess.Popen([sys.executable, "-c", BUSY]))
            running.callback(process.kill)
        yield
