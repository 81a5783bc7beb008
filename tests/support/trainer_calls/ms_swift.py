"""ms-swift 4.6.0: the rewards' loop of `GRPOTrainer`, in `swift/rlhf_trainers/grpo_trainer.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer_adapters import ms_swift
from trainer_calls.call import Call, Tokenizer, has, tokenize, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


async def call_ms_swift(
    functions: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As compute_rewards_per_func does: contents first, columns by name; None left out of the sum."""
    completions = list(completions)
    columns = {
        "trainer_state": None,
        "solution": list(golds),
        "messages": [
            [{"role": "user", "content": "q"}, {"role": "assistant", "content": t}] for t in completions
        ],
        "response_token_ids": [tokenize(text) for text in completions],
        "finish_reason": ["stop"] * len(completions),
        **({} if kinds is None else {"kind": list(kinds)}),
    }
    calls = functions.values()
    if has("swift.rewards"):
        calls = [function.for_swift() for function in calls]
        assert [type(one).__name__ for one in calls] == list(functions)
    found = [call(completions, **columns) for call in calls]
    weights = [function.weight for function in functions.values()]
    totals = [
        None if all(one is None for one in row) else sum(w * v for w, v in zip(weights, row, strict=True))
        for row in zip(*found, strict=True)
    ]
    return totals, dict(zip(functions, found, strict=True))


async def call_ms_swift_tools(functions: Any, turns: Conversation, gold: str) -> Any:
    """As a multi-turn scheduler leaves a sample: the last message's content, tokens and masks by turn."""
    _, ids, mask = tokens(turns)
    first = len(turns[0][1])
    columns = {
        "solution": [gold],
        "response_token_ids": [[ids[:first], ids[first:]]],
        "response_loss_mask": [[mask[:first], mask[first:]]],
    }
    return sum(one.weight * one([turns[-1][1]], **columns)[0] for one in functions.values())


CALLS = [
    Call(
        "ms-swift",
        "ms-swift",
        ms_swift.reward_functions,
        call_ms_swift,
        tokens=True,
        optional=True,
        module="swift.rewards",
        tools=call_ms_swift_tools,
        masked={"decode": Tokenizer().decode},
    ),
]
