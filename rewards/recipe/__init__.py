"""A recipe: a named, versioned tree of rewards; its digest, its file and its kinds."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewards.recipe.recipe import Recipe

__all__ = ["Recipe"]


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module("rewards.recipe.recipe"), name)
