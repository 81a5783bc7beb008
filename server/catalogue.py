"""The recipes that a server holds, each ready to score."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from rewards import __version__
from rewards.errors import DigestMismatchError, RecipeError, UnknownRecipeError
from rewards.recipe.file import loads
from rewards.recipe.plugins import is_ours
from rewards.recipe.recipe import environment_digest
from rewards.recipe.summary import RecipeSummary
from rewards.scorer import LocalScorer
from rewards.wire.scores import header_to_wire
from server.scheduling.turns import Pace
from server.telemetry.definitions import INLINE

if TYPE_CHECKING:
    from rewards.evaluation import Judge
    from rewards.recipe.recipe import Recipe
    from rewards.v1 import reward_service_pb2, score_pb2
    from server.recipe_texts import Texts

__all__ = ["Catalogue", "Served"]


class Served:
    """One recipe with its scorer, and what is the same for every score it gives.

    Args:
        recipe: what to score by.
        judge: what judges answers.
        inline: whether it came with a call, so that what is wrong with it is the caller's fault.
    """

    def __init__(self, recipe: Recipe, *, judge: Judge | None = None, inline: bool = False) -> None:
        self.inline = inline
        self.label = INLINE if inline else recipe.title
        """What metrics and logs call it."""
        self.scorer = LocalScorer(recipe, judge=judge)
        self.summary = RecipeSummary.of(recipe)
        self.header: score_pb2.ScoreHeader = header_to_wire(self.scorer.score([]), server_version=__version__)
        in_steps = self.summary.scope == "row" and all(is_ours(type(one)) for one in recipe.reward.walk())
        self.pace = Pace() if in_steps else None
        """How long its steps take; None where they have no bound, or run others' code, which may wait."""

    def check_pins(self, options: reward_service_pb2.ScoreOptions) -> None:
        """Hold the recipe against the digests that a caller insists on.

        Raises:
            DigestMismatchError: naming both.
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
    """Recipes by `name` (its highest version) and by `name@version`.

    Raises:
        RecipeError: a recipe that cannot be built, or two different ones of one name and version.
    """

    def __init__(self, texts: Texts, *, judge: Judge | None = None) -> None:
        served: dict[str, Served] = {}
        for source, text in texts:
            one = Served(loads(text, source=source), judge=judge)
            other = served.setdefault(one.summary.title, one)
            if other.summary.digest != one.summary.digest:
                message = f"two different recipes are called {one.summary.title}; give one another version"
                raise RecipeError(message)
        self._served = sorted(served.values(), key=lambda one: (one.summary.name, one.summary.version))
        self._by_name = {name: one for one in self._served for name in (one.summary.title, one.summary.name)}

    @property
    def environment_digest(self) -> str:
        """The digest of versions and limits, which all recipes share."""
        return environment_digest()

    @property
    def summaries(self) -> list[RecipeSummary]:
        """All recipes, by name, then by version."""
        return [one.summary for one in self._served]

    def find(self, options: reward_service_pb2.ScoreOptions) -> Served:
        """The recipe that a call names.

        Raises:
            UnknownRecipeError: no such recipe here; names the nearest.
            DigestMismatchError: a pinned digest differs.
        """
        wanted = options.recipe
        if (found := self._by_name.get(wanted)) is None:
            names = [one.summary.name for one in self._served]
            near = difflib.get_close_matches(wanted[:100], [*self._by_name], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it holds {', '.join(dict.fromkeys(names))}"
            named = f"no recipe {wanted[:100]!r}" if wanted else "no recipe without a name"
            message = f"the server holds {named}{hint}"
            raise UnknownRecipeError(message)
        found.check_pins(options)
        return found
