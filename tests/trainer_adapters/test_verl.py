r"""The verl adapter: what its averages are made of, and the function that is not awaited."""

from __future__ import annotations

import asyncio
import inspect
import math
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from trainer_calls.call import has, samples_of
from trainer_calls.verl import call_verl_manager, make_verl_manager

from rewards.errors import InvalidParameterError
from trainer_adapters.scoring.scorer import NotJudgedError
from trainer_adapters.verl import RewardManager, compute_score, compute_score_sync

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RIGHT = r"<think>a</think>\boxed{4}"
UNJUDGED = [r"\frac{", None, "", float("nan")]


def called(gold: object, **options: Any) -> Mapping[str, float]:
    return asyncio.run(compute_score("math", RIGHT, gold, recipe="r1-zero", **options))


@pytest.mark.parametrize("value", [0.0, -1.0])
@pytest.mark.parametrize("gold", UNJUDGED)
def test_components_of_a_row_with_a_chosen_value_are_numbers(gold: object, value: float) -> None:
    row = called(gold, unjudged=value)
    assert row["score"] == row["correctness"] == value
    assert row["judged"] == 0.0
    assert row["format"] == (1.0 if gold == UNJUDGED[0] else value)  # known without a gold
    assert row.keys() == called("4", unjudged=value).keys() == called("4").keys()


def test_means_of_a_validation_with_a_broken_gold_are_numbers() -> None:
    rows = [called(gold, unjudged=0.0) for gold in ["4", "5", r"\frac{", "4"]]
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    assert not any(math.isnan(mean) for mean in means.values())
    assert (means["correctness"], means["judged"]) == (0.5, 0.75)


def test_validation_metrics_of_verl_are_numbers() -> None:
    if not has("verl.trainer.ppo.metric_utils"):
        pytest.skip("verl is not installed; `make test-integrations` installs it")
    from verl.trainer.ppo.metric_utils import process_validation_metrics

    rows = [called(gold, unjudged=0.0) for gold in ["4", "5", r"\frac{", "4"]]
    infos = {name: [row[name] for row in rows] for name in rows[0]}
    found = process_validation_metrics(["math"] * 4, ["a", "b", "c", "d"], infos)
    assert found["math"]["correctness"]["mean@1"] == 0.5
    assert found["math"]["score"]["mean@1"] == np.mean([row["score"] for row in rows])


@pytest.mark.parametrize("gold", ["4", "5", r"\frac{1}{2}"])
def test_function_that_is_not_awaited_gives_what_the_coroutine_gives(gold: str) -> None:
    assert not inspect.iscoroutinefunction(compute_score_sync)
    named = {"data_source": "math", "solution_str": RIGHT, "ground_truth": gold, "extra_info": None}
    found = compute_score_sync(**named, recipe="r1-zero")
    assert found == called(gold)


def test_function_that_is_not_awaited_raises_for_a_row_that_was_not_judged() -> None:
    with pytest.raises(NotJudgedError, match="unjudged"):
        compute_score_sync("math", RIGHT, r"\frac{", recipe="r1-zero")
    with pytest.raises(InvalidParameterError, match="RewardManager"):
        compute_score_sync("math", RIGHT, "4", recipe="dapo")


@pytest.mark.parametrize("special", [True, False], ids=["special", "plain"])
@pytest.mark.parametrize("opens", [True, False], ids=["opened", "not opened"])
@pytest.mark.parametrize(
    ("opener", "closer"),
    [("[THINK]", "[/THINK]"), ("<think>", "</think>"), ("<|START_THINKING|>", "<|END_THINKING|>")],
)
def test_manager_sees_reasoning_whose_marks_are_special_tokens(
    opener: str, closer: str, *, opens: bool, special: bool
) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import made_tokenizer

    tokenizer = made_tokenizer([opener, closer], [opener, closer] if special else [])
    reward = types.SimpleNamespace(reward_kwargs={"recipe": "r1-zero"})
    manager = RewardManager(config=types.SimpleNamespace(reward=reward), tokenizer=tokenizer)

    def total(text: str) -> object:
        prompt = tokenizer("2+2?" + opener * opens)["input_ids"]
        response = tokenizer(f"{opener * (not opens)}{text}<eos>")["input_ids"]
        padded = [*response, tokenizer.pad_token_id]
        mask = [1] * len(prompt) + [1] * len(response) + [0]
        batch = {"prompts": prompt, "responses": padded, "attention_mask": mask}
        columns = {"data_source": "s", "reward_model": {"ground_truth": "4"}}
        sample = types.SimpleNamespace(batch=batch, non_tensor_batch=columns)
        return asyncio.run(manager.run_single([sample]))["reward_score"]

    assert total(rf"1{closer}\boxed{{4}}") == 1.5
    assert total(rf"1{closer}\boxed{{5}}") == 0.5
    assert total(r"1\boxed{4}") == 0.0  # reasoning that never ends


CHATML = "{}<|im_end|>\n<|im_start|>tool\n{}<|im_end|>\n<|im_start|>assistant\n{}<|im_end|>"
"""A loop with a tool as verl's agent loop passes it: one text, and no `response_mask` yet."""


@pytest.mark.parametrize(
    ("turns", "value"),
    [
        (("I ask", r"\boxed{4}", "I see"), 0.0),
        (("I ask", r"\boxed{5}", r"\boxed{4}"), 1.0),
        ((r"\boxed{4}", "42", "I see"), 1.0),
        (("I ask", "<think>", r"</think>\boxed{5}"), 0.0),
    ],
)
def test_text_of_tools_is_told_without_a_mask(turns: tuple[str, str, str], value: float) -> None:
    manager = make_verl_manager("boxed")
    values, _ = asyncio.run(call_verl_manager(manager, samples_of([CHATML.format(*turns)], ["4"])))
    assert values == [value]


def test_tokens_of_tools_are_told_without_a_mask(tmp_path: Path) -> None:
    recipe = tmp_path / "window.yaml"
    recipe.write_text("{name: window, reward: {soft_overlong: {max_length: 100, cache: 90}}}", "utf-8")
    written = CHATML.format("x" * 20, "{}", "y" * 20)
    completions = [written.format("z"), written.format("z" * 500), "x" * 200]
    values, _ = asyncio.run(
        call_verl_manager(make_verl_manager(str(recipe)), samples_of(completions, ["4"] * 3))
    )
    assert -1.0 < values[0] == values[1] < 0.0
    assert values[2] == -1.0
