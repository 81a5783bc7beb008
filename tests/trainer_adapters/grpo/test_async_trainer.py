"""The loop of TRL's AsyncGRPO, scored by a recipe."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import pytest
from partial_rollouts_files import given

from trainer_adapters.grpo.reading import read_config

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def loop(
    functions: Any, synced: tuple[int, int] = (0, 0), weight_sync_steps: int = 1, **advantage: Any
) -> Any:
    from accelerate import PartialState
    from rollout_loop import made_loop

    from trainer_adapters.grpo.async_trainer import RecipeLoop

    PartialState()  # TRL's process has it
    told: Any = {"synced": synced, "weight_sync_steps": weight_sync_steps, "advantage": advantage}
    return made_loop(RecipeLoop, list(functions), **told)


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


@pytest.mark.parametrize(
    ("prompt", "text", "reward"),
    [
        ("2+2?<think>", r"2+2</think>\boxed{4}<eos>", 1.5),
        ("2+2?<think>", r"2+2 \boxed{4}", 0.0),  # cut off within its reasoning
        ("2+2?", r"<think>2+2</think>\boxed{4}<eos>", 1.5),
        ("2+2?", r"2+2</think>\boxed{4}<eos>", 1.0),
        ("2+2?<think></think>", r"\boxed{4}<eos>", 1.5),
    ],
)
def test_recipe_loop_passes_the_end_of_the_prompt(prompt: str, text: str, reward: float) -> None:
    """As the chat template wrote it, which messages do not tell: the rows of one group may differ in it."""
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    of_recipe = loop(functions("r1-zero"))
    rows = group(of_recipe.tokenizer, [text, text], ["4", "4"], [-0.5, -0.5])
    before = of_recipe.tokenizer(prompt)["input_ids"]
    for sequences in rows.completions_sequences:
        one = sequences[0]
        written = one.input_ids[2:]
        one.input_ids = [*before, *written]
        one.completion_mask = [0] * len(before) + [1] * len(written)
        one.old_log_probs = [0.0] * len(before) + [-0.5] * len(written)
    samples = asyncio.run(of_recipe._score_group(rows))
    assert [sample.metrics["reward"] for sample in samples] == [reward, reward]


RAMPED = """
name: ramped
version: 1
reward:
  sum:
    - {boxed_correctness: {}, name: correctness}
    - {has_box: {}, name: box, weight: {from: 0.0, to: 1.0, steps: [0, 10]}}
"""


@pytest.mark.parametrize(
    ("version", "every", "synced", "step"),
    [
        (1, 1, (1, 0), 0),
        (6, 1, (1, 0), 5),
        (3, 4, (1, 0), 8),
        (1, 1, (8, 7), 7),  # a run that goes on from a checkpoint counts its versions on
        (11, 1, (8, 7), 10),
        (9, 4, (8, 7), 8),  # the next sync is at the next multiple
        (30, 1, (1, 0), 29),
    ],
)
def test_recipe_loop_weighs_by_the_step_of_the_policy_that_sampled(
    tmp_path: Path, version: int, every: int, synced: tuple[int, int], step: int
) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    path = tmp_path / "ramped.yaml"
    path.write_text(RAMPED, "utf-8")
    of_recipe = loop(functions(str(path)), synced=synced, weight_sync_steps=every)
    assert of_recipe.step_of(version) == step
    rows = group(of_recipe.tokenizer, [r"\boxed{4}<eos>", r"\boxed{5}<eos>"], ["4", "4"], [-0.5, -0.5])
    rows.model_version = version
    samples = asyncio.run(of_recipe._score_group(rows))
    box = min(step / 10, 1.0)
    assert [sample.metrics["reward"] for sample in samples] == pytest.approx([1.0 + box, box])
