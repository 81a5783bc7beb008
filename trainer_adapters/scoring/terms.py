"""Split a recipe into the terms of its weighted sum, for trainers that log each reward function."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from rewards.algebra import Constant, Scale, Sum

if TYPE_CHECKING:
    from rewards import Scores
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["Term", "terms"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Term:
    """One term of a weighted sum, or a whole recipe."""

    name: str

    label: str | None
    """Label of the node whose scores are its values; None for the total."""

    weight: float

    def values(self, scores: Scores, *, unjudged: float | None, factor: float = 1.0) -> list[float | None]:
        """Return its values times `factor`; None, or `unjudged`, if the total is NaN, whatever this term is.

        Trainers that leave a row out only do so where every function says None.
        """
        found = scores.totals if self.label is None else scores.nodes.get(self.label, scores.totals)
        return [
            unjudged if math.isnan(total) else value * factor
            for total, value in zip(scores.totals.tolist(), found.tolist(), strict=True)
        ]


def terms(scorer: TrainerScorer) -> list[Term]:
    """Return the terms whose weighted sum is the recipe; one for the total if it is no such sum.

    A value chosen for rows that were not judged is one of the total, so then there is one term too.
    """
    tree = scorer.tree.reward if scorer.tree is not None else None
    if not isinstance(tree, Sum) or scorer.unjudged is not None:
        return [Term(name=scorer.summary.name, label=None, weight=1.0)]
    found = []
    for term in tree.terms:
        weight, reward = (term.weight, term.reward) if isinstance(term, Scale) else (1.0, term)
        name = "constant" if isinstance(reward, Constant) else reward.label
        found.append(Term(name=name, label=reward.label, weight=weight))
    return found
