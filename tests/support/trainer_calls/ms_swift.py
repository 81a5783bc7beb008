"""ms-swift 4.6.0: `compute_rewards_per_func` of `swift/rl_core/grpo_algorithm.py`, on its own samples."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import ms_swift
from trainer_calls.call import Call, Tokenizer, has, tokenize, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds

LOOP = "swift.rl_core.grpo_algorithm"


def sample(turns: Conversation, **extra: Any) -> dict[str, Any]:
    """A sample as its schedulers leave one: the policy's turns as token ids, but for the last one."""
    told = [{"role": role, "content": text} for role, text in turns]
    ids = [tokenize(text) for role, text in turns if role == "assistant"]
    earlier = [one for one in told[:-1] if one["role"] == "assistant"]
    for one, tokens in zip(earlier, ids, strict=False):
        one["content"] = tokens  # type: ignore[assignment]  # as there
    return {
        "messages": [{"role": "user", "content": "q"}, *told],
        "response_token_ids": ids if earlier else ids[0],
        "finish_reason": "stop",
        "extra": extra,
    }


def rewards_of(functions: Any, samples: Sequence[dict[str, Any]], step: int = 0) -> list[list[float]]:
    """The values of each function, which must be those that ms-swift's own loop has of them."""
    calls = [function.for_swift() if has("swift.rewards") else function for function in functions.values()]
    rows = [{**one, **one["extra"]} for one in samples]
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "extra"} if rows else {}
    completions = [one["messages"][-1]["content"] for one in samples]
    state = types.SimpleNamespace(global_step=step)
    found: list[list[float]] = [call(completions, trainer_state=state, **columns) for call in calls]
    if has(LOOP) and rows:
        import torch
        from swift.rl_core.data import GRPOSample
        from swift.rl_core.grpo_algorithm import compute_rewards_per_func

        assert [type(one).__name__ for one in calls] == list(functions)
        theirs = compute_rewards_per_func(
            [GRPOSample(**one) for one in samples],
            calls,
            [None] * len(calls),
            torch.device("cpu"),
            trainer_state=state,
        )
        assert np.array_equal(theirs.numpy(), np.array(found, dtype=np.float32).T)
    return found


async def call_ms_swift(
    functions: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As the trainer weighs them."""
    rows = with_kinds(kinds, len(golds))
    samples = [
        sample([("assistant", text)], solution=gold, **row)
        for text, gold, row in zip(completions, golds, rows, strict=True)
    ]
    found = rewards_of(functions, samples)
    weights = [function.weight for function in functions.values()]
    totals = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in zip(*found, strict=True)]
    return totals, dict(zip(functions, found, strict=True))


async def call_ms_swift_tools(functions: Any, turns: Conversation, gold: str) -> Any:
    """As a multi-turn scheduler leaves a sample."""
    found = rewards_of(functions, [sample(turns, solution=gold)])
    return sum(one.weight * value for one, (value,) in zip(functions.values(), found, strict=True))


CALLS = [
    Call(
        "ms-swift",
        "ms-swift",
        ms_swift.reward_functions,
        call_ms_swift,
        tokens=True,
        module=LOOP,
        tools=call_ms_swift_tools,
        masked={"decode": Tokenizer().decode},
    ),
]
