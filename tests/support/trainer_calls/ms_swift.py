"""ms-swift 4.6.0: the rewards' loop of `GRPOTrainer`, in `swift/rlhf_trainers/grpo_trainer.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer_adapters import ms_swift
from trainer_calls.call import DECODE, Call, has

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainer_calls.call import Sample


async def call_ms_swift(
    functions: Any, samples: Sequence[Sample], *, column: Callable[[list[Any]], Any] = list
) -> Any:
    """As compute_rewards_per_func does: contents first, columns by name; None left out of the sum."""
    completions = [one.raw(one.said[-1]) + one.stop for one in samples]
    keys = dict.fromkeys(key for one in samples for key in one.columns)
    columns = {
        "trainer_state": None,
        "solution": column([one.gold for one in samples]),
        "messages": [
            [*one.asked, {"role": "assistant", "content": text}]
            for one, text in zip(samples, completions, strict=True)
        ],
        **_tokens(samples),
        "finish_reason": ["stop"] * len(samples),
        **{key: column([one.columns.get(key) for one in samples]) for key in keys},
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


def _tokens(samples: Sequence[Sample]) -> dict[str, Any]:
    """Token ids, and those of several turns as a multi-turn scheduler leaves them: in lists with masks."""
    if all(len(one.said) == 1 for one in samples):
        return {"response_token_ids": [one.ids for one in samples]}
    first = [len(one.raw(one.said[0])) for one in samples]
    return {
        name: [[of[:at], of[at:]] for of, at in zip(lists, first, strict=True)]
        for name, lists in (
            ("response_token_ids", [one.ids for one in samples]),
            ("response_loss_mask", [one.mask for one in samples]),
        )
    }


CALLS = [
    Call(
        "ms-swift",
        "ms-swift",
        ms_swift.reward_functions,
        call_ms_swift,
        lacks=frozenset({"logprobs", "earlier turns", "opening", "two recipes", "sources"}),
        module="swift.rewards",
        masked={"decode": DECODE},
    ),
]
