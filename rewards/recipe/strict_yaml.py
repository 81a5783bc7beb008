"""The small, strict part of YAML that recipe files are written in, and the server's config file.

Strings, numbers, true, false, null, lists and mappings, read as YAML 1.2 reads them: `no` is a string
(YAML 1.1 makes it false, which is a pity for Norwegian) and `1e-3` a number. Refused: duplicate keys,
aliases (a few lines of which can stand for gigabytes), tags, keys that are no strings, and files that
are too long or too deep. What the data means is for :mod:`rewards.recipe.tree`.
"""

from __future__ import annotations

import re
import reprlib
from typing import TYPE_CHECKING

import yaml

from rewards.errors import RecipeError
from rewards.messages import did_you_mean
from rewards.recipe.sources import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pydantic_core import ErrorDetails

__all__ = ["read", "write", "wrong_value"]

_MAX_DEPTH = 100
"""Maximum nesting depth of lists and mappings."""

_MAX_NODES = 20_000
"""Maximum number of keys and values: the largest recipes have some hundreds."""

_SCALARS = (
    ("null", re.compile(r"(?:~|null)?"), ["~", "n", ""]),
    ("bool", re.compile(r"true|false"), ["t", "f"]),
    ("int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)"), list("-+0123456789")),
    (
        "float",
        re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan"),
        list("-+.0123456789"),
    ),
)
"""YAML 1.2's scalars (its core schema) without octal and hexadecimal: tag, pattern, first characters."""


def read(text: str) -> object:
    """Return the data that `text` stands for.

    Raises:
        RecipeError: text that is not YAML, not of the part that recipes use, too long or too deep;
            with line and column.

    >>> read("{language: no, weight: 1e-3}")
    {'language': 'no', 'weight': 0.001}
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        message = f"longer than {MAX_BYTES} bytes"
        raise RecipeError(message)
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        message = f"{where}{error.problem or error.context}"
        raise RecipeError(message) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an integer of thousands of digits
        message = f"not readable as YAML: {error}"
        raise RecipeError(message) from error


def write(data: object) -> str:
    """Return the text of `data`, in the order its mappings have; :func:`read` gives the same data back."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=100)
    return text


_WANTED = {
    "dict_type": "should be a mapping",
    "frozen_set_type": "should be a list",
    "model_type": "should be a mapping, {} where nothing is to be said",
    "tuple_type": "should be a list",
}
"""Messages in the terms of YAML, for pydantic's in the terms of Python."""


def wrong_value(details: ErrorDetails) -> str:
    """Return the message for a value that pydantic refused, in the terms of YAML."""
    given = details["input"]
    message = _WANTED.get(details["type"]) or details["msg"].removeprefix("Input ")
    expected = details.get("ctx", {}).get("expected", "")
    close = did_you_mean(given, expected.split("'")[1::2]) if isinstance(given, str) else ""
    return f"{message}, not {reprlib.repr(given)}{close}"


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses YAML features that recipes do not use."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's way

    _depth = 0
    _nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it open
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not used here; write the part out again",
                problem_mark=event.start_mark,
            )
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(
                problem=f"the tag {event.tag} is not used here", problem_mark=event.start_mark
            )
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise yaml.MarkedYAMLError(
                problem=f"more than {_MAX_NODES} keys and values", problem_mark=event.start_mark
            )
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"nested deeper than {_MAX_DEPTH} levels", problem_mark=event.start_mark
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002  # PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.MarkedYAMLError(
                    problem="a key must be a string; put it between quotes", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} stands here twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """A safe dumper that quotes what either version of YAML might not read as a string."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


for _tag, _pattern, _first in _SCALARS:
    _anchored = re.compile(f"(?:{_pattern.pattern})\\Z")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _anchored, _first)
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _anchored, _first)
