"""Rewards that depend on the maximum completion length (the window), in tokens."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.algebra import Named
from rewards.errors import InvalidParameterError
from rewards.parameters import require_count
from rewards.reward import Reward

if TYPE_CHECKING:
    from typing import Self

__all__ = ["WindowReward", "is_bound", "misfits"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class WindowReward(Reward):
    """A reward with a maximum completion length, its own or the trainer's.

    With `max_length=None` it follows the trainer's window: bind it before scoring, and again whenever
    the window changes.
    """

    max_length: int | None = None
    """Maximum completion length in tokens; None for the trainer's window."""

    def __post_init__(self) -> None:
        if self.max_length is not None:
            require_count(self.kind, max_length=self.max_length)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"tokens"})

    def bound(self, window: int) -> Self:
        """Return the same reward with `max_length` set to `window` tokens, unless it has one of its own.

        Raises:
            InvalidParameterError: a window that this reward cannot work with.
        """
        return dataclasses.replace(self, max_length=window) if self.max_length is None else self

    @property
    def limit(self) -> int:
        """The maximum completion length in tokens.

        Raises:
            InvalidParameterError: neither given nor bound.
        """
        if self.max_length is None:
            message = (
                f"{self.kind} has no max_length and is not bound to a window: give it a max_length, "
                "bind the recipe to the trainer's window with recipe.bind(window=...), or give the recipe "
                "file a `window:`"
            )
            raise InvalidParameterError(message)
        return self.max_length

    def misfit(self, window: int) -> str:
        """Return the reason why `max_length` does not fit a window of so many tokens; empty where it does.

        Rewards say here what comes of it in their own numbers.
        """
        if self.max_length is None or self.max_length == window:
            return ""
        which = "no completion gets there" if window < self.max_length else "completions get longer than that"
        return f"max_length is {self.max_length}, and within a window of {window} tokens {which}"


def is_bound(reward: Reward) -> bool:
    """Return True if every reward of a tree that has a maximum completion length is bound to one."""
    return all(node.max_length is not None for node in reward.walk() if isinstance(node, WindowReward))


def misfits(reward: Reward, window: int) -> list[str]:
    """Return one line of advice for each reward of a tree whose `max_length` does not fit `window`.

    >>> from rewards import SoftOverlong
    >>> misfits(SoftOverlong(max_length=20480, cache=4096).named("overlong"), 20480)
    []
    >>> misfits(SoftOverlong(max_length=20480, cache=4096).named("overlong"), 8192)[0][:58]
    'overlong (soft_overlong): max_length 20480 with cache 4096'
    """
    names = {node.reward: node.name for node in reward.walk() if isinstance(node, Named)}
    found = []
    for node in reward.walk():
        if isinstance(node, WindowReward) and (wrong := node.misfit(window)):
            called = f"{names[node]} ({node.kind})" if node in names else node.kind
            write = f"write max_length: {window}, or leave it out, and it is bound to the window"
            found.append(f"{called}: {wrong}; {write}")
    return found
