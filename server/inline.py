"""Inline recipes: recipes sent with a call, off by default and parsed as untrusted input.

Only built-in reward kinds are allowed, so nothing is imported and no foreign code runs; the size of the
text and the number of rewards are bounded. Callers still decide what the server computes: enable inline
recipes only for callers whose jobs the server is there to run.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from rewards.errors import RecipeError
from rewards.recipe.file import loads
from server.catalogue import LoadedRecipe

if TYPE_CHECKING:
    from rewards.evaluation import Judge
    from rewards.v1 import reward_service_pb2

__all__ = ["InlineRecipes"]

_MAX_BYTES = 16_384
_MAX_REWARDS = 100
_MAX_KEPT = 64


class InlineRecipes:
    """LRU cache of inline recipes, each with its scorer.

    Args:
        allowed: True if inline recipes are accepted.
        judge: answer judge of the process.
    """

    def __init__(self, *, allowed: bool, judge: Judge) -> None:
        self._allowed = allowed
        self._judge = judge
        self._kept: OrderedDict[str, LoadedRecipe] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, options: reward_service_pb2.ScoreOptions) -> LoadedRecipe:
        """Return the inline recipe of a call; building one that is not cached takes milliseconds.

        Raises:
            RecipeError: inline recipes are disabled, the call also names a recipe of the server, or the
                inline recipe is too large or cannot be built.
            DigestMismatchError: the digest differs from the one that the call is pinned to.
        """
        text = options.inline_recipe
        if not self._allowed:
            message = (
                "the server takes no recipes from callers; name one that it holds, or start it with "
                "--inline-recipes"
            )
            raise RecipeError(message)
        if options.recipe:
            message = f"the call names the recipe {options.recipe[:100]!r} and brings one; do one of the two"
            raise RecipeError(message)
        with self._lock:
            loaded = self._kept.pop(text, None)
        if loaded is None:
            loaded = self._parse(text)
        with self._lock:
            self._kept[text] = loaded
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
        loaded.check_pins(options)
        return loaded

    def _parse(self, text: str) -> LoadedRecipe:
        if len(text.encode()) > _MAX_BYTES:
            message = f"a recipe that comes with a call has at most {_MAX_BYTES} bytes"
            raise RecipeError(message)
        recipe = loads(text, source="inline recipe", trusted=False)
        if sum(1 for _ in recipe.reward.walk()) > _MAX_REWARDS:
            message = f"a recipe that comes with a call has at most {_MAX_REWARDS} different rewards"
            raise RecipeError(message)
        return LoadedRecipe(recipe, judge=self._judge, inline=True)
