"""Batches named in prompts: the same experiment on any number of processes, or one line that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from training_files import changed

from trainer_adapters.grpo.cli import placeholders, printed
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.layout import lay_out
from trainer_adapters.grpo.reading import preset_names, read_config

if TYPE_CHECKING:
    from pathlib import Path

    from trainer_adapters.grpo.schema import TrainConfig


def on(processes: int, nodes: int = 1) -> dict[str, Any]:
    strategy = "single" if processes * nodes == 1 else "fsdp2"
    return {"strategy": strategy, "nproc": processes, "nodes": nodes}


def named(prompts: int, *, processes: int = 1, **changes: Any) -> TrainConfig:
    given = {"launch": on(processes), "training__prompts_per_generation": prompts, **changes}
    return read_config(changed(**given))


# Of each paper: prompts of a generation, completions of each, optimizer steps of a generation.
PAPERS = {
    "dapo": (512, 16, 16),
    "deepseek-v3.2": (32, 16, 4),
    "dppo": (256, 16, 8),
    "dr-grpo": (128, 8, 1),
    "grpo": (16, 64, 1),
    "gspo": (32, 16, 4),
    "light-r1": (8, 16, 1),
    "max-rl": (256, 16, 1),
    "reinforce++": (16, 8, 1),
    "scale-rl": (384, 16, 8),
}


@pytest.mark.parametrize("launch", [on(1), on(2), on(8), on(8, nodes=2), on(8, nodes=8)])
@pytest.mark.parametrize("preset", PAPERS)
@pytest.mark.filterwarnings("ignore")  # of what TRL deprecates
def test_a_preset_is_the_same_experiment_on_any_number_of_processes(
    preset: str, launch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRL itself computes the completions of a generation from the sizes for one process."""
    trl = pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    config = read_config({**placeholders(preset), "launch": launch})
    monkeypatch.setattr(trl.GRPOConfig, "world_size", config.world_size)
    sizes = yaml.safe_load(printed(config))["trl"]
    fields = ("per_device_train_batch_size", "gradient_accumulation_steps", "steps_per_generation")
    found = trl.GRPOConfig(
        output_dir="o",
        num_generations=sizes["num_generations"],
        bf16=False,
        use_cpu=True,
        report_to="none",
        **{name: sizes[name] for name in fields},
    )
    prompts, size, updates = PAPERS[preset]
    assert found.generation_batch_size == prompts * size
    assert found.steps_per_generation == updates * found.gradient_accumulation_steps
    longest = found.per_device_train_batch_size * (1024 + config.longest_completion)
    assert longest <= (config.training.tokens_per_pass or 0)


def test_every_preset_names_prompts() -> None:
    assert set(PAPERS) == set(preset_names())


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        ({}, (8, 16, 16)),
        ({"processes": 16}, (8, 1, 1)),
        ({"processes": 64}, (2, 1, 1)),
        ({"training__updates_per_generation": 4}, (8, 4, 16)),
        ({"training__per_device_train_batch_size": 64}, (64, 2, 2)),
        ({"training__tokens_per_pass": 2048}, (1, 128, 128)),
        ({"training__tokens_per_pass": 5}, (1, 128, 128)),  # no completion can be cut
        ({"training__tokens_per_pass": 20000}, (8, 16, 16)),  # nine would fit, and do not divide
        ({"training__tokens_per_pass": 9_000_000}, (128, 1, 1)),
        ({"training__tokens_per_pass": 20000, "data__max_prompt_tokens": 100}, (16, 8, 8)),
        ({"training__tokens_per_pass": 20000, "generation__max_completion_length": 9000}, (1, 128, 128)),
        ({"training__gradient_accumulation_steps": 16}, (8, 16, 16)),
    ],
)
def test_passes_hold_as_many_completions_as_divide_the_batch(
    changes: dict[str, Any], sizes: tuple[int, int, int]
) -> None:
    found = lay_out(named(16, **changes))
    assert sizes == (
        found.per_device_train_batch_size,
        found.gradient_accumulation_steps,
        found.steps_per_generation,
    )


