"""slime, main (read): `async_rm` and `batched_async_rm` of `slime/rollout/rm_hub/__init__.py`."""

from __future__ import annotations

import asyncio
import dataclasses
import types
from typing import TYPE_CHECKING, Any

from trainer_adapters import slime
from trainer_calls.call import DECODE, Call, by_name, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Sample


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


def slime_sample(one: Sample) -> SlimeSample:
    """A sample; with several turns, one as a custom generate function with tools leaves it."""
    return SlimeSample(
        prompt=one.templated,
        tokens=[*tokenize(one.templated), *one.ids],
        response=one.text,
        response_length=len(one.text),
        label=one.gold,
        loss_mask=one.mask if len(one.said) > 1 else None,
        rollout_log_probs=[-0.5 * written for written in one.mask],
        metadata=dict(one.columns),
    )


async def call_slime(model: Any, samples: Sequence[Sample]) -> Any:
    """As async_rm does for each sample, and batched_async_rm gathers."""
    args = types.SimpleNamespace(reward_key=None)
    made = list(map(slime_sample, samples))
    values = await asyncio.gather(*(model(args, sample) for sample in made))
    return list(values), by_name([sample.metadata["touchstone"] for sample in made])


async def call_slime_group(model: Any, samples: Sequence[Sample]) -> Any:
    """As batched_async_rm does with a custom reward model and --group-rm."""
    args = types.SimpleNamespace(reward_key=None)
    made = list(map(slime_sample, samples))
    values = await model(args, made)
    return values, by_name([sample.metadata["touchstone"] for sample in made])


def make_slime_group(recipe: Any, **options: Any) -> Any:
    return slime.reward_model(recipe, groups=True, **options)


LACKING = frozenset({"none", "two recipes", "sources", "columns"})
MASKED = {"decode": DECODE}
"""slime passes no tokenizer."""

CALLS = [
    Call(
        "slime",
        "slime",
        slime.reward_model,
        call_slime,
        lacks=LACKING | {"groups"},
        templated=True,
        masked=MASKED,
    ),
    Call(
        "slime-group",
        "slime",
        make_slime_group,
        call_slime_group,
        lacks=LACKING,
        templated=True,
        masked=MASKED,
    ),
]
