"""ms-swift 4.6.0: `compute_rewards_per_func` of `swift/rl_core/grpo_algorithm.py`, on its own samples."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import ms_swift
from trainer_calls.call import DECODE, Call, has, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainer_calls.call import Sample

LOOP = "swift.rl_core.grpo_algorithm"


def sample_of(one: Sample, *, masked: bool = False) -> dict[str, Any]:
    """A sample as its schedulers leave one: the policy's turns as token ids, but for the last one.

    Those that mask text of tools leave its tokens among the ids of the turn before it. ms-swift keeps the
    mask to itself; rewards see it if a scheduler adds it to the columns of the row, as here.
    """
    said = [
        {"role": turn.role, "content": one.raw(turn) + (one.stop if turn is one.said[-1] else "")}
        for turn in one.said
    ]
    ids: list[list[int]] = []
    mask: list[list[int]] = []
    for turn in said:
        tokens, is_own = tokenize(turn["content"]), turn["role"] == "assistant"
        if is_own:
            ids.append([])
            mask.append([])
        if is_own or masked:
            ids[-1] += tokens
            mask[-1] += [int(is_own)] * len(tokens)
    earlier = [turn for turn in said[:-1] if turn["role"] == "assistant"]
    for turn in earlier:
        turn["content"] = tokenize(turn["content"])  # type: ignore[assignment]  # as there
    return {
        "messages": [*one.asked, *said],
        "response_token_ids": ids if earlier else ids[0],
        "finish_reason": "stop",
        "extra": {
            "solution": one.gold,
            **one.columns,
            **({"response_loss_mask": mask} if masked else {}),
        },
    }


def rewards_of(
    functions: Any,
    samples: Sequence[dict[str, Any]],
    step: int = 0,
    column: Callable[[list[Any]], Any] = list,
) -> list[list[float]]:
    """The values of each function, which must be those that ms-swift's own loop has of them."""
    calls = [function.for_swift() if has("swift.rewards") else function for function in functions.values()]
    keys = dict.fromkeys(key for one in samples for key in one["extra"])
    fields = [name for name in samples[0] if name != "extra"] if samples else []
    columns = {
        **{name: [one[name] for one in samples] for name in fields},
        **{key: column([one["extra"].get(key) for one in samples]) for key in keys},
    }
    completions = [one["messages"][-1]["content"] for one in samples]
    state = types.SimpleNamespace(global_step=step)
    found: list[list[float]] = [call(completions, trainer_state=state, **columns) for call in calls]
    if has(LOOP) and samples:
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
    functions: Any, samples: Sequence[Sample], *, column: Callable[[list[Any]], Any] = list
) -> Any:
    """As the trainer weighs them."""
    found = rewards_of(functions, list(map(sample_of, samples)), column=column)
    weights = [function.weight for function in functions.values()]
    totals = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in zip(*found, strict=True)]
    return totals, dict(zip(functions, found, strict=True))


CALLS = [
    Call(
        "ms-swift",
        "ms-swift",
        ms_swift.reward_functions,
        call_ms_swift,
        lacks=frozenset({"logprobs", "opening", "none", "last word", "two recipes", "sources"}),
        module=LOOP,
        masked={"decode": DECODE},
    ),
]
