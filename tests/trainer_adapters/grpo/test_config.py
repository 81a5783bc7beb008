"""The training file: typos, contradictions, presets, and what comes out of them for TRL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rewards.cli.main import main
from trainer_adapters.grpo.arguments import trl_arguments
from trainer_adapters.grpo.cli import placeholders, printed
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import preset_names, read_config
from trainer_adapters.grpo.schema import TrainConfig

GOLDEN = Path(__file__).parent / "golden"

PRESETS = ["dapo", "deepseek-v3.2", "dr-grpo", "grpo", "gspo", "light-r1", "reinforce++"]

LEAST: dict[str, Any] = {
    "model": {"path": "m"},
    "data": {"path": "d.jsonl"},
    "reward": {"recipe": "r1-zero"},
    "checkpoints": {"output_dir": "o"},
}


def changed(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {name: dict(value) for name, value in LEAST.items()}
    for name, value in changes.items():
        *sections, last = name.split("__")
        inner = given
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    return given


def test_the_presets_that_ship() -> None:
    assert preset_names() == PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_preset_comes_to(preset: str) -> None:
    """To change a preset on purpose, write the golden file again and say so in the changelog.

    A setting that is younger than the file and off, `null`, needs no line in it.
    """
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    golden = (GOLDEN / f"{preset}.yaml").read_text("utf-8").splitlines()
    lines = printed(read_config(placeholders(preset))).splitlines()
    assert [line for line in lines if line in golden or not line.endswith(": null")] == golden


def test_the_command_prints_a_preset() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    ran = CliRunner().invoke(main, ["train", "dapo", "--print-config", "--set", "generation.top_p=0.9"])
    assert ran.exit_code == 0, ran.output
    assert "epsilon_high: 0.28" in ran.output
    assert "top_p: 0.9" in ran.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "dapo"], "is a preset; write a file"),
        (["train", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["train", "dapo", "--print-config", "--set", "training.sed=1"], "training.sed: Extra inputs"),
        (["train", "dapo", "--print-config", "--set", "training"], "SECTION.NAME=VALUE"),
        (["train", "dapo", "--print-config", "--set", "preset.x=1"], "holds no settings"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(main, arguments)
    assert ran.exit_code == 2
    assert said in ran.output
    assert "Traceback" not in ran.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (changed(trainig={}), "trainig: Extra inputs are not permitted"),
        (changed(training__learning_rat=1), "training.learning_rat: Extra inputs"),
        (changed(training__learning_rate=-1), "training.learning_rate: Input should be greater than 0"),
        (changed(algorithm__loss_type="papo"), "algorithm.loss_type: Input should be 'grpo'"),
        (changed(data__dataset="also"), "data: Value error, name the data by exactly one"),
        (changed(preset="dppo"), "preset: there is no 'dppo'; there are dapo"),
        ({name: value for name, value in LEAST.items() if name != "model"}, "model: Field required"),
    ],
)
def test_typos_are_errors_that_name_the_place(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(given)
    assert said in str(caught.value)


OFF_POLICY = {"training__num_iterations": 2}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"algorithm__sync_ref_model": True}, "algorithm.sync_ref_model"),
        ({"algorithm__loss_type": "cispo"}, "algorithm.epsilon_high"),
        ({"algorithm__delta": 1.1}, "algorithm.delta"),
        ({"algorithm__loss_type": "luspo"}, "algorithm.loss_type: luspo"),
        (
            {"algorithm__use_adaptive_entropy": True, "algorithm__entropy_coef_min": 2.0},
            "algorithm.entropy_coef_min",
        ),
        ({"generation__vllm": {}, "generation__continuous_batching": True}, "generation.continuous_batching"),
        (
            {"generation__vllm": {"mode": "server"}, "launch__device": "cpu"},
            "generation.vllm.mode: a server is sent the weights by NCCL",
        ),
        ({"techniques__kl_in_reward": 0.1, "algorithm__beta": 0.1}, "techniques.kl_in_reward"),
        (
            {"techniques__clip_cov": {}, "techniques__kl_cov": {}, **OFF_POLICY},
            "techniques.clip_cov: choose one",
        ),
        ({"techniques__clip_cov": {}, "algorithm__loss_type": "sapo"}, "techniques.clip_cov: the loss sapo"),
        (
            {"techniques__clip_cov": {}, "algorithm__importance_sampling_level": "sequence"},
            "techniques.clip_cov: it chooses tokens",
        ),
        ({"techniques__clip_cov": {"low": 5.0, "high": 1.0}}, "techniques.clip_cov.low"),
        ({"techniques__kl_cov": {}}, "techniques.kl_cov: it compares"),
        ({"techniques__llds": {}}, "techniques.llds: it compares"),
        (
            {"techniques__masking": {}, "algorithm__entropy_coef": 0.1, "algorithm__loss_type": "grpo"},
            "techniques.masking",
        ),
        ({"techniques__advantage": {"baseline": "batch"}}, "techniques.advantage.scale"),
        (
            {"techniques__advantage": {"positive_only": True}, "algorithm__off_policy_mask_threshold": 0.5},
            "techniques.advantage.positive_only",
        ),
        (
            {"techniques__advantage": {"positive_only": True}, "algorithm__delta": 3.0},
            "techniques.advantage.positive_only",
        ),
        (
            {"techniques__length_stages": [{"from_step": 1, "max_completion_length": 5}]},
            "techniques.length_stages: the first",
        ),
        (
            {
                "techniques__length_stages": [
                    {"from_step": 0, "max_completion_length": 5},
                    {"from_step": 0, "max_completion_length": 6},
                ]
            },
            "techniques.length_stages: from_step must grow",
        ),
        ({"techniques__shortest_window": 5000}, "techniques.shortest_window: a window of 1024"),
        ({"generation__vllm": {"max_model_length": 10}}, "generation.vllm.max_model_length"),
        ({"generation__num_generations": 3}, "generation.num_generations: 3 does not divide"),
        (
            {
                "generation__num_generations": 16,
                "techniques__dynamic_sampling": {},
                "launch": {"nproc": 2, "strategy": "ddp"},
            },
            "techniques.dynamic_sampling: 16 completions",
        ),
        ({"launch__nproc": 2}, "launch.strategy: single is one process"),
        ({"launch__strategy": "ddp"}, "launch.nproc: ddp is for several"),
        ({"launch": {"nproc": 2, "strategy": "fsdp2", "device": "cpu"}}, "launch.device: fsdp2 needs GPUs"),
        ({"launch__device": "cpu"}, "training.precision"),
        ({"checkpoints__save_steps": 3, "training__num_iterations": 2}, "checkpoints.save_steps"),
    ],
)
def test_contradictions_are_errors_that_say_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(changed(**changes))
    assert any(line.startswith(said) for line in str(caught.value).splitlines()), str(caught.value)


def test_a_preset_is_changed_in_parts() -> None:
    config = read_config(changed(preset="dapo", algorithm__epsilon=0.1))
    assert (config.algorithm.epsilon, config.algorithm.epsilon_high) == (0.1, 0.28)
    assert config.reward.recipe == "r1-zero"


def test_fields_of_trl_that_no_section_has() -> None:
    assert trl_arguments(read_config(changed(trl={"optim": "sgd"})))["optim"] == "sgd"
    with pytest.raises(ConfigError, match=r"trl\.learning_rate: set training\.learning_rate instead"):
        read_config(changed(trl={"learning_rate": 1.0}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("training: {seed: 1, seed: 2}", r"the key 'seed' stands here twice"),
        ("model: {path: m}\nmodel: {path: n}", r"the key 'model' stands here twice"),
        ("a: &a {b: 1}\nc: {<<: *a, b: 2, b: 3}", r"the key 'b' stands here twice"),
    ],
)
def test_a_key_that_stands_twice_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=said):
        read_config(path)
    ran = CliRunner().invoke(main, ["train", str(path)])
    assert ran.exit_code == 2
    assert said in ran.output


def test_yaml_of_a_training_file_has_anchors_and_switches(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "model: {path: m}\ndata: {path: d.jsonl, chat_template_kwargs: {enable_thinking: no}}\n"
        "reward: {recipe: r1-zero}\ncheckpoints: {output_dir: o}\n"
        "watch: {truncated: &alarm {threshold: 0.3, patience: 2}, all_wrong: {<<: *alarm, patience: 4}}\n",
        "utf-8",
    )
    config = read_config(path)
    assert config.data.chat_template_kwargs == {"enable_thinking": False}
    alarms = {name: (one.threshold, one.patience) for name, one in config.watch.items()}
    assert alarms == {"truncated": (0.3, 2), "all_wrong": (0.3, 4)}


def test_a_file_that_is_not_one(tmp_path: Path) -> None:
    for content in (b"\xff", b"a: [", b"- 1", b"a: &a [*a]"):
        path = tmp_path / "c.yaml"
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            read_config(path)


def test_everything_that_stands_in_the_file_reaches_trl() -> None:
    """Each setting of the algorithm, generation and training changes what TRL is given, unless it is ours."""
    base = trl_arguments(read_config(LEAST))
    for section in ("algorithm", "training"):
        model = type(getattr(read_config(LEAST), section))
        for name in model.model_fields:
            assert name in base or name == "precision", f"{section}.{name}"
    assert isinstance(read_config(LEAST), TrainConfig)
