"""The kinds of reward that recipes name."""

from __future__ import annotations

import rewards
from rewards import (
    Reward,
)
from rewards.recipe.kinds import BUILTIN_KINDS, class_of, kind_of


def test_every_public_reward_has_a_kind() -> None:
    classes = {
        name
        for name in rewards.__all__
        if isinstance(value := getattr(rewards, name), type)
        and issubclass(value, Reward)
        and not value.__abstractmethods__
    }
    assert set(BUILTIN_KINDS.values()) == classes
    for kind in BUILTIN_KINDS:
        assert kind_of(class_of(kind)) == kind == class_of(kind).kind
