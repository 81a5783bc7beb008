"""What a recipe reads, in short."""

from __future__ import annotations

import dataclasses

from rewards import (
    BoxedCorrectness,
    HasBox,
    Recipe,
    Switch,
    Tiered,
)
from rewards.recipe.summary import RecipeSummary


def test_summary_names_the_metadata_that_a_switch_routes_by() -> None:
    """Needed where there is no default, read where there is one, wherever in the tree the switch is."""
    bare = Switch(key="task", cases=(("math", BoxedCorrectness()),))
    inner = Switch(key="level", cases=(("1", HasBox()),), default=bare)
    outer = Switch(key="source", cases=(("a", inner), ("b", HasBox())), default=1.0 * HasBox())
    trees = [
        (bare, {"metadata.task"}, set()),
        (dataclasses.replace(bare, default=HasBox()), set(), {"metadata.task"}),
        (inner + HasBox(), {"metadata.task"}, {"metadata.level"}),
        (HasBox().when(outer), {"metadata.task"}, {"metadata.level", "metadata.source"}),
        (Tiered(tiers=((outer, 1.0),)), {"metadata.task"}, {"metadata.level", "metadata.source"}),
        (Switch(key="task", cases=(("x", bare),), default=HasBox()), {"metadata.task"}, set()),
    ]
    for tree, needed, read in trees:
        summary = RecipeSummary.of(Recipe.of(tree))
        assert set(summary.required_fields) - {"ground_truth"} == needed
        assert set(summary.optional_fields) == read
        assert summary.metadata_keys == tuple(sorted(f.removeprefix("metadata.") for f in needed | read))
