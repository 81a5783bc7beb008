"""NeMo-RL, main (read): `EnvironmentInterface.step` of `nemo_rl/environments/interfaces.py`."""

from __future__ import annotations

import asyncio
import sys
import types
from typing import TYPE_CHECKING, Any, NamedTuple

from trainer_adapters import nemo_rl
from trainer_calls.call import Call, has

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Sample


async def call_nemo_rl(environment: Any, samples: Sequence[Sample]) -> Any:
    """As the actor's `step` is called, with its own EnvironmentReturn or one of the same fields."""
    logs = [_log(one) for one in samples]
    rows = [{"ground_truth": one.gold, **one.columns} for one in samples]
    stand_in = {} if has("nemo_rl") else _nemo_rl()
    sys.modules.update(stand_in)
    try:
        found = await asyncio.to_thread(environment.step, logs, rows)
    finally:
        for name in stand_in:  # or a test of the page would take it for the package
            del sys.modules[name]
    _, metrics = environment.global_post_process_and_metrics(None)
    assert found.terminateds.tolist() == [1.0] * len(logs)
    means = {name.removeprefix("touchstone/"): [mean] for name, mean in metrics.items()}
    return found.rewards.tolist(), means


def _log(one: Sample) -> list[dict[str, str]]:
    """A message log: the prompt as the chat template wrote it, and the text of each turn."""
    turns = [{"role": turn.role, "content": one.raw(turn)} for turn in one.said]
    turns[-1]["content"] += one.stop
    return [{"role": "user", "content": one.templated}, *turns]


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
        lacks=frozenset(
            {
                "tokens",
                "logprobs",
                "groups",
                "mask",
                "none",
                "rows of components",
                "columns",
                "two recipes",
                "pickle",
            }
        ),
        float32=True,
        templated=True,
        needs=("torch",),
    ),
]
