"""Rewards that a policy should not be given, for the sick runs of :mod:`benchmarks.alarms.real`."""

from __future__ import annotations

import dataclasses
import math
import zlib

from rewards import Batch, Context, Evaluation, Reward, Rollout

__all__ = ["Constant", "Long", "Near", "Repeated", "Unsure"]

WINDOW = 48
"""The max completion length of examples/arithmetic, in tokens."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Long(Reward):
    """`length / 48`, in tokens."""

    needs = frozenset({"completion_ids"})

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        """Each completion by its own length."""
        return Evaluation([len(_ids(rollout)) / WINDOW for rollout in batch])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Near(Reward):
    """`-|length - target| / 48`, in tokens."""

    target: int = 24

    needs = frozenset({"completion_ids"})

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        """Each completion by its own length."""
        return Evaluation([-abs(len(_ids(rollout)) - self.target) / WINDOW for rollout in batch])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repeated(Reward):
    """The share of tokens that are the same as one of the four before them."""

    needs = frozenset({"completion_ids"})

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        """Each completion by its own tokens."""
        return Evaluation([_again(_ids(rollout)) for rollout in batch])


def _ids(rollout: Rollout) -> list[int]:
    return [] if rollout.completion_ids is None else list(rollout.completion_ids)


def _again(ids: list[int]) -> float:
    return sum(one in ids[max(0, at - 4) : at] for at, one in enumerate(ids)) / WINDOW


@dataclasses.dataclass(frozen=True, kw_only=True)
class Constant(Reward):
    """The same for every completion."""

    value: float = 0.0

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        """The value, as often as there are completions."""
        return Evaluation([self.value] * len(batch))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unsure(Reward):
    """0, and NaN for one completion in four, as a scorer that is overloaded gives."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        """NaN by the text of each."""
        return Evaluation(
            [math.nan if zlib.crc32(rollout.completion.encode()) % 4 == 0 else 0.0 for rollout in batch]
        )
