"""ROLL, main (read): `compute_rewards` of `roll/pipeline/rlvr/rewards/math_rule_reward_worker.py`."""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import roll
from trainer_calls.call import Call, Tokenizer, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainer_calls.call import Sample


def make_roll(recipe: Any, **options: Any) -> Any:
    return roll.BatchRewards({"recipe": recipe, **options}, Tokenizer())


def _objects(values: list[Any]) -> Any:
    """As DataProto keeps a column: an array of objects, whatever they are."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


async def call_roll(
    rewards: Any, samples: Sequence[Sample], *, column: Callable[[list[Any]], Any] = _objects
) -> Any:
    """As a worker's compute_rewards is called: padded token ids, and columns as arrays.

    Several turns are as its agentic pipeline has them: with a mask over prompt and response, padded.
    """
    batch = {
        "prompts": _padded([tokenize(one.templated) for one in samples], left=True),
        "responses": _padded([one.ids for one in samples]),
    }
    if any(len(one.said) > 1 for one in samples):
        batch["response_mask"] = _padded([[0, 0, 0, *one.mask, 0] for one in samples])
        batch["responses"] = _padded([[*one.ids, 0] for one in samples])
    keys = dict.fromkeys(key for one in samples for key in one.columns)
    columns = {
        "ground_truth": column([one.gold for one in samples]),
        "tag": _objects(["t"] * len(samples)),
        **{key: column([one.columns.get(key) for one in samples]) for key in keys},
    }
    data = types.SimpleNamespace(batch=batch, non_tensor_batch=columns)
    found = await asyncio.to_thread(rewards.tensors, data)
    assert found["token_level_rewards"].shape == batch["responses"].shape
    assert found["scores"].tolist() == found["response_level_rewards"].tolist()
    return found["response_level_rewards"].tolist(), None


def _padded(rows: list[list[int]], *, left: bool = False) -> Any:
    import torch

    width = max(map(len, rows), default=0)
    pads = [[0] * (width - len(row)) for row in rows]
    return torch.tensor(
        [[*pad, *row] if left else [*row, *pad] for row, pad in zip(rows, pads, strict=True)],
        dtype=torch.int64,
    ).reshape(len(rows), width)


CALLS = [
    Call(
        "roll",
        "roll",
        make_roll,
        call_roll,
        lacks=frozenset({"logprobs", "groups", "none", "components", "two recipes", "sources"}),
        float32=True,
        templated=True,
        needs=("torch",),
    ),
]
