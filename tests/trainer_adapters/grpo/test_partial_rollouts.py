"""Partial rollouts by TRL's AsyncGRPO: what a file may say, how groups are scored, and a run by vLLM."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from partial_rollouts_files import SERVER, given
from vllm_on_cpu import SUPPORT, asked, environment, served

from rewards import HasBox, Ramp, Recipe
from rewards.recipe.file import dumps
from trainer_adapters.grpo.arguments import all_arguments
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import read_config

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_VLLM = importlib.util.find_spec("vllm") is None

TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"generation__vllm": None}, "generation.partial_rollouts: a server"),
        ({"generation__vllm": {"mode": "colocate"}}, "generation.partial_rollouts: a server"),
        (
            {"generation__vllm": {**SERVER, "importance_sampling_mode": "token_mask"}},
            "generation.vllm.importance",
        ),
        ({"generation__vllm": {**SERVER, "enable_sleep_mode": True}}, "generation.vllm.enable_sleep_mode"),
        ({"algorithm__beta": 0.1}, "algorithm.beta"),
        ({"algorithm__loss_type": "dr_grpo"}, "algorithm.loss_type"),
        ({"algorithm__delta": 4.0}, "algorithm.delta"),
        ({"algorithm__mask_truncated_completions": True}, "algorithm.mask_truncated_completions"),
        ({"algorithm__entropy_coef": 0.1}, "algorithm.entropy_coef"),
        ({"techniques__dynamic_sampling": {}}, "techniques.dynamic_sampling"),
        ({"techniques__masking": {}}, "techniques.masking"),
        ({"techniques__kl_in_reward": 0.1}, "techniques.kl_in_reward"),
        (
            {"techniques__length_stages": [{"from_step": 0, "max_completion_length": 9}]},
            "techniques.length_stages",
        ),
        ({"techniques__advantage": {"baseline": "batch", "scale": "batch"}}, "techniques.advantage"),
        ({"training__num_iterations": 2}, "training.num_iterations"),
        ({"training__steps_per_generation": 4}, "training.steps_per_generation"),
        ({"model__attn_implementation": "sdpa"}, "model.attn_implementation"),
        ({"data__conversational": False}, "data.conversational"),
        ({"launch": {"strategy": "zero3", "nproc": 2}}, "launch.strategy: AsyncGRPO"),
        ({"logging__completions": True}, "logging.completions"),
        (
            {"launch": {"strategy": "ddp", "nproc": 2}, "watch": {"truncated": {"action": "stop"}}},
            "watch.truncated.action",
        ),
        ({"launch__device": "cpu", "training__precision": "fp32"}, "launch.device: AsyncGRPO"),
    ],
)
def test_partial_rollouts_refuse_what_they_cannot_carry(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(given(**changes))
    assert any(line.startswith(said) for line in str(caught.value).splitlines()), str(caught.value)


def test_partial_rollouts_pass_what_they_carry_to_trl() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    changes: dict[str, Any] = {
        "algorithm__epsilon_high": 0.3,
        "generation__num_generations": 6,
        "generation__partial_rollouts": {"max_staleness": 2, "weight_sync_steps": 3, "max_inflight_tasks": 5},
        "generation__temperature": 0.7,
        "training__learning_rate": 2e-6,
        "trl": {"request_timeout": 9},
    }
    every = all_arguments(read_config(given(**changes)))
    expected = {
        "epsilon": 0.2,
        "epsilon_high": 0.3,
        "num_generations": 6,
        "max_staleness": 2,
        "weight_sync_steps": 3,
        "max_inflight_tasks": 5,
        "temperature": 0.7,
        "learning_rate": 2e-6,
        "vllm_server_base_url": "http://127.0.0.1:1",
        "request_timeout": 9,
    }
    assert {name: every[name] for name in expected} == expected
    with pytest.raises(
        ConfigError, match=r"trl.max_staleness: set generation.partial_rollouts.max_staleness"
    ):
        read_config(given(trl={"max_staleness": 1}))
    with pytest.raises(ConfigError, match=r"trl\.betta: AsyncGRPOConfig has no field betta"):
        all_arguments(read_config(given(trl={"betta": 1.0})))


@pytest.mark.timeout(900)
@pytest.mark.skipif(WITHOUT_VLLM, reason="vLLM is not installed; `make test-vllm` installs it")
def test_partial_rollouts_train_while_a_vllm_server_samples(taught: Path, tmp_path: Path) -> None:
    from tiny_grpo import tiny_config
    from transformers import AutoModelForCausalLM

    from trainer_adapters.grpo.recipe import TrainedRecipe
    from trainer_adapters.grpo.watch.log import read_log

    template, out = tmp_path / "template.jinja", tmp_path / "out"
    template.write_text(TEMPLATE, "utf-8")
    ramp = Ramp(start=0.0, end=1.0, steps=(0, 6), reward=HasBox().named("box"))
    recipe = tmp_path / "ramped.yaml"
    tree = Recipe.load("logp-modulated").reward + ramp
    recipe.write_text(dumps(Recipe(name="ramped", reward=tree)), "utf-8")
    variables = environment(tmp_path / "packages")
    with served(taught / "model", variables, tmp_path) as address:
        changes: dict[str, Any] = {
            "data.chat_template": str(template),
            "reward.recipe": str(recipe),
            "generation.vllm": {"mode": "server", "server_base_url": address},
            "generation.partial_rollouts": {"max_staleness": 2},
            "generation.max_completion_length": 12,
            "training.learning_rate": 1e-2,
            "training.max_steps": 6,
            "launch.device": "auto",
            "checkpoints.output_dir": str(out),
        }
        config = tmp_path / "config.yaml"
        config.write_text(yaml.safe_dump(tiny_config(taught, changes).model_dump(mode="json")), "utf-8")
        command = [sys.executable, str(SUPPORT / "grpo_partial_rollouts.py"), str(config)]
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
        greedy = {"model": str(taught / "model"), "prompt": [8, 17, 9, 18], "max_tokens": 4, "temperature": 0}
        said = asked(address, "POST", "/v1/completions", **greedy, logprobs=0, return_token_ids=True)[1]
        answer = json.loads(said)["choices"][0]
    steps = [line for line in read_log(out / "log.jsonl") if "reward" in line]
    assert len(steps) == 6
    assert any(step["reward"] > 0 for step in steps)
    assert all(step["logprob"] < 0 and step["length/mean"] > 0 and "accuracy" in step for step in steps)
    # What was sampled by the policy of now is as likely to the trainer; and some was begun by an earlier one.
    assert steps[0]["ratio"] == pytest.approx(1.0, abs=1e-4)
    assert max(step["sample/staleness_max"] for step in steps) >= 1
    # Weights follow the steps: in the log those of the step, in the rewards those of the policy that sampled.
    trained = TrainedRecipe(read_config(yaml.safe_load(config.read_text("utf-8"))))
    digests = [trained.window_at(at) and trained.digest for at in range(6)]
    assert [step["recipe_digest"] for step in steps] == digests
    assert len(set(digests)) == 6
    boxes = [[value for name, value in step.items() if name.startswith("rewards/box")] for step in steps]
    assert boxes[0] == [0.0]
    assert max(boxes[-1]) > 0.0
    # The server ends with the weights that were trained.
    saved = AutoModelForCausalLM.from_pretrained(out)
    likely, before = (
        logps(model, greedy["prompt"], answer["token_ids"])
        for model in (saved, AutoModelForCausalLM.from_pretrained(taught / "model"))
    )
    assert answer["logprobs"]["token_logprobs"] == pytest.approx(likely, abs=1e-4)
    assert answer["logprobs"]["token_logprobs"] != pytest.approx(before, abs=1e-2)


def logps(model: Any, prompt: Any, ids: list[int]) -> list[float]:
    import torch

    every = torch.tensor([[*prompt, *ids]])
    with torch.no_grad():
        found = model(every).logits.log_softmax(-1)[0, len(prompt) - 1 : -1]
    return found.gather(1, torch.tensor(ids)[:, None]).squeeze(1).tolist()
