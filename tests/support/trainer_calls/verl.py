"""verl 0.9.1: the manager `naive.py` and `reward_loop.py`, of `verl/experimental/reward_loop`."""

from __future__ import annotations

import asyncio
import functools
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import verl
from trainer_calls.call import Call, Tokenizer, by_name, has, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Sample


async def call_verl_function(settings: Any, samples: Sequence[Sample]) -> Any:
    """As NaiveRewardManager.run_single awaits it, many at once; or calls it, where it is no coroutine."""
    function = settings["function"]
    given = [
        {
            "data_source": one.columns.get("data_source", "s"),
            "solution_str": one.written,
            "ground_truth": one.gold,
            "extra_info": {"num_turns": 1, **one.columns},
        }
        for one in samples
    ]
    found = [function(**one) for one in given]
    if asyncio.iscoroutine(found[0]):
        found = await asyncio.gather(*found)
    return [one.pop("score") for one in found], by_name(found)


def make_verl_function(recipe: Any, *, function: str = "compute_score", **options: Any) -> Any:
    """Loaded and bound by verl's own `get_custom_reward_fn` where verl is there."""
    settings = {"recipe": recipe, **options}
    if has("verl.trainer.ppo.reward"):
        from omegaconf import OmegaConf
        from verl.trainer.ppo.reward import get_custom_reward_fn

        config = {"path": "pkg://trainer_adapters.verl", "name": function, "reward_kwargs": settings}
        return {
            "function": get_custom_reward_fn(OmegaConf.create({"reward": {"custom_reward_function": config}}))
        }
    return {"function": functools.partial(getattr(verl, function), **settings)}


async def call_verl_manager(manager: Any, samples: Sequence[Sample]) -> Any:
    """As RewardLoopWorker.compute_score_batch does: one task a sample."""
    found = await asyncio.gather(
        *(asyncio.create_task(manager.run_single(_verl_sample(one))) for one in samples)
    )
    infos = [dict(one["reward_extra_info"]) for one in found]
    for info in infos:
        info.pop("score")
    return [one["reward_score"] for one in found], by_name(infos)


def make_verl_manager(recipe: Any, **options: Any) -> Any:
    settings = {"recipe": recipe, **options}
    if has("verl.trainer.ppo.reward"):
        from omegaconf import OmegaConf
        from verl.trainer.ppo.reward import load_reward_manager

        module = {"path": "pkg://trainer_adapters.verl"}
        manager = {"source": "importlib", "name": "RewardManager", "module": module}
        config = OmegaConf.create({"reward": {"reward_manager": manager, "reward_kwargs": settings}})
        return load_reward_manager(
            config, Tokenizer(), reward_router_address=None, reward_model_tokenizer=None
        )
    config = types.SimpleNamespace(reward=types.SimpleNamespace(reward_kwargs=settings))
    return verl.RewardManager(config=config, tokenizer=Tokenizer())


def _verl_sample(one: Sample) -> Any:
    """A row as a loop leaves it: padded on both sides, and of several turns with a mask of the policy's."""
    prompt = tokenize(one.templated)
    tensors = {
        "prompts": [0, 0, *prompt],
        "responses": [*one.ids, 0, 0],
        "attention_mask": [0, 0, *[1] * len(prompt), *[1] * len(one.ids), 0, 0],
        **({"response_mask": [*one.mask, 0, 0]} if len(one.said) > 1 else {}),
    }
    told = {
        "data_source": one.columns.get("data_source", "s"),
        "reward_model": {"ground_truth": one.gold},
        "extra_info": dict(one.columns),
    }
    if has("verl.protocol"):
        import torch
        from verl import DataProto

        return DataProto.from_dict(
            tensors={name: torch.tensor([row]) for name, row in tensors.items()},
            non_tensors={name: np.array([value], dtype=object) for name, value in told.items()},
        )
    return [types.SimpleNamespace(batch=tensors, non_tensor_batch=told)]


LACKING = frozenset({"logprobs", "groups", "none", "two recipes", "sources", "columns"})
OF_TEXT = LACKING | {"tokens", "mask", "prompt", "opening"}

CALLS = [
    Call(
        "verl-function",
        "verl",
        make_verl_function,
        call_verl_function,
        lacks=OF_TEXT,
        module="verl.trainer.ppo.reward",
    ),
    Call(
        "verl-function-sync",
        "verl",
        functools.partial(make_verl_function, function="compute_score_sync"),
        call_verl_function,
        lacks=OF_TEXT,
        module="verl.trainer.ppo.reward",
    ),
    Call(
        "verl-manager",
        "verl",
        make_verl_manager,
        call_verl_manager,
        lacks=LACKING | {"pickle"},
        templated=True,
        module="verl.trainer.ppo.reward",
    ),
]
