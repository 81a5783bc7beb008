"""skyrl-gym 0.4.0: `SkyRLGymGenerator` of `skyrl/train/generators/skyrl_gym_generator.py`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from trainer_adapters import skyrl
from trainer_calls.call import Call, by_name, has, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Kinds


def make_skyrl(recipe: Any, **options: Any) -> Any:
    return {"recipe": recipe, **options}


async def call_skyrl(
    config: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As SkyRLGymGenerator does: an environment a sample, stepped in a thread pool."""
    loop = asyncio.get_running_loop()
    rows = with_kinds(kinds, len(golds))
    episodes = [_skyrl_env(config, gold, row) for gold, row in zip(golds, rows, strict=True)]
    with ThreadPoolExecutor(4) as executor:
        steps = [
            loop.run_in_executor(executor, one.step, text)
            for one, text in zip(episodes, completions, strict=True)
        ]
        found = [await step for step in steps]
    return [one["reward"] for one in found], by_name([one["metadata"] for one in found])


def _skyrl_env(config: Any, gold: str, row: dict[str, Any]) -> Any:
    asked = [{"role": "user", "content": "q"}]
    extras = {"reward_spec": {"ground_truth": gold}, "max_turns": 1, "prompt": asked, **row}
    if not has("skyrl_gym"):
        return skyrl.Episode(config, extras)
    import skyrl_gym
    from skyrl_gym.envs.registration import registry

    if "touchstone" not in registry:
        skyrl_gym.register(id="touchstone", entry_point="trainer_adapters.skyrl:TouchstoneEnv")
    return skyrl_gym.make("touchstone", env_config=config, extras=extras)


CALLS = [
    Call("skyrl", "skyrl-gym", make_skyrl, call_skyrl, module="skyrl_gym"),
]
