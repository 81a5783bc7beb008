"""The canonical form of a tree of rewards: one text for one meaning, whoever writes it down.

Equal trees have equal forms, and trees that differ in anything that can change a value differ in
form: every parameter is there, defaults included (but for those of parameters added later, see
:data:`rewards.parameters.ADDED_LATER`), and a reward that is not Touchstone's own carries the version of
who provides it. Versions of Touchstone and its libraries are left to
:mod:`rewards.recipe.environment`.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping

from rewards.errors import RecipeError
from rewards.parameters import stated_fields
from rewards.recipe.plugins import dotted_path, is_ours, provider
from rewards.reward import Reward

__all__ = ["canonical"]


def canonical(reward: Reward) -> str:
    """The tree as JSON with sorted keys and without spaces.

    A number is written as the shortest text that reads back as the same number, a whole one as an
    integer (so that 1 and 1.0, which are equal, look alike).

    Raises:
        RecipeError: a parameter of a type that has no canonical form, such as a function.

    >>> from rewards import Constant
    >>> canonical(0.5 * Constant(value=2.0))
    '{"kind":"scale","parameters":{"reward":{"kind":"constant","parameters":{"value":2}},"weight":0.5}}'
    """
    return _json(_canonical_value(reward, "reward"))


def _json(plain: object) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical_value(value: object, where: str) -> object:  # noqa: PLR0911  # one for each type
    match value:
        case Reward():
            return _canonical_reward(value, where)
        case enum.Enum():
            return _canonical_value(value.value, where)
        case None | bool() | str() | int():
            return value
        case float():
            return _canonical_number(value)
        case tuple() | list():
            return [_canonical_value(item, f"{where}[{at}]") for at, item in enumerate(value)]
        case frozenset():
            return sorted((_canonical_value(item, where) for item in value), key=_json)
        case Mapping():
            return {
                str(_canonical_value(key, where)): _canonical_value(item, f"{where}.{key}")
                for key, item in value.items()
            }
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {type(value).__name__: _parameters(value, where)}
    message = (
        f"{where} is of type {type(value).__name__}, which has no canonical form; parameters are numbers, "
        "strings, None, enums, tuples, frozen dataclasses and rewards"
    )
    raise RecipeError(message)


def _canonical_reward(reward: Reward, where: str) -> dict[str, object]:
    kind = type(reward)
    if is_ours(kind):
        return {"kind": kind.kind, "parameters": _parameters(reward, f"{where}.{kind.kind}")}
    path = dotted_path(kind)
    return {"kind": path, "parameters": _parameters(reward, f"{where}.{path}"), "provider": provider(kind)}


def _parameters(value: object, where: str) -> dict[str, object]:
    return {
        field.name: _canonical_value(getattr(value, field.name), f"{where}.{field.name}")
        for field in stated_fields(value)
        if field.compare
    }


def _canonical_number(value: float) -> object:
    if not math.isfinite(value):
        return {"float": repr(float(value))}
    return int(value) if value.is_integer() else float(value)
