"""Split a recipe into the terms of its weighted sum, for trainers that log each reward function."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from rewards.algebra import Constant, Ramp, Scale, Sum

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

    ramp: Ramp | None = None
    """The change of its weight over optimizer steps, which its values then contain; `weight` is 1."""

    def weight_at(self, step: int) -> float:
        """Return the factor of its values at an optimizer step."""
        return 1.0 if self.ramp is None else self.ramp.weight(step)

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

    A value chosen for rows that were not judged is one of the total, so then there is one term too. Terms of
    one name are numbered.
    """
    tree = scorer.tree.reward if scorer.tree is not None else None
    whole = Term(name=scorer.summary.name, label=None, weight=1.0)
    if not isinstance(tree, Sum) or scorer.unjudged is not None:
        return [whole]
    found: list[Term] = []
    for term in tree.terms:
        weight = term.weight if isinstance(term, Scale) else 1.0
        reward = term.reward if isinstance(term, (Ramp, Scale)) else term
        if any(isinstance(node, Ramp) for node in reward.walk()):  # its label is another one at each step
            return [whole]
        name = "constant" if isinstance(reward, Constant) else reward.label
        again = sum(one.label == reward.label or one.name == name for one in found)
        found.append(
            Term(
                name=f"{name}-{again + 1}" if again else name,
                label=reward.label,
                weight=weight,
                ramp=term if isinstance(term, Ramp) else None,
            )
        )
    return found
