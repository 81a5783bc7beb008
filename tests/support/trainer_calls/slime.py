"""slime, main (read): `async_rm` and `batched_async_rm` of `slime/rollout/rm_hub/__init__.py`."""

from __future__ import annotations

import asyncio
import dataclasses
import types
from typing import TYPE_CHECKING, Any

from trainer_adapters import slime
from trainer_calls.call import Call, Tokenizer, by_name, tokenize, tokens, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


@dataclasses.dataclass
class SlimeSample:
    """slime's Sample, as far as rewards see it."""

    prompt: str
    tokens: list[int]
    response: str
    response_length: int
    label: str | None
    group_index: int | None = 0
    loss_mask: list[int] | None = None
    rollout_log_probs: list[float] | None = None
    remove_sample: bool = False
    status: Any = "completed"
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)


def slime_samples(completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None) -> list[SlimeSample]:
    return [
        SlimeSample(
            prompt="q",
            tokens=[113, *tokenize(text)],
            response=text,
            response_length=len(text),
            label=gold,
            rollout_log_probs=[-0.5] * len(text),
            metadata=row,
        )
        for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
    ]


async def call_slime(
    model: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As async_rm does for each sample, and batched_async_rm gathers."""
    args = types.SimpleNamespace(reward_key=None)
    samples = slime_samples(completions, golds, kinds)
    values = await asyncio.gather(*(model(args, sample) for sample in samples))
    return list(values), by_name([sample.metadata["touchstone"] for sample in samples])


async def call_slime_group(
    model: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As batched_async_rm does with a custom reward model and --group-rm."""
    args = types.SimpleNamespace(reward_key=None)
    samples = slime_samples(completions, golds, kinds)
    values = await model(args, samples)
    return values, by_name([sample.metadata["touchstone"] for sample in samples])


async def call_slime_tools(model: Any, turns: Conversation, gold: str) -> Any:
    """As a custom generate function with tools leaves a sample: one text, and a mask of its tokens."""
    text, ids, mask = tokens(turns)
    (sample,) = slime_samples([text], [gold])
    sample.loss_mask, sample.rollout_log_probs = mask, [-0.5 * one for one in mask]
    assert sample.tokens[1:] == ids
    return await model(types.SimpleNamespace(reward_key=None), sample)


DECODE = {"decode": Tokenizer().decode}
"""slime passes no tokenizer."""

CALLS = [
    Call(
        "slime",
        "slime",
        slime.reward_model,
        call_slime,
        tokens=True,
        logprobs=True,
        tools=call_slime_tools,
        masked=DECODE,
    ),
    Call(
        "slime-group",
        "slime",
        slime.reward_model,
        call_slime_group,
        tokens=True,
        logprobs=True,
        tools=call_slime_tools,
        masked=DECODE,
    ),
]
