"""The text of a recipe file to a recipe; needs pydantic and YAML, which the class of recipes does not."""

from __future__ import annotations

import contextlib
from typing import TypeVar

from rewards.errors import RecipeError
from rewards.recipe.kinds import builtin_kinds_only
from rewards.recipe.strict_yaml import read
from rewards.recipe.tree import from_plain

__all__ = ["read_recipe"]

T = TypeVar("T")


def read_recipe(recipe: type[T], source_text: str, *, source: str = "recipe", trusted: bool = True) -> T:
    """Return the recipe that a text describes, made by the class of recipes; errors begin with `source`.

    Args:
        recipe: the class of recipes.
        source_text: the text of a recipe file.
        source: where it is from.
        trusted: whether it may name rewards that do not ship with Touchstone, which runs their code.

    Raises:
        RecipeError: with line and column, or with the path of what is wrong and the nearest right word.
    """
    try:
        with contextlib.nullcontext() if trusted else builtin_kinds_only():
            return from_plain(read(source_text), recipe)
    except RecipeError as error:
        message = f"{source}: {error}"
        raise RecipeError(message) from error
