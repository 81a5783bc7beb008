"""Rewards whose values stand in the rollouts, and trees of them."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from rewards import (
    Constant,
    Context,
    Evaluation,
    HasBox,
    Reward,
    Rollout,
    Switch,
    Tiered,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from rewards import Batch


NAN = math.nan


evaluated: list[str] = []


@dataclasses.dataclass(frozen=True, kw_only=True)
class Given(Reward):
    """The number that stands in the rollout's metadata."""

    key: str = "x"

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        evaluated.append(self.key)
        return Evaluation([float(rollout.metadata[self.key]) for rollout in batch])


X, Y = Given(key="x"), Given(key="y")


def values(reward: Reward, *pairs: tuple[float, float]) -> list[float]:
    return reward([Rollout(completion="", metadata={"x": str(x), "y": str(y)}) for x, y in pairs]).tolist()


def same(found: ArrayLike, expected: ArrayLike) -> bool:
    return np.array_equal(np.asarray(found), np.asarray(expected), equal_nan=True)


LABELS = {
    "given": X,
    "2.0 * given": 2 * X,
    "given + 1.0": X + 1,
    "2.0 * given + has_box": 2 * X + HasBox(),
    "(given + 1.0) * has_box": (X + 1) * HasBox(),
    "-1.0 * given": -X,
    "given.when(has_box)": X.when(HasBox()),
    "(given + 1.0).clip(0.0, 1.0)": (X + 1).clip(0, 1),
    "tiered(has_box: 1.0, otherwise=0.0)": Tiered(tiers=((HasBox(), 1.0),)),
    "mine": (X + 1).named("mine"),
    "switch(task; a: given, otherwise: 1.0)": Switch(
        key="task", cases=(("a", X),), default=Constant(value=1)
    ),
}
