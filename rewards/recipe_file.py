r"""Recipe files: YAML in and out, the recipes that ship by name, and anybody's by path.

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

How a tree is written is told in :mod:`rewards.recipe_tree`, and which part of YAML in
:mod:`rewards.recipe_yaml`. Any tree made in Python can be written down, and reads back as the same one:

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

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.errors import RecipeError, UnknownRecipeError
from rewards.kinds import nearest
from rewards.recipe_tree import from_plain, to_plain
from rewards.recipe_yaml import MAX_BYTES, read, write

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from rewards.recipe import Recipe

__all__ = ["dumps", "load", "loads", "shipped", "text"]

_SUFFIXES = (".yaml", ".yml")


def load(name_or_path: str | Path) -> Recipe:
    """The recipe that ships under a name, or that stands in a file.

    A `Path`, or a string with a `/` in it or ending in `.yaml` or `.yml`, is a path; other strings are
    names.

    Raises:
        UnknownRecipeError: no recipe of that name or path; says which there are.
        RecipeError: a file that cannot be read, or a recipe that cannot be built.
    """
    return loads(text(name_or_path), source=str(name_or_path))


def loads(source_text: str, *, source: str = "recipe") -> Recipe:
    """The recipe that a text describes; errors begin with `source`.

    Raises:
        RecipeError: with line and column, or with the path of what is wrong and the nearest right word.
    """
    try:
        return from_plain(read(source_text))
    except RecipeError as error:
        message = f"{source}: {error}"
        raise RecipeError(message) from error


def dumps(recipe: Recipe) -> str:
    """The text of a recipe, every parameter spelled out; :func:`loads` gives the same recipe back.

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


def shipped() -> tuple[str, ...]:
    """The names of the recipes that ship, sorted.

    >>> "r1-zero" in shipped()
    True
    """
    names = (Path(file.name) for file in _folder().iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix == ".yaml"))


def text(name_or_path: str | Path) -> str:
    """The text of a recipe file as it stands, comments included; found as :func:`load` finds it.

    Raises:
        UnknownRecipeError: no recipe of that name or path.
        RecipeError: a file that cannot be read as text.
    """
    if isinstance(name_or_path, Path) or "/" in name_or_path or name_or_path.endswith(_SUFFIXES):
        return _read(Path(name_or_path))
    names = shipped()
    if name_or_path not in names:
        message = (
            f"no recipe is called {name_or_path!r}{nearest(name_or_path, names)}; there are "
            f"{', '.join(names)}, and a path to a file has a '/' in it or ends in .yaml"
        )
        raise UnknownRecipeError(message)
    return (_folder() / f"{name_or_path}.yaml").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return resources.files("rewards") / "recipes"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            message = f"{path}: longer than {MAX_BYTES} bytes"
            raise RecipeError(message)
        return content.decode()
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"there is no recipe file {path}"
        raise UnknownRecipeError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8: {error.reason} at byte {error.start}"
        raise RecipeError(message) from error
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        message = f"{path}: cannot be read: {getattr(error, 'strerror', error)}"
        raise RecipeError(message) from error
