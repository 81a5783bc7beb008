r"""A reward for giving an answer in a box, right or wrong."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from rewards.answers.extraction.answers import Extraction, extracted
from rewards.evaluation import Evaluation
from rewards.parameters import ADDED_LATER
from rewards.reward import Reward
from rewards.text.reasoning import ANY, Tags, formats_of

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.rollout import Batch

__all__ = ["HasBox"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class HasBox(Reward):
    r"""1 if an answer can be read from a box, by the same reading as `BoxedCorrectness`; else 0.

    A box has balanced braces and something in it. Boxes inside the reasoning do not count unless asked, and a
    completion with more different boxes than the reading allows has no answer. It is the second tier of
    the GSM8K report's layered reward (right 1.0, boxed but wrong 0.1, nothing 0.0).

    >>> from rewards import Rollout
    >>> HasBox()([Rollout(completion=r"so \boxed{\frac{1}{2}}"), Rollout(completion=r"so \boxed{4")])
    array([1., 0.])
    """

    inside_think: bool = False
    """True to count boxes inside the reasoning too."""

    reasoning: str | Tags = dataclasses.field(default=ANY, metadata=ADDED_LATER)
    """The format of the reasoning: a name of :data:`rewards.text.reasoning.FORMATS`, `any` or own tags."""

    def __post_init__(self) -> None:
        formats_of(self.reasoning)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        reading = Extraction(inside_think=self.inside_think, reasoning=self.reasoning)
        values = np.ones(len(batch))
        values[extracted(batch, reading).missing] = 0.0
        return Evaluation(values)
