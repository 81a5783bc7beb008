"""`touchstone train` up to the run."""

from __future__ import annotations

import pytest
import yaml
from click.testing import CliRunner

from rewards.cli.main import main


def test_train_prints_a_preset() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    ran = CliRunner().invoke(main, ["train", "dapo", "--print-config", "--set", "generation.top_p=0.9"])
    assert ran.exit_code == 0, ran.output
    assert "epsilon_high: 0.28" in ran.output
    assert "top_p: 0.9" in ran.output


@pytest.mark.parametrize(
    ("preset", "recipe"),
    [("dapo", "dapo"), ("light-r1", "light-r1"), ("max-rl", "boxed"), ("grpo", "r1-zero")],
)
def test_train_prints_the_recipe_of_a_preset(preset: str, recipe: str) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    ran = CliRunner().invoke(main, ["train", preset, "--print-config"])
    assert yaml.safe_load(ran.output)["touchstone"]["reward"]["recipe"] == recipe


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "dapo"], "is a preset; write a file"),
        (["train", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (
            ["train", "dapo", "--print-config", "--set", "training.sed=1"],
            "training.sed: there is no such setting (did you mean 'seed'?)",
        ),
        (["train", "dapo", "--print-config", "--set", "training"], "SECTION.NAME=VALUE"),
        (["train", "dapo", "--print-config", "--set", "preset.x=1"], "holds no settings"),
    ],
)
def test_train_answers_wrong_input_by_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(main, arguments)
    assert ran.exit_code == 2
    assert said in ran.output
    assert "Traceback" not in ran.output
