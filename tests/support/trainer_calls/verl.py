"""verl 0.9.1: the manager `naive.py` and `reward_loop.py`, of `verl/experimental/reward_loop`."""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import verl
from trainer_calls.call import Call, Tokenizer, by_name, has, tokenize, tokens, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


async def call_verl_function(
    settings: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As NaiveRewardManager.run_single awaits it, many at once."""
    function = settings["function"]
    found = await asyncio.gather(
        *(
            function(
                data_source="s", solution_str=text, ground_truth=gold, extra_info={"num_turns": 1, **row}
            )
            for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
        )
    )
    return [one.pop("score") for one in found], by_name(found)


def make_verl_function(recipe: Any, **options: Any) -> Any:
    """Loaded and bound by verl's own `get_custom_reward_fn` where verl is there."""
    settings = {"recipe": recipe, **options}
    if has("verl.trainer.ppo.reward"):
        from omegaconf import OmegaConf
        from verl.trainer.ppo.reward import get_custom_reward_fn

        config = {"path": "pkg://trainer_adapters.verl", "name": "compute_score", "reward_kwargs": settings}
        return {
            "function": get_custom_reward_fn(OmegaConf.create({"reward": {"custom_reward_function": config}}))
        }
    import functools

    return {"function": functools.partial(verl.compute_score, **settings)}


async def call_verl_manager(
    manager: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As RewardLoopWorker.compute_score_batch does: one task a sample."""
    rows = with_kinds(kinds, len(golds))
    samples = [_verl_sample(*one) for one in zip(completions, golds, rows, strict=True)]
    found = await asyncio.gather(*(asyncio.create_task(manager.run_single(one)) for one in samples))
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


async def call_verl_manager_tools(manager: Any, turns: Conversation, gold: str) -> Any:
    """As an agent loop leaves a row: one text, and a mask of its tokens."""
    text, _, mask = tokens(turns)
    found = await manager.run_single(_verl_sample(text, gold, {}, [*mask, 0, 0]))
    return found["reward_score"]


def _verl_sample(text: str, gold: str, row: dict[str, Any], written: list[int] | None = None) -> Any:
    ids = [*tokenize(text), 0, 0]
    mask = [1, 1, *[1] * len(text), 0, 0]
    masks = {"attention_mask": mask, **({} if written is None else {"response_mask": written})}
    tensors = {"prompts": tokenize("q?"), "responses": ids, **masks}
    told = {"data_source": "s", "reward_model": {"ground_truth": gold}, "extra_info": row}
    if has("verl.protocol"):
        import torch
        from verl import DataProto

        return DataProto.from_dict(
            tensors={name: torch.tensor([one]) for name, one in tensors.items()},
            non_tensors={name: np.array([value], dtype=object) for name, value in told.items()},
        )
    return [types.SimpleNamespace(batch=tensors, non_tensor_batch=told)]


CALLS = [
    Call("verl-function", "verl", make_verl_function, call_verl_function, module="verl.trainer.ppo.reward"),
    Call(
        "verl-manager",
        "verl",
        make_verl_manager,
        call_verl_manager,
        tokens=True,
        module="verl.trainer.ppo.reward",
        tools=call_verl_manager_tools,
        masked={},
    ),
]
