"""Catalogue of the recipes that a server has loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards import __version__
from rewards.errors import DigestMismatchError, RecipeError, UnknownRecipeError
from rewards.messages import did_you_mean
from rewards.recipe.file import loads
from rewards.recipe.plugins import is_ours
from rewards.recipe.recipe import environment_digest
from rewards.recipe.summary import RecipeSummary
from rewards.scorer import LocalScorer
from rewards.wire.scores import header_to_wire
from server.scheduling.fair_scheduler import RecentMax
from server.telemetry.definitions import INLINE

if TYPE_CHECKING:
    from rewards.evaluation import Judge
    from rewards.recipe.recipe import Recipe
    from rewards.v1 import reward_service_pb2, score_pb2
    from server.recipe_texts import Texts

__all__ = ["Catalogue", "LoadedRecipe"]


class LoadedRecipe:
    """A loaded recipe with its scorer and the header of its responses.

    Args:
        recipe: the recipe.
        judge: answer judge; by default that of :class:`rewards.LocalScorer`.
        inline: True for an inline recipe, whose errors are the caller's fault.
    """

    def __init__(self, recipe: Recipe, *, judge: Judge | None = None, inline: bool = False) -> None:
        self.inline = inline
        self.label = INLINE if inline else recipe.title
        """Name of the recipe in metrics and logs."""
        self.scorer = LocalScorer(recipe, judge=judge)
        self.summary = RecipeSummary.of(recipe)
        self.header: score_pb2.ScoreHeader = header_to_wire(self.scorer.score([]), server_version=__version__)
        in_steps = self.summary.scope == "row" and all(is_ours(type(one)) for one in recipe.reward.walk())
        self.recent_max = RecentMax() if in_steps else None
        """Recent maximum duration of its steps; None if they are unbounded or run third-party code."""

    def check_pins(self, options: reward_service_pb2.ScoreOptions) -> None:
        """Check the recipe against the digests that a call is pinned to.

        Raises:
            DigestMismatchError: a digest differs; the message names both.
        """
        for what in ("recipe_digest", "environment_digest"):
            wanted, held = getattr(options, what), getattr(self.header, what)
            if wanted and wanted != held:
                message = (
                    f"{self.summary.title} has the {what} {held} on this server, and the call is pinned to "
                    f"{wanted}"
                )
                raise DigestMismatchError(message)


class Catalogue:
    """Recipes by `name` (the highest version) and by `name@version`.

    Raises:
        RecipeError: a recipe cannot be built, or two different ones share a name and version.
    """

    def __init__(self, texts: Texts, *, judge: Judge | None = None) -> None:
        loaded: dict[str, LoadedRecipe] = {}
        for source, text in texts:
            one = LoadedRecipe(loads(text, source=source), judge=judge)
            other = loaded.setdefault(one.summary.title, one)
            if other.summary.digest != one.summary.digest:
                message = f"two different recipes are called {one.summary.title}; give one another version"
                raise RecipeError(message)
        self._loaded = sorted(loaded.values(), key=lambda one: (one.summary.name, one.summary.version))
        self._by_name = {name: one for one in self._loaded for name in (one.summary.title, one.summary.name)}

    @property
    def environment_digest(self) -> str:
        """Digest of versions and limits, shared by all recipes."""
        return environment_digest()

    @property
    def summaries(self) -> list[RecipeSummary]:
        """Summaries of all recipes, sorted by name and version."""
        return [one.summary for one in self._loaded]

    def find(self, options: reward_service_pb2.ScoreOptions) -> LoadedRecipe:
        """Return the recipe that a call names.

        Raises:
            UnknownRecipeError: no such recipe; the message names the nearest.
            DigestMismatchError: a pinned digest differs.
        """
        wanted = options.recipe
        if (found := self._by_name.get(wanted)) is None:
            names = [one.summary.name for one in self._loaded]
            hint = (
                did_you_mean(wanted[:100], self._by_name) or f"; it holds {', '.join(dict.fromkeys(names))}"
            )
            named = f"no recipe {wanted[:100]!r}" if wanted else "no recipe without a name"
            message = f"the server holds {named}{hint}"
            raise UnknownRecipeError(message)
        found.check_pins(options)
        return found
