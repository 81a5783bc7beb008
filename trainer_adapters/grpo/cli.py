"""Train a policy by GRPO on a recipe, as a file says.

Everything about the run stands in the file; `--set` changes a single value of it, and `--print-config` shows
what comes out, down to every field of TRL's own configuration.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from rewards.errors import ScorerError
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.launch import check_packages, launch_command, started
from trainer_adapters.grpo.reading import preset_names, preset_sections, read_config, read_sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["read_changed", "train"]


@click.command()
@click.argument("source", metavar="CONFIG.YAML|PRESET")
@click.option("--print-config", is_flag=True, help="Print every setting that comes out, and stop.")
@click.option(
    "--nproc", type=click.IntRange(1), default=None, help="Processes on this node. [default: as in the file]"
)
@click.option(
    "--set", "changes", metavar="SECTION.NAME=VALUE", multiple=True, help="Change one setting of the file."
)
def train(source: str, *, print_config: bool, nproc: int | None, changes: tuple[str, ...]) -> None:
    """Train a policy by GRPO on a recipe, as CONFIG.YAML says.

    With --print-config a preset's name may stand for a file, whose paths then are placeholders.
    """
    given = _given(source, print_config=print_config)
    for change in changes:
        _change(given, change)
    if nproc is not None:
        launch = given.setdefault("launch", {})
        launch["nproc"] = nproc
        if nproc > 1 and launch.get("strategy", "single") == "single":
            launch["strategy"] = "ddp"
    config = read_config(given)
    if print_config:
        click.echo(printed(config), nl=False)
        return
    if config.world_size > 1 and not started():
        check_packages(config)
        command = launch_command(config, _arguments(source, nproc, changes))
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606  # torchrun with our own arguments, no shell
    from trainer_adapters.grpo.run import run  # noqa: PLC0415  # torch takes seconds

    if os.environ.get("RANK", "0") != "0":
        logging.getLogger("touchstone.client").setLevel(logging.ERROR)  # the first process tells of waiting
    try:
        accelerator = run(config).accelerator
        accelerator.wait_for_everyone()  # a process that ends while another saves may be aborted
        accelerator.end_training()
    except (ConfigError, ScorerError):
        if os.environ.get("LOCAL_RANK", "0") != "0":
            time.sleep(_SECONDS_TO_BE_ENDED)
        raise


_SECONDS_TO_BE_ENDED = 20
"""Seconds that a further process of a node delays its error: the first process mostly has the same one, and
the launcher then ends the others, so that the error is printed once."""


def _arguments(source: str, nproc: int | None, changes: Sequence[str]) -> list[str]:
    """Return the arguments of `touchstone train` that make each process read the same settings."""
    arguments = [] if nproc is None else [f"--nproc={nproc}"]
    arguments += [f"--set={change}" for change in changes]
    return [*arguments, "--", source]


def read_changed(path: Path, changes: Sequence[str]) -> TrainConfig:
    """Return the settings of a file after changes of the form `SECTION.NAME=VALUE`.

    Raises:
        ConfigError: see :func:`trainer_adapters.grpo.reading.read_config`.
    """
    given = _sections(path)
    for change in changes:
        _change(given, change)
    return read_config(given)


def printed(config: TrainConfig) -> str:
    """Return the file with all defaults spelled out, and every field of the resulting TRL configuration."""
    from trainer_adapters.grpo.arguments import all_arguments  # noqa: PLC0415
    from trainer_adapters.grpo.launch import strategy_arguments  # noqa: PLC0415

    whole = {
        "touchstone": config.model_dump(mode="json"),
        "layout": _layout(config),
        "trl": {**all_arguments(config), **strategy_arguments(config)},
    }
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120))


def _layout(config: TrainConfig) -> dict[str, int]:
    """Return the sizes of a run's batches, of a pass on one process up to a generation on all of them."""
    layout = config.layout
    return {
        **dataclasses.asdict(layout),
        "prompts_per_generation": layout.completions_per_generation // config.generation.num_generations,
        "completions_per_generation": layout.completions_per_generation,
        "updates_per_generation": layout.steps_per_generation // layout.gradient_accumulation_steps,
    }


def _given(source: str, *, print_config: bool) -> dict[str, Any]:
    if source in preset_names() and not Path(source).exists():
        if not print_config:
            message = f"{source} is a preset; write a file with `preset: {source}`, a model and data"
            raise ConfigError(message)
        return placeholders(source)
    return _sections(Path(source))


def _sections(path: Path) -> dict[str, Any]:
    try:
        return read_sections(path)
    except OSError as error:
        message = f"{path} cannot be read: {error}; presets are {', '.join(preset_names())}"
        raise ConfigError(message) from error


def placeholders(preset: str) -> dict[str, Any]:
    """Return the settings of a preset, with placeholders for values that only its user knows."""
    of_its_own = "recipe" in preset_sections(preset).get("reward", {})
    return {
        "preset": preset,
        "model": {"path": "MODEL"},
        "data": {"path": "PROMPTS.jsonl"},
        "reward": {} if of_its_own else {"recipe": "r1-zero"},
        "checkpoints": {"output_dir": "OUTPUT"},
    }


def _change(given: dict[str, Any], change: str) -> None:
    name, equals, value = change.partition("=")
    if not equals or not all(name.split(".")):
        message = f"--set {change}: write it as SECTION.NAME=VALUE"
        raise ConfigError(message)
    *sections, last = name.split(".")
    for section in sections:
        inner = given.setdefault(section, {})
        if not isinstance(inner, dict):
            message = f"--set {change}: {section} holds no settings"
            raise ConfigError(message)
        given = inner
    try:
        given[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        message = f"--set {change}: the value is not YAML: {error}"
        raise ConfigError(message) from None
