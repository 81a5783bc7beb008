"""An instance of every reward that ships, made from the types of its parameters, for tests of all of them."""

from __future__ import annotations

import dataclasses
import typing
from typing import TYPE_CHECKING, Any

from rewards import HasBox, Reward
from rewards.parameters import hints_of
from rewards.recipe.kinds import BUILTIN_KINDS, class_of
from rewards.rules import KINDS
from rewards.rules.window import WindowReward

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RULES", "SHIPPED", "needed_by"]

EXAMPLES: Mapping[object, object] = {Reward: HasBox(), bool: True, float: 1.0, int: 2, str: "example"}
WINDOW = 8192


def example_of(hint: Any) -> object:  # noqa: ANN401  # type hints have no common type
    if typing.get_origin(hint) is tuple:
        return tuple(example_of(part) for part in typing.get_args(hint) if part is not ...)
    return EXAMPLES[hint]


def needed_by(made: type[Reward]) -> dict[str, Any]:
    """The parameters without which a class of rewards cannot be made, with values that it takes."""
    missing = dataclasses.MISSING
    return {
        field.name: example_of(hints_of(made)[field.name])
        for field in dataclasses.fields(made)
        if field.default is missing and field.default_factory is missing
    }


def instance_of(kind: str) -> Reward:
    made = class_of(kind)
    reward = made(**needed_by(made))
    return reward.bound(WINDOW) if isinstance(reward, WindowReward) else reward


SHIPPED = {kind: instance_of(kind) for kind in BUILTIN_KINDS}
"""A reward of every kind, with its defaults, as one can score by it."""

RULES = {kind: SHIPPED[kind] for kind in KINDS}
"""Those of `rewards/rules`: all that are no composition of others."""
