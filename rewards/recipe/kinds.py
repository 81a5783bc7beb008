"""The mapping between kinds in recipes and classes of rewards.

Touchstone's own kinds are the files of :mod:`rewards.rules` and the nodes of :mod:`rewards.algebra`; users'
own rewards are found by :mod:`rewards.recipe.plugins`.
"""

from __future__ import annotations

import contextlib
import contextvars
from typing import TYPE_CHECKING

import rewards
from rewards.algebra import Clip, Constant, Named, Product, Ramp, Scale, Sum, Switch, Tiered, When
from rewards.errors import RecipeError
from rewards.messages import did_you_mean
from rewards.recipe import plugins
from rewards.rules import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.reward import Reward

__all__ = ["BUILTIN_KINDS", "builtin_kinds_only", "class_of", "kind_of"]

_COMPOSITION = (Clip, Constant, Named, Product, Ramp, Scale, Sum, Switch, Tiered, When)

BUILTIN_KINDS = dict(sorted({**KINDS, **{node.kind: node.__name__ for node in _COMPOSITION}}.items()))
"""Built-in kinds, each with the public name of its class."""

_builtin_kinds_only = contextvars.ContextVar("builtin_kinds_only", default=False)


@contextlib.contextmanager
def builtin_kinds_only() -> Iterator[None]:
    """Allow only built-in kinds in this context: no plugin is looked up, and no module imported."""
    before = _builtin_kinds_only.set(True)
    try:
        yield
    finally:
        _builtin_kinds_only.reset(before)


def class_of(kind: str) -> type[Reward]:
    """Return the class of a kind: a built-in one, an entry point's, or a dotted path's.

    Raises:
        RecipeError: no such kind (naming the nearest), two of them, or a plugin that is broken.

    >>> class_of("sum").__name__
    'Sum'
    """
    if _builtin_kinds_only.get() and kind not in BUILTIN_KINDS:
        message = (
            f"{kind!r} is no kind of reward that ships{did_you_mean(kind, BUILTIN_KINDS)}, "
            f"and no other is taken here; kinds are {', '.join(BUILTIN_KINDS)}"
        )
        raise RecipeError(message)
    if kind in BUILTIN_KINDS:
        plugins.refuse_conflict(kind)
        found: type[Reward] = getattr(rewards, BUILTIN_KINDS[kind])
        return found
    if ":" in kind or kind in plugins.installed():
        return plugins.load(kind)
    known = [*BUILTIN_KINDS, *plugins.installed()]
    message = (
        f"{kind!r} is no kind of reward{did_you_mean(kind, known)}; kinds are {', '.join(sorted(known))}, "
        "and 'module:Class' for a reward of one's own"
    )
    raise RecipeError(message)


def kind_of(reward_class: type[Reward]) -> str:
    """Return the name of a class in recipes: a built-in kind, else an entry point's, else its dotted path.

    >>> kind_of(rewards.Sum)
    'sum'
    """
    if plugins.is_ours(reward_class) and BUILTIN_KINDS.get(reward_class.kind) == reward_class.__name__:
        return reward_class.kind
    path = plugins.dotted_path(reward_class)
    for kind, points in plugins.installed().items():
        if kind not in BUILTIN_KINDS and [point.value for point in points] == [path]:
            return kind
    return path
