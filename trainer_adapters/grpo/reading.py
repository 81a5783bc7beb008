"""Reading a training file: YAML, the preset that it starts from (`preset: dapo`), and checks of the whole.

A key that stands twice in one section is an error. Otherwise the YAML is that of PyYAML's safe loader (YAML
1.1, with anchors), and not the strict YAML of recipes: `trl` and `data.chat_template_kwargs` take values of
any type, and there `no` would silently become a text.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from rewards.messages import did_you_mean
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.schema import TrainConfig
from trainer_adapters.grpo.validation import contradictions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

__all__ = ["preset_names", "preset_sections", "read_config", "read_sections"]


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
        OSError: the file cannot be read.
    """
    given = read_sections(source) if isinstance(source, Path) else dict(source)
    named = given.get("preset")
    merged = _merged(preset_sections(named), given) if named is not None else given
    try:
        config = TrainConfig.model_validate(merged)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, one['loc'])) or 'the file'}: {_reason(one['type'], one['loc'], one['msg'])}"
            for one in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from None
    if found := contradictions(config):
        raise ConfigError("\n".join(found))
    return config


def _reason(kind_of_error: str, place: Sequence[str | int], message: str) -> str:
    """Return pydantic's message, or, of a setting that does not exist, what there is in its place."""
    if kind_of_error != "extra_forbidden":
        return message
    *sections, name = place
    kind: object = TrainConfig
    for section in sections:
        if get_origin(kind) is dict:  # sections by names of the user's choice
            kind = get_args(kind)[1]
            continue
        fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
        kind = _section_in(fields[str(section)].annotation) if section in fields else None
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return "there is no such setting"
    there = list(kind.model_fields)
    return f"there is no such setting{did_you_mean(str(name), there)}; there are {', '.join(there)}"


def _section_in(annotation: object) -> object:
    """Return the section that a field holds, one of several types or several of a name each."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is dict and _section_in(get_args(annotation)[1]) is not None:
        return annotation
    return next((found for one in get_args(annotation) if (found := _section_in(one)) is not None), None)


def read_sections(file: Path | Traversable) -> dict[str, Any]:
    """Return the sections of a file as they are written there, without those of its preset.

    Raises:
        ConfigError: the file is not YAML, names a key twice, or does not hold sections.
        OSError: the file cannot be read.
    """
    try:
        given = yaml.load(file.read_bytes(), Loader=_UniqueKeyLoader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        message = f"{file} is not YAML: {error}"
        raise ConfigError(message) from None
    if not isinstance(given, dict):
        message = f"{file} does not hold sections"
        raise ConfigError(message)
    return given


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key that stands twice in one mapping, where YAML would take the last."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401  # PyYAML's signature
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} stands here twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return node


def preset_sections(name: object) -> dict[str, Any]:
    """Return the sections of a preset's file.

    Raises:
        ConfigError: there is no such preset.
    """
    if name not in preset_names():
        message = f"preset: there is no {name!r}; there are {', '.join(preset_names())}"
        raise ConfigError(message)
    file = resources.files("trainer_adapters.grpo") / "presets" / f"{name}.yaml"
    return read_sections(file)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        lower = merged.get(name)
        both = isinstance(lower, dict) and isinstance(value, dict)
        merged[name] = _merged(lower, value) if both else value  # type: ignore[arg-type]  # it is a dict
    return merged
