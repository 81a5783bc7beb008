"""The loop of TRL's AsyncGRPO, scored by a recipe."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from partial_rollouts_files import given

from trainer_adapters.grpo.reading import read_config

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def loop(functions: Any, **advantage: Any) -> Any:
    from accelerate import PartialState
    from rollout_loop import made_loop

    from trainer_adapters.grpo.async_trainer import RecipeLoop

    PartialState()  # TRL's process has it
    return made_loop(RecipeLoop, list(functions), advantage=advantage)


def group(tokenizer: Any, texts: list[str], golds: list[str], logps: list[float]) -> Any:
    """A group as the worker collects it: each completion with one log-probability for all its tokens."""
    from trl.experimental.async_grpo.async_rollout_worker import RolloutGroup, TrainingSequence

    size, ids = len(texts), [tokenizer(text)["input_ids"] for text in texts]
    return RolloutGroup(
        prompts=[[{"role": "user", "content": "2+2?"}]] * size,
        reward_kwargs={"ground_truth": golds},
        completions=[[{"role": "assistant", "content": "not what was written"}] for _ in texts],
        completions_ids=ids,
        completions_sequences=[
            [TrainingSequence([7, 7, *one], [0, 0] + [1] * len(one), [0.0, 0.0] + [logp] * len(one), str(at))]
            for at, (one, logp) in enumerate(zip(ids, logps, strict=True))
        ],
        tool_call_counts=[0] * size,
        tool_failure_counts=[0] * size,
        model_version=0,
        group_id=0,
        env_rewards=[None] * size,
        rollout_rewards=[None] * size,
    )


def functions(recipe: str) -> Any:
    from trainer_adapters.grpo.recipe import TrainedRecipe

    return TrainedRecipe(read_config(given(reward__recipe=recipe))).functions


def test_recipe_loop_scores_a_group_by_its_log_probabilities() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    of_recipe = loop(functions("logp-modulated"), std_floor=10.0)
    texts = [r"\boxed{4}<eos>", r"\boxed{5}<eos>", "4", r"\boxed{4}<eos>"]
    samples = asyncio.run(
        of_recipe._score_group(group(of_recipe.tokenizer, texts, ["4"] * 4, [-0.5, -0.5, -0.5, -2.0]))
    )
    rewards = [sample.metrics["reward"] for sample in samples]
    assert rewards == pytest.approx([math.exp(-0.5), 0.0, 0.0, math.exp(-2.0)], rel=1e-5)
    mean = sum(rewards) / 4
    assert [sample.advantage for sample in samples] == pytest.approx(
        [(reward - mean) / (10.0 + 1e-4) for reward in rewards], rel=1e-4
    )
    measured = samples[0].metrics
    assert measured["accuracy"] == 0.5
    assert measured["groups/informative"] == 1.0
    assert measured["length/mean"] == pytest.approx((4 + 4 + 1 + 4) / 4)
    assert measured["logprob"] == pytest.approx(-(0.5 * 9 + 2.0 * 4) / 13)


def test_recipe_loop_gives_no_advantage_to_what_was_not_judged() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    of_recipe = loop(functions("logp-modulated"))
    texts, logps = [r"\boxed{4}<eos>", r"\boxed{5}<eos>"], [-0.5, -0.5]
    unread = group(of_recipe.tokenizer, texts, [r"\frac{", "5"], logps)
    samples = asyncio.run(of_recipe._score_group(unread))
    assert math.isnan(samples[0].metrics["reward"])
    assert [sample.advantage for sample in samples] == [0.0, 0.0]
    assert samples[0].metrics["not_judged"] == 0.5


@pytest.mark.parametrize("opens", [True, False])
def test_recipe_loop_finds_out_if_the_template_opens_the_reasoning(*, opens: bool) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    of_recipe = loop(functions("r1-zero"))
    of_recipe.tokenizer.chat_template += "<think>" if opens else ""
    texts = [r"1</think>\boxed{4}<eos>", r"1\boxed{4}<eos>"]
    of_group = group(of_recipe.tokenizer, texts, ["4"] * 2, [-0.5] * 2)
    samples = asyncio.run(of_recipe._score_group(of_group))
    assert [sample.metrics["reward"] for sample in samples] == ([1.5, 0.0] if opens else [1.0, 1.0])


def logps(model: Any, prompt: Any, ids: list[int]) -> list[float]:
    import torch

    every = torch.tensor([[*prompt, *ids]])
    with torch.no_grad():
        found = model(every).logits.log_softmax(-1)[0, len(prompt) - 1 : -1]
    return found.gather(1, torch.tensor(ids)[:, None]).squeeze(1).tolist()
