"""vLLM for real, by its build for CPUs, which `make test-vllm` installs; skipped elsewhere."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if importlib.util.find_spec("vllm") is None:
    pytest.skip("vLLM is not installed; `make test-vllm` installs it", allow_module_level=True)

import yaml
from vllm_on_cpu import SUPPORT, environment, served

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]

COLOCATE = {"generation.vllm": {"mode": "colocate", "max_model_length": 64}}


@pytest.fixture(scope="session")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(tmp_path_factory.mktemp("packages"))


def ran(command: list[str], variables: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def noted(
    taught: Path, out: Path, changes: Mapping[str, Any], variables: dict[str, str]
) -> dict[str, list[dict[str, Any]]]:
    settings = out / "changes.json"
    settings.write_text(json.dumps({**changes, "checkpoints.output_dir": str(out)}), "utf-8")
    found = ran(
        [sys.executable, str(SUPPORT / "grpo_vllm.py"), str(taught), str(settings)], variables, out
    ).splitlines()
    return dict(json.loads(next(line for line in found if line.startswith("RESULT "))[7:]))


@pytest.mark.parametrize("mode", ["colocate", "server"])
def test_vllm_samples_from_the_policy_as_it_is_and_the_recipe_reads_its_log_probabilities(
    taught: Path, tmp_path: Path, described: dict[str, str], mode: str
) -> None:
    changes: dict[str, Any] = {
        "reward.recipe": "logp-modulated",
        "generation.temperature": 0.9,
        "training.learning_rate": 1e-2,
        "training.max_steps": 4,
    }
    if mode == "colocate":
        found = noted(taught, tmp_path, {**COLOCATE, **changes}, described)
    else:  # with a file for NCCL, which needs GPUs
        with served(taught / "model", described, tmp_path) as address:
            changes |= {
                "launch.device": "auto",
                "generation.vllm": {"mode": mode, "server_base_url": address},
            }
            found = noted(taught, tmp_path, changes, described)
    assert len(found["generations"]) == 4
    # The weights of every step reach vLLM: it samples by the policy of now, and not by that of the beginning.
    for generation in found["generations"]:
        assert generation["from_now"] < 1e-4
    assert found["generations"][0]["from_before"] < 1e-4
    assert found["generations"][-1]["from_before"] > 1e-2
    # A right answer is worth the geometric mean of its probabilities, and a wrong one nothing.
    rewards = [(one["rewards"], one["right"], one["likely"]) for one in found["generations"]]
    for row in rewards:
        for reward, right, likely in zip(*row, strict=True):
            assert reward == pytest.approx(likely if right else 0.0, abs=1e-4)
    assert any(reward > 0 for row in rewards for reward in row[0])
    for entry in found["steps"]:
        assert entry["sampling/importance_sampling_ratio/mean"] == pytest.approx(1.0, abs=1e-3)
    assert any(entry["grad_norm"] > 0 for entry in found["steps"])


def test_the_command_trains_by_vllm_with_techniques(
    taught: Path, tmp_path: Path, described: dict[str, str]
) -> None:
    from tiny_grpo import tiny_config

    from trainer_adapters.grpo.watch.log import read_log

    changes = {
        **COLOCATE,
        "reward.recipe": "logp-modulated",
        "techniques.dynamic_sampling": {"max_rounds": 2},
        "techniques.kl_in_reward": 0.01,
        "techniques.length_stages": [
            {"from_step": 0, "max_completion_length": 3},
            {"from_step": 1, "max_completion_length": 6},
        ],
        "checkpoints.output_dir": str(tmp_path / "out"),
    }
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(tiny_config(taught, changes).model_dump(mode="json")), "utf-8")
    ran([sys.executable, "-m", "trainer_adapters.grpo", str(config)], described, tmp_path)
    steps = [line for line in read_log(tmp_path / "out" / "log.jsonl") if "reward" in line]
    assert all(
        step["completions/max_length"] <= window for step, window in zip(steps, (3, 6, 6), strict=True)
    )
    assert [step["window"] for step in steps] == [3, 6, 6]
    assert all(step["logprob"] < 0 for step in steps)
    assert (tmp_path / "out" / "model.safetensors").exists()
