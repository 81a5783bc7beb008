"""What the nodes of a tree are called in scores, and which of them are components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.algebra import Named
from rewards.errors import DuplicateComponentError

if TYPE_CHECKING:
    from rewards.reward import Reward

__all__ = ["is_component", "labels"]


def labels(reward: Reward) -> dict[Reward, str]:
    """Every node of the tree that is reported, with its label, children first.

    What a name stands for is reported under the name alone.

    Raises:
        DuplicateComponentError: two different nodes of one label.

    >>> from rewards import Constant
    >>> list(labels(2.0 * Constant(value=1.0).named("one")).values())
    ['one', '2.0 * one']
    """
    nodes = list(reward.walk())
    behind_a_name = {node.reward for node in nodes if isinstance(node, Named)}
    seen_bare = {child for node in nodes if not isinstance(node, Named) for child in node.children}
    seen_bare.add(reward)
    found: dict[str, Reward] = {}
    for node in nodes:
        if node in behind_a_name and node not in seen_bare:
            continue
        if (other := found.setdefault(node.label, node)) != node:
            message = (
                f"two different components are called {node.label!r}: {other!r} and {node!r}; "
                "give one of them a name of its own with .named('...') (`name:` in a recipe)"
            )
            raise DuplicateComponentError(message)
    return {node: label for label, node in found.items()}


def is_component(node: Reward) -> bool:
    """Whether a node is reported as a component: it was given a name, or is no mere arithmetic."""
    return isinstance(node, Named) or type(node).__module__ != Named.__module__
