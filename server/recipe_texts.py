"""The texts of the recipes that a server holds: read once, by one process, and handed to all.

So that all of a server's processes score by the same recipes, one that is started again later included,
whatever has become of the files by then. On SIGHUP the files are read again: one process tries what they
say, and only what it can serve replaces what is in force.
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
"""Of each recipe the name or path it was asked for by, and its text."""

_log = logging.getLogger(__name__)


def texts_of(recipes: Sequence[str]) -> Texts:
    """The texts of these recipes, by name or path; of none, all that ship, earlier versions included.

    Raises:
        UnknownRecipeError: no recipe of a name or path.
        RecipeError: a file that cannot be read.
    """
    return [(recipe, text(recipe)) for recipe in recipes or (*shipped(), *earlier())]


class Asked(Protocol):
    """A process that serves recipes, and can be told to serve others."""

    async def ask(self, message: dict[str, object]) -> dict[str, object] | None:
        """Its answer to a message; None where it does not serve, and will ask for texts when it does."""


class RecipeTexts:
    """The texts in force.

    Args:
        recipes: names and paths; none means all that ship.

    Raises:
        UnknownRecipeError: no recipe of a name or path.
        RecipeError: a file that cannot be read.
    """

    def __init__(self, recipes: Sequence[str]) -> None:
        self._recipes = recipes
        self.in_force = texts_of(recipes)

    async def reload(self, processes: Sequence[Asked]) -> None:
        """Read the texts again, and put them in force if they can be served."""
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
    """The process that serves these texts now, before all others."""
    for process in processes:
        answer = await process.ask({"recipes": texts})
        if answer is not None and "refused" in answer:
            raise RecipeError(answer["refused"])
        if answer is not None:
            return process
    message = "no process serves yet that could try them; try again"
    raise ServerUnavailableError(message)
