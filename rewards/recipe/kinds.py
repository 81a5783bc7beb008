"""The mapping between kinds in recipes and classes of rewards.

Touchstone's own kinds are listed here; users' own rewards are found by :mod:`rewards.recipe.plugins`.
"""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING

import rewards
from rewards.errors import RecipeError
from rewards.recipe import plugins
from rewards.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.reward import Reward

__all__ = ["OURS", "class_of", "kind_of", "nearest", "ours_alone"]

OURS = {
    "boxed_correctness": "BoxedCorrectness",
    "clip": "Clip",
    "constant": "Constant",
    "cosine_length": "CosineLength",
    "has_box": "HasBox",
    "language_mixing": "LanguageMixing",
    "logprob_modulation": "LogprobModulation",
    "named": "Named",
    "ngram_repetition": "NgramRepetition",
    "product": "Product",
    "proper_ending": "ProperEnding",
    "scale": "Scale",
    "soft_overlong": "SoftOverlong",
    "sum": "Sum",
    "switch": "Switch",
    "think_format": "ThinkFormat",
    "tiered": "Tiered",
    "when": "When",
}
"""Built-in kinds, each with the public name of its class."""

_ours_alone = contextvars.ContextVar("ours_alone", default=False)


@contextlib.contextmanager
def ours_alone() -> Iterator[None]:
    """Allow only built-in kinds in this context: no plugin is looked up, and no module imported."""
    before = _ours_alone.set(True)
    try:
        yield
    finally:
        _ours_alone.reset(before)


def class_of(kind: str) -> type[Reward]:
    """Return the class of a kind: a built-in one, an entry point's, or a dotted path's.

    Raises:
        RecipeError: no such kind (naming the nearest), two of them, or a plugin that is broken.

    >>> class_of("sum").__name__
    'Sum'
    """
    if _ours_alone.get() and kind not in OURS:
        message = (
            f"{kind!r} is no kind of reward that ships{nearest(kind, OURS)}, and no other is taken here; "
            f"kinds are {', '.join(OURS)}"
        )
        raise RecipeError(message)
    if kind in OURS:
        plugins.refuse_conflict(kind)
        found: type[Reward] = getattr(rewards, OURS[kind])
        return found
    if ":" in kind or kind in plugins.installed():
        return plugins.load(kind)
    known = [*OURS, *plugins.installed()]
    message = (
        f"{kind!r} is no kind of reward{nearest(kind, known)}; kinds are {', '.join(sorted(known))}, "
        "and 'module:Class' for a reward of one's own"
    )
    raise RecipeError(message)


def kind_of(reward_class: type[Reward]) -> str:
    """Return the name of a class in recipes: a built-in kind, else an entry point's, else its dotted path.

    >>> kind_of(rewards.Sum)
    'sum'
    """
    if plugins.is_ours(reward_class) and OURS.get(reward_class.kind) == reward_class.__name__:
        return reward_class.kind
    path = plugins.dotted_path(reward_class)
    for kind, points in plugins.installed().items():
        if kind not in OURS and [point.value for point in points] == [path]:
            return kind
    return path
