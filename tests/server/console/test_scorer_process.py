"""The process in which the console scores."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from server.console.scorer_process import ScorerProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def scoring(**settings: float) -> AsyncIterator[ScorerProcess]:
    """The process that scores, of a server that is not there."""
    process = ScorerProcess({"target": "127.0.0.1:1", "certificate": "", "server_name": None}, **settings)
    try:
        yield process
    finally:
        await process.close()


@pytest.mark.asyncio
async def test_scorer_process_says_what_is_no_completion() -> None:
    told = {
        b"": "no JSON",
        b"\xff": "no JSON",
        b"[" * 200_000: "recursion",
        b"[]": "no JSON object",
        b'{"recipe": "boxed", "completion": 1}': "completion is of type int",
        b'{"recipe": "boxed", "completion": "", "prompt": "x"}': "completion is empty",
        b'{"recipe": "boxed", "completion": "x", "path": "/etc/passwd"}': "'path' is no field",
        b'{"recipe": "boxed", "completion": "x", "logprobs": ["a"]}': "logprobs cannot be read",
        b'{"recipe": "boxed", "completion": "x", "logprobs": [NaN]}': "never NaN",
    }
    async with scoring() as process:
        for body, why in told.items():
            status, said = await process.ask(body, None)
            assert status == 400
            assert why in json.loads(said)["error"]


@pytest.mark.asyncio
async def test_scorer_process_ends_a_completion_that_takes_too_long() -> None:
    async with scoring(seconds=0.01) as process:
        for _ in range(2):
            assert (await process.ask(b"{}", None))[0] == 504
