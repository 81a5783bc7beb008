"""Users' own rewards: their names in recipes, and the provider information in a recipe's digest.

A recipe names a reward that is not Touchstone's own in one of two ways:

- by the name of an entry point of the group `touchstone.rewards`, which an installed distribution
  declares (`brevity = "mypkg.rewards:Brevity"`);
- by a dotted path, `mypkg.rewards:Brevity`, to any class that can be imported.

Either way the class's provider is part of the recipe's digest: name and version of the installed
distribution that owns the class's file, or, where none does (a script, an editable install), the
SHA-256 of that file. Other files that the class calls upon are not looked at.

A plugin is imported when a recipe uses it and not before, so a broken one breaks nothing else.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.errors import RecipeError
from rewards.reward import Reward

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "dotted_path", "installed", "is_ours", "load", "provider", "refuse_conflict"]

GROUP = "touchstone.rewards"
"""The entry-point group in which distributions declare rewards: kind = "module:Class"."""

_OURS = "rewards"


def is_ours(kind: type[Reward]) -> bool:
    """Return True if a class of rewards is Touchstone's own."""
    return kind.__module__.partition(".")[0] == _OURS


def dotted_path(kind: type[Reward]) -> str:
    """Return `module:Class`, the name that every class of rewards has."""
    return f"{kind.__module__}:{kind.__qualname__}"


def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """Return the entry points that installed distributions declare, by kind; nothing is imported.

    More than one for a kind is a conflict, which is an error once that kind is used.
    """
    return _installed(tuple(sys.path))


@functools.lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> Mapping[str, tuple[EntryPoint, ...]]:  # noqa: ARG001  # where they are
    found: dict[str, dict[str, EntryPoint]] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        found.setdefault(point.name, {})[point.value] = point
    return {kind: tuple(points.values()) for kind, points in sorted(found.items())}


def load(name: str) -> type[Reward]:
    """Return the class that `name` stands for: an entry point's name, or a dotted path.

    Raises:
        RecipeError: nothing of that name, two of them, or something that fails to import or is not a
            frozen dataclass derived from `Reward`.
    """
    if ":" in name:
        return _reward_class(name, name)
    points = installed().get(name, ())
    if not points:
        message = f"no installed distribution declares the reward {name!r} in the entry-point group {GROUP}"
        raise RecipeError(message)
    if len(points) > 1:
        message = (
            f"the reward {name!r} is declared more than once, by {' and '.join(map(_origin, points))}; "
            "uninstall all but one, or name the class by its dotted path"
        )
        raise RecipeError(message)
    return _reward_class(
        points[0].value.split("[")[0].strip(), f"{name!r}, declared by {_origin(points[0])},"
    )


def refuse_conflict(kind: str) -> None:
    """Raise if a distribution declares a reward under the name of one of Touchstone's own.

    Raises:
        RecipeError: naming the distribution.
    """
    for point in installed().get(kind, ()):
        message = (
            f"the kind {kind!r} is Touchstone's own, but {_origin(point)} declares a reward of that name; "
            "uninstall it, or have it take another name"
        )
        raise RecipeError(message)


@functools.cache
def provider(kind: type[Reward]) -> Mapping[str, str | None]:
    """Return the provider of the code of a class that is not built in, with its version.

    `{"distribution": ..., "version": ...}` where an installed distribution owns the class's file, else
    `{"source": ...}` with the SHA-256 of the file; None where there is no file, as in an interpreter.
    """
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if file is None or not Path(file).is_file():
        return {"source": None}
    path = Path(file).resolve()
    top = kind.__module__.partition(".")[0]
    for name in importlib.metadata.packages_distributions().get(top, ()):
        distribution = importlib.metadata.distribution(name)
        # Only a file of its own: an editable install's version says nothing about its code.
        if any(
            own.name == path.name and Path(str(own.locate())).resolve() == path
            for own in distribution.files or ()
        ):
            return {"distribution": distribution.name, "version": distribution.version}
    return {"source": hashlib.sha256(path.read_bytes()).hexdigest()}


def _reward_class(path: str, what: str) -> type[Reward]:
    """Return the class at `path`, called `what` in errors."""
    module_name, _, class_name = path.partition(":")
    found: object
    try:
        found = importlib.import_module(module_name)
        for attribute in class_name.split("."):
            found = getattr(found, attribute)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does when it is imported
        message = f"the reward {what} cannot be imported: {type(error).__name__}: {error}{_hint(module_name)}"
        raise RecipeError(message) from error
    if not isinstance(found, type) or not issubclass(found, Reward):
        message = f"the reward {what} is not a class derived from rewards.Reward: {found!r}"
        raise RecipeError(message)
    if "__dataclass_params__" not in found.__dict__ or found.__abstractmethods__:
        message = (
            f"the reward {what} must be a dataclass that defines evaluate: put "
            "@dataclasses.dataclass(frozen=True, kw_only=True) above the class"
        )
        raise RecipeError(message)
    return found


def _hint(module: str) -> str:
    if module.partition(".")[0] == _OURS:
        return (
            "; `rewards` is Touchstone's own package, which hides a file rewards.py of yours: give the file "
            "another name"
        )
    return ""


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
