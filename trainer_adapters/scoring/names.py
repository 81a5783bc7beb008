"""Names of a recipe's values in the logs of a run in which another recipe has values of the same names.

Recipes of one run are those that one trainer's adapter set up and that have not scored yet: with the first
batch of any of them the names of all are settled, and one of them logs what belongs to the rows. A name that
two of them have becomes `recipe/name`, and `recipe-2/name` where the recipes have one name as well.
"""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["Names"]


class Names:
    """The names of one recipe's values.

    Args:
        scorer: its scorer.
        values: the names that its values have by themselves.
    """

    def __init__(self, scorer: TrainerScorer, values: Iterable[str]) -> None:
        self.trainer = scorer.trainer.name
        self.recipe = scorer.summary.name
        self.settings = scorer.settings
        self.values = frozenset(values)
        self.number = next(_NUMBERS)
        self.settled: dict[str, str] | None = None
        self.logs_rows = True
        """True for the recipe that logs what all recipes of a run know of the rows, as their golds."""

        self._reads_golds = "ground_truth" in scorer.summary.required_fields
        _SET_UP.add(self)

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        if self.settled is None:
            _SET_UP.add(self)

    def of(self, value: str) -> str:
        """Return the name of a value, until :meth:`settle` by the recipes that are set up by now."""
        return self.distinct(value) if self.settled is None else self.settled.get(value, value)

    def settle(self) -> None:
        """Keep the names that the recipes of this run have now, in the first batch of any of them."""
        if self.settled is not None:
            return
        run = [one for one in list(_SET_UP) if one.trainer == self.trainer]
        first = min(run, key=lambda one: (not one._reads_golds, one.number))  # noqa: SLF001
        for one, names in [(one, {name: one.distinct(name) for name in one.values}) for one in run]:
            one.settled, one.logs_rows = names, one is first
            _SET_UP.discard(one)

    def retire(self) -> None:
        """Take the recipe out of the run, so that no name tells another one apart from it."""
        _SET_UP.discard(self)

    def distinct(self, value: str) -> str:
        """Return the name of a value beside those of the recipes that have not scored yet."""
        rivals = [
            one
            for one in list(_SET_UP)
            if value in one.values and one.trainer == self.trainer and one.settings != self.settings
        ]
        if not rivals:
            return value
        earlier = sum(one.recipe == self.recipe and one.number < self.number for one in rivals)
        return f"{self.recipe}-{earlier + 1}/{value}" if earlier else f"{self.recipe}/{value}"


_SET_UP: weakref.WeakSet[Names] = weakref.WeakSet()
"""The names of recipes that have not scored yet."""

_NUMBERS = itertools.count()
