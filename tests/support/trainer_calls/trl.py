"""TRL 1.16.0: `GRPOTrainer._calculate_rewards` of `trl/trainer/grpo_trainer.py`."""

from __future__ import annotations

import asyncio
import threading
import types
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import trl
from trainer_calls.call import Call, has

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainer_calls.call import Sample


async def call_trl(
    functions: Any,
    samples: Sequence[Sample],
    *,
    column: Callable[[list[Any]], Any] = list,
    conversational: bool = False,
) -> Any:
    """As GRPOTrainer._calculate_rewards does: sync in turn, async gathered, weighted sum."""
    extra: dict[str, list[Any]] = {}
    metrics: dict[str, float] = {}
    passed = [_passed(one, conversational=conversational) for one in samples]
    completions = [completion for _, completion in passed]
    keys = dict.fromkeys(key for one in samples for key in one.columns)
    data = {
        "solution": [one.gold for one in samples],
        **{key: [one.columns.get(key) for one in samples] for key in keys},
    }
    columns = {
        "prompts": [prompt for prompt, _ in passed],
        "completion_ids": [one.ids for one in samples],
        "completion_mask": [one.mask for one in samples],
        **{name: column(values) for name, values in data.items()},
        "trainer_state": None,
        "log_extra": extra.__setitem__,
        "log_metric": metrics.__setitem__,
    }
    found = [function(completions=completions, **columns) for function in functions]
    if asyncio.iscoroutine(found[0]):
        found = await asyncio.gather(*found)
    if has("trl.trainer.grpo_trainer") and column is list:
        logged = dict(extra)
        rows = [
            {"prompt": prompt, "completion_mask": one.mask, **dict(zip(data, values, strict=True))}
            for one, (prompt, _), *values in zip(samples, passed, *data.values(), strict=True)
        ]
        ids = columns["completion_ids"]
        theirs = await asyncio.to_thread(_calculate_rewards, functions, rows, completions, ids, extra)
        wanted = np.array(found, dtype=np.float32).T  # None becomes NaN, as it does there
        assert np.array_equal(theirs, wanted, equal_nan=True)
        assert repr(extra) == repr(logged)
    totals = [
        None
        if all(one is None for one in row)
        else sum(w * v for w, v in zip(functions.weights, row, strict=True))
        for row in zip(*found, strict=True)
    ]
    means = {
        name.removeprefix("components/"): [mean] for name, mean in metrics.items() if "components/" in name
    }
    return totals, {**means, **extra}


def _passed(one: Sample, *, conversational: bool) -> tuple[Any, Any]:
    """Prompt and completion: texts, or messages, as _tool_call_loop and response templates leave them."""
    if conversational or len(one.said) > 1:
        opened = [{"role": "assistant", "content": one.opening}] if one.opening else []
        return [*one.asked, *opened], one.messages
    return one.templated if one.opening else one.prompt, one.text


def _calculate_rewards(functions: Any, rows: Any, completions: Any, ids: Any, extra: Any) -> Any:
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
    try:
        found = GRPOTrainer._calculate_rewards(
            trainer, rows, [row["prompt"] for row in rows], completions, ids
        )
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    return found.numpy()


CALLS = [
    Call(
        name,
        "trl",
        partial(trl.reward_funcs, asynchronous=asynchronous),
        partial(call_trl, conversational=asynchronous),
        lacks=frozenset({"logprobs"}),
        module="trl.trainer.grpo_trainer",
        masked={"rollout_columns": ["completion_mask"]},
    )
    for name, asynchronous in (("trl", False), ("trl-async", True))
]
