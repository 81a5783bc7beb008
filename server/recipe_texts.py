"""Recipe texts of a server, read once by the supervisor and passed to every process.

All processes thus score by the same recipes, including a process restarted later, even if the files have
changed by then. On SIGHUP the files are reloaded: one process tries the new recipes, and they come into
force only if it can serve them.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol, TypeAlias

from rewards.errors import RecipeError, ServerUnavailableError, TouchstoneError
from rewards.recipe.sources import earlier, shipped, text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RecipeTexts", "Texts", "texts_of"]

Texts: TypeAlias = "Sequence[tuple[str, str]]"
"""Pairs of the configured name or path of a recipe, and its text."""

_log = logging.getLogger(__name__)


def texts_of(recipes: Sequence[str]) -> Texts:
    """Return the texts of recipes by name or path; of all built-in ones, earlier versions included, if empty.

    Raises:
        UnknownRecipeError: no recipe of a name or path.
        RecipeError: a file that cannot be read.
    """
    return [(recipe, text(recipe)) for recipe in recipes or (*shipped(), *earlier())]


class Asked(Protocol):
    """A server process that can reload its recipes."""

    async def ask(self, message: dict[str, object]) -> dict[str, object] | None:
        """Return the answer to a message; None if the process is not serving yet and gets texts later."""


class RecipeTexts:
    """Recipe texts in force.

    Args:
        recipes: names and paths; empty for all built-in recipes.

    Raises:
        UnknownRecipeError: no recipe of a name or path.
        RecipeError: a file that cannot be read.
    """

    def __init__(self, recipes: Sequence[str]) -> None:
        self._recipes = recipes
        self.in_force = texts_of(recipes)

    async def reload(self, processes: Sequence[Asked]) -> None:
        """Reload the texts, and put them into force if a process can serve them."""
        try:
            texts = texts_of(self._recipes)
            taken = await _tried(texts, processes)
        except TouchstoneError as error:
            # As text: of an error the log tells the type alone, and this one quotes files of the operator.
            _log.error("the recipes stay as they were: %s", str(error))
            await asyncio.gather(*(process.ask({"kept": str(error)}) for process in processes))
            return
        self.in_force = texts
        await asyncio.gather(*(other.ask({"recipes": texts}) for other in processes if other is not taken))
        _log.info("the recipes have been loaded anew: %s", ", ".join(source for source, _ in texts))


async def _tried(texts: Texts, processes: Sequence[Asked]) -> Asked:
    """Return the first process that accepts these texts, as a canary for the others."""
    for process in processes:
        answer = await process.ask({"recipes": texts})
        if answer is not None and "refused" in answer:
            raise RecipeError(answer["refused"])
        if answer is not None:
            return process
    message = "no process serves yet that could try them; try again"
    raise ServerUnavailableError(message)
