"""AReaL 1.0.4 (read): `AsyncRewardWrapper` of `areal/api/reward_api.py`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from trainer_adapters import areal
from trainer_calls.call import Call, has, tokenize, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Kinds


async def call_areal(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As AsyncRewardWrapper does: pickled into a process of a pool, awaited with a time limit."""
    import functools
    import multiprocessing

    # AReaL forks; a test process with threads must not, and what is pickled is the same.
    context = multiprocessing.get_context("spawn")
    if has("areal.api.reward_api") and has("colorlog"):
        return await _areal_wrapper(function, completions, golds, kinds), None
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        loop = asyncio.get_running_loop()
        calls = [
            loop.run_in_executor(
                executor,
                functools.partial(
                    function,
                    "q",
                    f"{text}<|im_end|>",
                    [113],
                    tokenize(text),
                    answer=gold,
                    query_id="0",
                    **row,
                ),
            )
            for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
        ]
        return [await one for one in calls], None


async def _areal_wrapper(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds
) -> list[float]:
    """AReaL's own wrapper, with a pool that spawns."""
    import multiprocessing

    from areal.api.reward_api import AsyncRewardWrapper

    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        wrapper = AsyncRewardWrapper(function, max_workers=1, max_retries=0, timeout_seconds=60)
        return [
            await wrapper("q", f"{text}<|im_end|>", [113], tokenize(text), answer=gold, query_id="0", **row)
            for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
        ]
    finally:
        multiprocessing.set_start_method(before, force=True)


CALLS = [
    Call("areal", "areal", areal.reward_function, call_areal, tokens=True, module="areal.api.reward_api"),
]
