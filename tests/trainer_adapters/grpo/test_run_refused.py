"""Runs that cannot be: one line at set-up names the setting or the row, and no step is made."""

from __future__ import annotations

import importlib.util
import logging
import shutil
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config
from training_rows import file_of, sums, told

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def refusal(made: Path, tmp_path: Path, changes: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        build_trainer(tiny_config(made, {"checkpoints.output_dir": str(tmp_path / "out"), **changes}))
    said = str(caught.value)
    assert "\n" not in said
    assert list((tmp_path / "out").glob("*")) == []
    return said


TRACKERS = {
    "azure_ml": "azureml",
    "clearml": "clearml",
    "codecarbon": "codecarbon",
    "comet_ml": "comet_ml",
    "dagshub": "dagshub",
    "dvclive": "dvclive",
    "flyte": "flytekit",
    "mlflow": "mlflow",
    "neptune": "neptune",
    "swanlab": "swanlab",
    "trackio": "trackio",
}
"""Trackers of transformers, and the module of each."""


@pytest.mark.parametrize(
    ("package", "changes", "said"),
    [
        ("bitsandbytes", {"trl": {"optim": "adamw_8bit"}}, "trl.optim: You need to install `bitsandbytes`"),
        ("lomo_optim", {"trl": {"optim": "lomo"}}, "trl.optim: You need to install `lomo_optim`"),
        ("torchao", {"trl": {"optim": "adamw_torch_8bit"}}, "trl.optim: You need to have `torchao"),
        (
            "liger_kernel",
            {"trl": {"use_liger_kernel": True}},
            "trl.use_liger_kernel: liger-kernel is not",
        ),
        (
            "flash_attn",
            {"model.attn_implementation": "flash_attention_2"},
            "model: {model} cannot be",
        ),
        (
            "bitsandbytes",
            {"trl": {"model_init_kwargs": {"quantization_config": {"load_in_4bit": True}}}},
            "model: {model} cannot be trained by the sections model and trl: Using `bitsandbytes`",
        ),
        ("peft", {"model.lora": {}}, "model.lora: peft is not installed; install it with pip install peft"),
        ("wandb", {"logging.wandb": True}, "logging.wandb: wandb is not installed; pip install wandb"),
        ("tensorboard", {"logging.tensorboard": True}, "logging.tensorboard: tensorboard is not installed"),
        *(
            (module, {"logging.trackers": [name]}, f"logging.trackers: {name} is not installed; pip install")
            for name, module in TRACKERS.items()
        ),
        (
            "kernels",
            {"trl": {"model_init_kwargs": {"use_kernels": True}}},
            "trl.model_init_kwargs.use_kernels: kernels is not installed; pip install kernels",
        ),
        ("vllm", {"generation.vllm": {"mode": "colocate"}}, "generation.vllm: vLLM is not installed here"),
    ],
)
def test_build_trainer_names_the_setting_that_needs_a_package(
    package: str, changes: dict[str, Any], said: str, made: Path, tmp_path: Path
) -> None:
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    assert refusal(made, tmp_path, changes).startswith(said.replace("{model}", str(made / "model")))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trl": {"tool": 1}}, "trl.tool: GRPOConfig has no field tool"),
        (
            {"trl": {"weight_decai": 1}},
            "trl.weight_decai: GRPOConfig has no field weight_decai (did",
        ),
        ({"trl": {"optim": "adamww"}}, "TRL refuses these settings: adamww is not a valid"),
        ({"trl": {"cache_implementation": "none"}}, "model: {model} cannot be"),
        ({"trl": {"model_init_kwargs": {"load_in_3bit": True}}}, "model: {model} cannot be"),
        ({"model.attn_implementation": "flesh"}, "model: {model} cannot be"),
        ({"training.lr_scheduler_type": "cosinee"}, "TRL refuses these settings: cosinee is not a valid"),
        (
            {"logging.trackers": ["mlfow"]},
            "logging.trackers: there is no tracker mlfow (did you mean 'mlflow'?)",
        ),
        (
            {"trl": {"model_init_kwargs": {"quantization_config": {}}}},
            "model: {model} cannot be trained by the sections model and trl: The model's quantization",
        ),
        (
            {"trl": {"model_init_kwargs": {"quantization_config": {"quant_method": "zip"}}}},
            "model: {model} cannot be trained by the sections model and trl: Unknown quantization",
        ),
        (
            {"trl": {"model_init_kwargs": {"quantization_config": "nf4"}}},
            "model: {model} cannot be",
        ),
        ({"reward.reasoning": "thonk"}, "reward.reasoning: reasoning is 'thonk', which is no known format"),
        ({"reward.reasoning": {"open": "<a>"}}, "reward.reasoning: reasoning is {'open': '<a>'}"),
        ({"data.chat_template": "nowhere.jinja"}, "data.chat_template: "),
    ],
)
def test_build_trainer_names_the_setting_that_is_wrong(
    changes: dict[str, Any], said: str, made: Path, tmp_path: Path
) -> None:
    assert refusal(made, tmp_path, changes).startswith(said.replace("{model}", str(made / "model")))


