"""ROLL, main (read): `compute_rewards` of `roll/pipeline/rlvr/rewards/math_rule_reward_worker.py`."""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import roll
from trainer_calls.call import Call, Tokenizer, tokenize, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


def make_roll(recipe: Any, **options: Any) -> Any:
    return roll.BatchRewards({"recipe": recipe, **options}, Tokenizer())


async def call_roll(
    rewards: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As a worker's compute_rewards is called: padded token ids, and columns as arrays."""
    import torch

    ids = [torch.tensor(tokenize(text), dtype=torch.int64) for text in completions]
    responses = torch.nn.utils.rnn.pad_sequence([*ids, torch.zeros(1, dtype=torch.int64)], batch_first=True)[
        :-1
    ]
    columns = {"ground_truth": np.array(golds, dtype=object), "tag": np.array(["t"] * len(ids), dtype=object)}
    if kinds is not None:
        columns["kind"] = np.array(kinds, dtype=object)
    batch = {"responses": responses, "prompts": torch.tensor([[0, *tokenize("q")]] * len(ids))}
    data = types.SimpleNamespace(batch=batch, non_tensor_batch=columns)
    found = await asyncio.to_thread(rewards.tensors, data)
    assert found["token_level_rewards"].shape == responses.shape
    assert found["scores"].tolist() == found["response_level_rewards"].tolist()
    return found["response_level_rewards"].tolist(), None


async def call_roll_tools(rewards: Any, turns: Conversation, gold: str) -> Any:
    """As its agentic pipeline has them: a mask over prompt and response, padded."""
    import torch

    _, ids, mask = tokens(turns)
    batch = {
        "responses": torch.tensor([[*ids, 0, 0]]),
        "response_mask": torch.tensor([[0, 0, 0, *mask, 0, 0]]),
    }
    columns = {"ground_truth": np.array([gold], dtype=object)}
    data = types.SimpleNamespace(batch=batch, non_tensor_batch=columns)
    found = await asyncio.to_thread(rewards.tensors, data)
    return found["response_level_rewards"].tolist()[0]


CALLS = [
    Call(
        "roll",
        "roll",
        make_roll,
        call_roll,
        tokens=True,
        float32=True,
        needs=("torch",),
        tools=call_roll_tools,
        masked={},
    ),
]
