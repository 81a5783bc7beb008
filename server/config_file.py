"""Config file of the server, as an alternative to flags.

YAML, parsed as strictly as a recipe file. A key is a field of :class:`server.config.ServerConfig`, the name
of a flag without its dashes, and takes the value of the flag; relative paths are resolved against the
working directory, as for flags. Environment variables are not read: a misspelt one would go unnoticed.
"""

from __future__ import annotations

import functools
import json
import typing
from typing import TYPE_CHECKING, Any

import pydantic

from rewards.errors import InvalidParameterError, RecipeError
from rewards.messages import did_you_mean
from rewards.recipe.strict_yaml import read, write, wrong_value
from server.config import ServerConfig

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = ["dumps", "settings_in"]


def settings_in(path: Path) -> dict[str, Any]:
    """Return the settings in a file by name; :class:`ServerConfig` validates their combination.

    Raises:
        InvalidParameterError: the file cannot be read, a key is unknown (the message names the nearest), or
            a value has the wrong type.
    """
    try:
        data = read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, RecipeError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{path}: {reason}"
        raise InvalidParameterError(message) from error
    if not isinstance(data, dict):
        message = f"{path}: a config file is a mapping of settings, such as `address: 127.0.0.1:50051`"
        raise InvalidParameterError(message)
    try:
        # By way of JSON, whose strict reading takes a list for a tuple and a text for a path, and no more.
        found = _model().model_validate_json(json.dumps(data))
    except pydantic.ValidationError as error:
        # A misspelt key comes first: it says more than what else is wrong.
        details = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
        message = f"{path}: {_message(details)}"
        raise InvalidParameterError(message) from error
    return {name: getattr(found, name) for name in found.model_fields_set}


def dumps(config: ServerConfig) -> str:
    """Return the YAML config file with all settings of `config`."""
    return write(json.loads(json.dumps(config.to_plain())))


@functools.cache
def _model() -> type[pydantic.BaseModel]:
    hints = typing.get_type_hints(ServerConfig)
    config = pydantic.ConfigDict(extra="forbid", strict=True)
    fields: dict[str, Any] = {name: (hint, None) for name, hint in hints.items()}
    return pydantic.create_model("Settings", __config__=config, **fields)


def _message(details: ErrorDetails) -> str:
    where = ".".join(str(step) for step in details["loc"])
    if details["type"] == "extra_forbidden":
        known = _model().model_fields
        return f"{where}: no setting of a server{did_you_mean(where, known)}; it has {', '.join(known)}"
    return f"{where}: {wrong_value(details)}"
