"""AReaL 1.0.4 (read): `AsyncRewardWrapper` of `areal/api/reward_api.py`."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from trainer_adapters import areal
from trainer_calls.call import Call, has, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Sample


async def call_areal(function: Any, samples: Sequence[Sample]) -> Any:
    """As AsyncRewardWrapper does: pickled into a process of a pool, awaited with a time limit."""
    if has("areal.api.reward_api") and has("colorlog"):
        return await _areal_wrapper(function, samples), None
    loop = asyncio.get_running_loop()
    calls = [
        loop.run_in_executor(_executor(), functools.partial(function, *_given(one), **_row(one)))
        for one in samples
    ]
    return [await one for one in calls], None


@functools.cache
def _executor() -> ProcessPoolExecutor:
    """One pool for all calls. AReaL forks; a test process with threads must not: it spawns."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _given(one: Sample) -> tuple[str, str, list[int], list[int]]:
    """Prompt and completion, as text with its stop token and as token ids."""
    return one.templated, f"{one.written}<|im_end|>", tokenize(one.templated), tokenize(one.written)


def _row(one: Sample) -> dict[str, Any]:
    return {"answer": one.gold, "query_id": "0", **one.columns}


async def _areal_wrapper(function: Any, samples: Sequence[Sample]) -> list[float]:
    """AReaL's own wrapper, with a pool that spawns."""
    from areal.api.reward_api import AsyncRewardWrapper

    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        wrapper = AsyncRewardWrapper(function, max_workers=1, max_retries=0, timeout_seconds=60)
        return [await wrapper(*_given(one), **_row(one)) for one in samples]
    finally:
        multiprocessing.set_start_method(before, force=True)


CALLS = [
    Call(
        "areal",
        "areal",
        areal.reward_function,
        call_areal,
        lacks=frozenset(
            {"logprobs", "groups", "mask", "none", "components", "two recipes", "sources", "columns"}
        ),
        templated=True,
        module="areal.api.reward_api",
    ),
]
