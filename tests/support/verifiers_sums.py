"""A task set of sums for verifiers v1, and a harness that asks the model once, as a plugin exports them.

The program runs as a process and reaches the model through the run's interception server, as any does;
it is ours because those that ship fetch their own dependencies when they start.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import verifiers.v1 as vf

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AskOnce", "Sums"]

PROGRAM = """
import json, sys, urllib.request
endpoint, secret, model, prompt = sys.argv[1:]
body = json.dumps({"model": model, "messages": [{"role": "user", "content": prompt}]}).encode()
headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(f"{endpoint}/chat/completions", body, headers)).read()
"""


class Sum(vf.TaskData):
    answer: str = ""


class SumTask(vf.Task[Sum]):  # type: ignore[type-arg,misc]
    """Leaves its reward to its configuration."""


class Sums(vf.Taskset[SumTask, vf.TasksetConfig]):  # type: ignore[misc]
    def load(self) -> Iterable[SumTask]:
        golds = {"0+0?": "0", "1+1?": "2", "2+2?": "4", "3+3?": "6", "broken": r"\frac{"}
        return [SumTask(Sum(prompt=q, answer=gold), self.config.task) for q, gold in golds.items()]


class AskOnce(vf.Harness[vf.HarnessConfig]):  # type: ignore[misc]
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(
        self,
        ctx: vf.ModelContext,
        trace: vf.Trace,
        runtime: vf.Runtime,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: Sum,
        tool_interception_url: str | None = None,
    ) -> vf.ProgramResult:
        del trace, mcp_urls, tool_interception_url
        return await runtime.run_program(
            [sys.executable, "-c", PROGRAM, endpoint, secret, ctx.model, str(data.prompt)], {}
        )