@pytest.mark.parametrize("absent", ["model.safetensors", "config.json"])
def test_build_trainer_names_the_model_that_lacks_a_file(absent: str, made: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(made / "model", model)
    (model / absent).unlink()
    assert refusal(made, tmp_path, {"model.path": str(model)}).startswith(f"model: {model} cannot be")


def test_build_trainer_names_the_output_folder_that_cannot_be(made: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        said = refusal(made, tmp_path, {"checkpoints.output_dir": str(folder)})
        assert said.startswith(f"checkpoints.output_dir: {folder} cannot be made: {tmp_path}")


USER = [{"role": "user", "content": "0+0?"}]


@pytest.mark.parametrize(
    ("prompts", "template", "said"),
    [
        ([USER], None, "row 2, 'prompt': the chat template refuses this prompt: Cannot use chat template"),
        ([USER], "{% for", "row 2, 'prompt': the chat template refuses this prompt: "),
        (
            [USER, [*USER, *USER]],
            "{% if messages | length > 1 %}{{ raise_exception('roles must alternate') }}{% endif %}?",
            "row 3, 'prompt': the chat template refuses this prompt: roles must alternate; mend",
        ),
        (
            [USER, [{"role": "system", "content": "Be brief."}, *USER]],
            "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}?",
            "row 3, 'prompt': the chat template refuses this prompt: no system; mend the row, or",
        ),
    ],
    ids=["none", "broken", "roles", "system"],
)
def test_build_trainer_names_the_row_that_the_template_refuses(
    prompts: list[Any], template: str | None, said: str, made: Path, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {}
    if template is not None:
        (tmp_path / "template.jinja").write_text(template, "utf-8")
        changes["data.chat_template"] = str(tmp_path / "template.jinja")
    rows = [{"prompt": USER, "answer": None}] * 2 + [{"prompt": one, "answer": "0"} for one in prompts]
    changes["data.path"] = file_of(tmp_path, rows)
    assert refusal(made, tmp_path, changes).startswith(f"data: {said}")


@pytest.mark.parametrize(
    "empty",
    [None, "", " \n\t", [], [{"role": "user", "content": ""}], [{"role": "user", "content": None}]],
    ids=repr,
)
def test_build_trainer_leaves_rows_without_a_prompt_out(
    empty: Any, made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows: list[dict[str, Any]] = sums()
    if isinstance(empty, list):
        rows = [{**row, "prompt": [{"role": "user", "content": row["prompt"]}]} for row in rows]
    rows[3] = {**rows[3], "prompt": empty}
    (tmp_path / "template.jinja").write_text("{% for m in messages %}{{ m.content }}{% endfor %}", "utf-8")
    changes = {"data.path": file_of(tmp_path, rows), "data.chat_template": str(tmp_path / "template.jinja")}
    with caplog.at_level(logging.WARNING):
        trainer = build_trainer(tiny_config(made, changes))
    assert len(trainer.train_dataset) == 15
    assert told(caplog)[0] == "data: 1 of 16 rows have no prompt in 'prompt' and are left out: row 3"
    every = [{"prompt": empty, "answer": "0"} for _ in rows]
    said = refusal(made, tmp_path, {**changes, "data.path": file_of(tmp_path, every)})
    assert said.startswith(
        "data: there is no row to train on: 16 of 16 rows have no prompt in 'prompt': row 0,"
    )
