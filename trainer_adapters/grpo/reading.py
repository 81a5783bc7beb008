"""Reading a training file: YAML, the preset that it starts from (`preset: dapo`), and checks of the whole."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.schema import TrainConfig
from trainer_adapters.grpo.validation import contradictions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["preset_names", "read_config"]


def preset_names() -> list[str]:
    """Return the names of the presets that ship, sorted."""
    folder = resources.files("trainer_adapters.grpo") / "presets"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def read_config(source: Path | Mapping[str, Any]) -> TrainConfig:
    """Return the settings of a file, or of its content as a mapping, on top of the preset that it names.

    Raises:
        ConfigError: the file is invalid; the message has one line for each error.
    """
    given = _loaded(source.read_bytes(), str(source)) if isinstance(source, Path) else dict(source)
    named = given.get("preset")
    merged = _merged(_preset(named), given) if named is not None else given
    try:
        config = TrainConfig.model_validate(merged)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors()]
        raise ConfigError("\n".join(lines)) from None
    if found := contradictions(config):
        raise ConfigError("\n".join(found))
    return config


def _loaded(content: bytes, name: str) -> dict[str, Any]:
    try:
        given = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        message = f"{name} is not YAML: {error}"
        raise ConfigError(message) from None
    if not isinstance(given, dict):
        message = f"{name} does not hold sections"
        raise ConfigError(message)
    return given


def _preset(name: object) -> dict[str, Any]:
    if name not in preset_names():
        message = f"preset: there is no {name!r}; there are {', '.join(preset_names())}"
        raise ConfigError(message)
    file = resources.files("trainer_adapters.grpo") / "presets" / f"{name}.yaml"
    return _loaded(file.read_bytes(), f"preset {name}")


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        lower = merged.get(name)
        both = isinstance(lower, dict) and isinstance(value, dict)
        merged[name] = _merged(lower, value) if both else value  # type: ignore[arg-type]  # it is a dict
    return merged
