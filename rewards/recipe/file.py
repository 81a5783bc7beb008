r"""Recipe files: YAML in and out, shipped recipes by name, and other files by path.

A file gives a name, a version, a description and a tree of rewards::

    name: r1-zero
    version: 1
    description: What it rewards, and where it comes from.
    reward:
      sum:
        - boxed_correctness: {}
          name: correctness
          weight: 1.0
        - think_format: {mode: strict}
          name: format
          weight: 0.5

Where a text is found is told in :mod:`rewards.recipe.sources`, how a tree is written in
:mod:`rewards.recipe.tree`, and which part of YAML in :mod:`rewards.recipe.strict_yaml`. Any tree made in
Python can be written down, and reads back as the same one:

>>> from rewards import Constant, Recipe
>>> recipe = Recipe(name="two", reward=2.0 * Constant(value=1.0).named("one"))
>>> print(dumps(recipe), end="")
name: two
version: 1
description: ''
reward:
  constant: 1.0
  name: one
  weight: 2.0
>>> loads(dumps(recipe)) == recipe
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.errors import RecipeError
from rewards.recipe.reading import read_recipe
from rewards.recipe.recipe import Recipe
from rewards.recipe.sources import earlier, shipped, text
from rewards.recipe.strict_yaml import write
from rewards.recipe.tree import to_plain

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["dumps", "earlier", "load", "loads", "shipped", "text"]


def load(name_or_path: str | Path) -> Recipe:
    """Return the recipe that ships under a name, or that stands in a file.

    A `Path`, or a string with a `/` in it or ending in `.yaml` or `.yml`, is a path; other strings are
    names.

    Raises:
        UnknownRecipeError: no recipe of that name or path; says which there are.
        RecipeError: a file that cannot be read, or a recipe that cannot be built.
    """
    return loads(text(name_or_path), source=str(name_or_path))


def loads(source_text: str, *, source: str = "recipe", trusted: bool = True) -> Recipe:
    """Return the recipe that a text describes; errors begin with `source`.

    Args:
        source_text: the text of a recipe file.
        source: where it is from.
        trusted: whether it may name rewards that do not ship with Touchstone, which runs their code.

    Raises:
        RecipeError: with line and column, or with the path of what is wrong and the nearest right word.
    """
    return read_recipe(Recipe, source_text, source=source, trusted=trusted)


def dumps(recipe: Recipe) -> str:
    """Return the text of a recipe, every parameter spelled out; :func:`loads` gives the same recipe back.

    Raises:
        RecipeError: a tree that cannot be written: a reward that nobody could import, a parameter that
            is not plain data, or one nested too deep.
    """
    try:
        written = write(to_plain(recipe))
        again = loads(written, source="what was written")
    except (RecipeError, RecursionError) as error:
        message = f"the recipe {recipe.title} cannot be written down: {error}"
        raise RecipeError(message) from error
    if again.digest != recipe.digest:
        message = f"the recipe {recipe.title} cannot be written down: it would read back as {again.reward!r}"
        raise RecipeError(message)
    return written