@pytest.mark.parametrize(
    ("prompts", "changes", "said"),
    [
        (16, {"processes": 6}, "take 15 or 18 prompts, or 4 or 8 processes"),
        (2, {"processes": 48}, "take 6 prompts, or 16 processes"),
        (1, {"processes": 3}, "take 3 prompts, or 2 or 4 processes"),
        (9, {"training__updates_per_generation": 16}, "into 16 updates on 1 processes; take 8 or 10 prompts"),
        (10_000_000, {"processes": 7}, "take 9999997 or 10000004 prompts, or 5 or 8 processes"),
        (16, {"training__gradient_accumulation_steps": 2}, "training.gradient_accumulation_steps: 2 contrad"),
        (16, {"training__steps_per_generation": 2}, "training.steps_per_generation: 2 contradicts"),
        (16, {"training__per_device_train_batch_size": 5}, "training.per_device_train_batch_size: 5 contrad"),
        (
            16,
            {"training__per_device_train_batch_size": 16, "training__tokens_per_pass": 20000},
            "training.per_device_train_batch_size: 16 contradicts",
        ),
        (None, {"training__tokens_per_pass": 2000}, "training.tokens_per_pass: it goes with"),
        (None, {"training__updates_per_generation": 2}, "training.updates_per_generation: it goes with"),
        (10**12, {}, "training.prompts_per_generation: Input should be less than or equal to 10000000"),
        (4, {"processes": 8, "techniques__dynamic_sampling": {}}, "sample a multiple of 8 prompts"),
        (
            8,
            {"training__updates_per_generation": 3, "generation__num_generations": 9},
            "checkpoints.save_steps: one generation serves 3 optimizer steps",
        ),
    ],
)
def test_batches_that_cannot_be_laid_out_are_refused_by_one_line(
    prompts: int, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        named(prompts, **changes)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_sizes_that_a_message_proposes_can_be_laid_out() -> None:
    for prompts, processes in [(15, 6), (18, 6), (16, 4), (16, 8), (6, 48), (2, 16), (9_999_997, 7)]:
        assert lay_out(named(prompts, processes=processes)).completions_per_generation == 8 * prompts


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("loss", ["dapo", "grpo", "dr_grpo"])
def test_one_file_has_equal_losses_on_one_and_on_two_processes(made: Path, tmp_path: Path, loss: str) -> None:
    from grpo_processes import ran  # it brings torch

    same = {
        "trl": {"optim": "sgd"},
        "training.learning_rate": 0.05,
        "training.per_device_train_batch_size": None,
        "training.prompts_per_generation": 4,
        "training.tokens_per_pass": 80,
        "data.max_prompt_tokens": 8,
        "algorithm.loss_type": loss,
    }
    one = ran(made, tmp_path / "one", same, 1)
    launch = {"strategy": "ddp", "nproc": 2, "device": "cpu"}
    two = ran(made, tmp_path / "two", {**same, "launch": launch}, 2)
    assert len(one["steps"]) == 3
    assert two["squares"] == pytest.approx(one["squares"], rel=1e-5)
    for alone, together in zip(one["steps"], two["steps"], strict=True):
        for name in ("reward", "loss", "grad_norm"):
            assert together[name] == pytest.approx(alone[name], rel=1e-4, abs=1e-5), name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_one_file_has_as_many_updates_of_a_generation_on_two_processes(made: Path, tmp_path: Path) -> None:
    """Of several updates TRL draws the rows of each on each process, so generations are compared."""
    from grpo_processes import ran  # it brings torch

    same = {
        "training.max_steps": 4,
        "training.per_device_train_batch_size": None,
        "training.prompts_per_generation": 4,
        "training.updates_per_generation": 2,
        "training.learning_rate": 1e-8,
    }
    one = ran(made, tmp_path / "one", same, 1)["steps"]
    launch = {"strategy": "ddp", "nproc": 2, "device": "cpu"}
    two = ran(made, tmp_path / "two", {**same, "launch": launch}, 2)["steps"]
    for name in ("step", "reward", "num_tokens"):
        assert [step[name] for step in two] == pytest.approx([step[name] for step in one]), name
    assert [step["step"] for step in one] == [1, 3]  # a generation serves two updates, and is logged once
