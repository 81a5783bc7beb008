"""TRL 1.16.0: `GRPOTrainer._calculate_rewards` of `trl/trainer/grpo_trainer.py`."""

from __future__ import annotations

import asyncio
import threading
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import trl
from trainer_calls.call import Call, has, messages, tokenize, tokens, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


async def call_trl(
    functions: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As GRPOTrainer._calculate_rewards does: sync in turn, async gathered, weighted sum."""
    extra: dict[str, list[Any]] = {}
    completions = list(completions)
    columns = {
        "prompts": ["q"] * len(completions),
        "completion_ids": [tokenize(text) for text in completions],
        "solution": list(golds),
        "trainer_state": None,
        "log_extra": extra.__setitem__,
        "log_metric": lambda *_: None,
        **({} if kinds is None else {"kind": list(kinds)}),
    }
    found = [function(completions=completions, **columns) for function in functions]
    if asyncio.iscoroutine(found[0]):
        found = await asyncio.gather(*found)
    if has("trl.trainer.grpo_trainer"):
        logged = dict(extra)
        theirs = await asyncio.to_thread(_calculate_rewards, functions, completions, columns, extra)
        wanted = np.array(found, dtype=np.float32).T  # None becomes NaN, as it does there
        assert np.array_equal(theirs, wanted, equal_nan=True)
        assert repr(extra) == repr(logged)
    totals = [
        None
        if all(one is None for one in row)
        else sum(w * v for w, v in zip(functions.weights, row, strict=True))
        for row in zip(*found, strict=True)
    ]
    return totals, {name: values for name, values in extra.items() if name != "verdict"}


async def call_trl_tools(functions: Any, turns: Conversation, gold: str) -> Any:
    """As after GRPOTrainer._tool_call_loop: messages of the assistant and of tools, and all tokens."""
    columns = {
        "completion_ids": [tokens(turns)[1]],
        "completion_mask": [tokens(turns)[2]],
        "solution": [gold],
    }
    found = [function(completions=[messages(turns)], prompts=["q"], **columns) for function in functions]
    if asyncio.iscoroutine(found[0]):
        found = await asyncio.gather(*found)
    return sum(w * v for w, (v,) in zip(functions.weights, found, strict=True))


def _calculate_rewards(functions: Any, completions: list[str], columns: Any, extra: Any) -> Any:
    """GRPOTrainer's own method, with just those parts of a trainer that it uses."""
    from accelerate import Accelerator
    from trl.trainer.grpo_trainer import GRPOTrainer

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    trainer = types.SimpleNamespace(
        accelerator=Accelerator(cpu=True),
        args=types.SimpleNamespace(report_to=[]),
        state=types.SimpleNamespace(global_step=0),
        reward_funcs=list(functions),
        reward_processing_classes=[None] * len(functions),
        reward_func_names=[function.__name__ for function in functions],
        environments=None,
        async_loop=loop,
        _log_completion_extra=extra.__setitem__,
        _log_metric=lambda *_: None,
    )
    rows = with_kinds(columns.get("kind"), len(completions))
    inputs = [
        {"prompt": "q", "solution": gold, **row} for gold, row in zip(columns["solution"], rows, strict=True)
    ]
    try:
        found = GRPOTrainer._calculate_rewards(
            trainer, inputs, columns["prompts"], completions, columns["completion_ids"]
        )
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    return found.numpy()


CALLS = [
    Call(
        "trl",
        "trl",
        trl.reward_funcs,
        call_trl,
        tokens=True,
        optional=True,
        module="trl.trainer.grpo_trainer",
        tools=call_trl_tools,
        masked={"rollout_columns": ["completion_mask"]},
    ),
    Call(
        "trl-async",
        "trl",
        lambda recipe, **options: trl.reward_funcs(recipe, asynchronous=True, **options),
        call_trl,
        tokens=True,
        optional=True,
        module="trl.trainer.grpo_trainer",
        tools=call_trl_tools,
        masked={"rollout_columns": ["completion_mask"]},
    ),
]
