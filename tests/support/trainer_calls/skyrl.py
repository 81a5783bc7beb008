"""skyrl-gym 0.4.0: `SkyRLGymGenerator` of `skyrl/train/generators/skyrl_gym_generator.py`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from trainer_adapters import skyrl
from trainer_calls.call import Call, by_name, has

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Sample


def make_skyrl(recipe: Any, **options: Any) -> Any:
    return {"recipe": recipe, **options}


async def call_skyrl(config: Any, samples: Sequence[Sample]) -> Any:
    """As SkyRLGymGenerator does: an environment a sample, begun and stepped in a thread pool."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(4) as executor:
        steps = [loop.run_in_executor(executor, _step, config, one) for one in samples]
        found = [await step for step in steps]
    return [one["reward"] for one in found], by_name([one["metadata"] for one in found])


def _step(config: Any, one: Sample) -> Any:
    extras = {"reward_spec": {"ground_truth": one.gold}, "max_turns": 1, "prompt": one.asked, **one.columns}
    if not has("skyrl_gym"):
        return skyrl.Episode(config, extras).step(one.written)
    import skyrl_gym
    from skyrl_gym.envs.registration import registry

    if "touchstone" not in registry:
        skyrl_gym.register(id="touchstone", entry_point="trainer_adapters.skyrl:TouchstoneEnv")
    environment = skyrl_gym.make("touchstone", env_config=config, extras=extras)
    environment.init(one.asked)
    return environment.step(one.written)


CALLS = [
    Call(
        "skyrl",
        "skyrl-gym",
        make_skyrl,
        call_skyrl,
        lacks=frozenset(
            {"tokens", "logprobs", "groups", "mask", "opening", "none", "two recipes", "sources", "columns"}
        ),
        module="skyrl_gym",
    ),
]
