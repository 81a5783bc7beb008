"""NeMo-RL, main (read): `EnvironmentInterface.step` of `nemo_rl/environments/interfaces.py`."""

from __future__ import annotations

import asyncio
import sys
import types
from typing import TYPE_CHECKING, Any, NamedTuple

from trainer_adapters import nemo_rl
from trainer_calls.call import Call, has, messages, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


async def call_nemo_rl(
    environment: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As the actor's `step` is called, with its own EnvironmentReturn or one of the same fields."""
    if not has("nemo_rl"):
        sys.modules.update(_nemo_rl())
    logs = [
        [{"role": "user", "content": "q"}, {"role": "assistant", "content": text}] for text in completions
    ]
    rows = with_kinds(kinds, len(golds))
    told = [{"ground_truth": gold, **row} for gold, row in zip(golds, rows, strict=True)]
    found = await asyncio.to_thread(environment.step, logs, told)
    _, metrics = environment.global_post_process_and_metrics(None)
    assert found.terminateds.tolist() == [1.0] * len(logs)
    return found.rewards.tolist(), {
        name.removeprefix("touchstone/"): [mean] for name, mean in metrics.items()
    }


async def call_nemo_rl_tools(environment: Any, turns: Conversation, gold: str) -> Any:
    """As a message log holds them."""
    if not has("nemo_rl"):
        sys.modules.update(_nemo_rl())
    log = [{"role": "user", "content": "q"}, *messages(turns)]
    found = await asyncio.to_thread(environment.step, [log], [{"ground_truth": gold}])
    return found.rewards.tolist()[0]


def _nemo_rl() -> dict[str, types.ModuleType]:
    class EnvironmentReturn(NamedTuple):
        observations: list[dict[str, str]]
        metadata: list[Any]
        next_stop_strings: list[Any]
        rewards: Any
        terminateds: Any
        answers: list[str | None] | None = None

    names = ("nemo_rl", "nemo_rl.environments", "nemo_rl.environments.interfaces")
    modules = {name: types.ModuleType(name) for name in names}
    modules[names[-1]].EnvironmentReturn = EnvironmentReturn  # type: ignore[attr-defined]
    return modules


CALLS = [
    Call(
        "nemo-rl",
        "nemo-rl",
        lambda recipe, **options: nemo_rl.Environment({"recipe": recipe, **options}),
        call_nemo_rl,
        float32=True,
        needs=("torch",),
        tools=call_nemo_rl_tools,
    ),
]
