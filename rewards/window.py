"""Rewards that measure a completion against the window it was written in, in tokens."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError
from rewards.reward import Reward, require_count

if TYPE_CHECKING:
    from typing import Self

__all__ = ["WindowReward"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class WindowReward(Reward):
    """A reward with a longest length, its own or the trainer's.

    With `max_length=None` it follows the trainer's window: bind it before scoring, and again whenever
    the window changes.
    """

    max_length: int | None = None
    """In tokens; None for the trainer's window."""

    def __post_init__(self) -> None:
        if self.max_length is not None:
            require_count(self, max_length=self.max_length)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"tokens"})

    def bound(self, window: int) -> Self:
        """The same reward with `max_length` set to `window` tokens, unless it has one of its own.

        Raises:
            InvalidParameterError: a window that this reward cannot work with.
        """
        return dataclasses.replace(self, max_length=window) if self.max_length is None else self

    @property
    def limit(self) -> int:
        """The longest length in tokens.

        Raises:
            InvalidParameterError: neither given nor bound.
        """
        if self.max_length is None:
            message = (
                f"{self.kind} has no max_length and is not bound to a window: give it a max_length, "
                "or bind the recipe to the trainer's window with recipe.bind(window=...)"
            )
            raise InvalidParameterError(message)
        return self.max_length
