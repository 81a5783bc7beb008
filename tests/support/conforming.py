"""The conformance suite's own tools: every adapter, and the scores that it must give."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from trainer_calls import CALLS, Call, Sample, tokenize

from rewards import LocalScorer, Recipe, Rollout
from rewards.text.reasoning import ANY, setting_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["adapters", "by_hand", "check", "every_adapter", "recipe_for", "values_of", "wanted"]

RIGHT = r"<think>half of 3</think> \boxed{\frac{3}{2}}"
"""Right by the gold 1.5, in the format that shipped recipes pay."""


def adapters(*without: str, lacking: str | None = None) -> Any:
    """Parametrise a test by the adapters whose trainers lack none of `without`, and that lack `lacking`."""
    found = [one for one in CALLS if not one.lacks & set(without) and (not lacking or lacking in one.lacks)]
    return pytest.mark.parametrize("adapter", found, ids=lambda adapter: adapter.name)


every_adapter = adapters()


def recipe_for(adapter: Call) -> str:
    """A recipe that ships, of lengths where there are tokens."""
    return "r1-zero" if "tokens" in adapter.lacks else "dapo"


def values_of(
    adapter: Call, made: Any, samples: Sequence[Sample], **passed: Any
) -> tuple[list[float | None], dict[str, list[float]] | None]:
    """The values and components that a trainer gets."""
    found: tuple[list[float | None], dict[str, list[float]] | None]
    found = asyncio.run(adapter.call(made, samples, **passed))
    return found


def wanted(adapter: Call, recipe: Any, rollouts: Sequence[Rollout]) -> list[float]:
    """The totals of rollouts by the LocalScorer, in the trainer's floats."""
    totals = LocalScorer(recipe).score(rollouts).totals
    return (totals.astype(np.float32) if adapter.float32 else totals).tolist()


def check(
    adapter: Call, recipe: Any, rows: Sequence[tuple[Sample, Rollout]], *, call: Any = None, **options: Any
) -> list[float]:
    """Assert that an adapter scores samples as the LocalScorer scores the rollouts beside them, to the bit.

    Returns the values, to be held against numbers.
    """
    values, _ = values_of(adapter, adapter.make(recipe, **options), [one for one, _ in rows], **(call or {}))
    told = Recipe.of(recipe).with_reasoning(setting_of(options.get("reasoning") or ANY))
    totals = wanted(adapter, told, [rollout for _, rollout in rows])
    assert values == totals
    return totals


def by_hand(completion: str, ground_truth: Any = None, **fields: Any) -> Rollout:
    """A rollout with the tokens of its text, unless others are given."""
    tokens = {"completion_ids": tokenize(completion)}
    return Rollout(completion=completion, ground_truth=ground_truth, **{**tokens, **fields})
