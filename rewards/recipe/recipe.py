r"""A recipe: a named, versioned tree of rewards, and the digest that says which tree it is.

A recipe can be made in Python, read from a file, or named, where it ships with the package:

>>> from rewards import BoxedCorrectness, Recipe, ThinkFormat
>>> Recipe.of("r1-zero").title
'r1-zero@1'
>>> Recipe.of(BoxedCorrectness() + 0.5 * ThinkFormat()).title
'custom@1'

The canonical form behind the digest is in :mod:`rewards.recipe.canonical`, the versions and limits that a
score depends on besides are in :mod:`rewards.recipe.environment`, and recipe files in
:mod:`rewards.recipe.file`.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from rewards.parameters import check_arguments, require, usable_in_hints
from rewards.recipe.canonical import canonical
from rewards.recipe.environment import environment, environment_digest
from rewards.reward import Reward
from rewards.text.reasoning import ANY, Tags, formats_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

__all__ = ["Bindable", "Recipe", "Scheduled", "environment", "environment_digest"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAX_VERSION = 2**31 - 1


@runtime_checkable
class Bindable(Protocol):
    """A reward that depends on the trainer's maximum completion length."""

    def bound(self, window: int) -> Reward:
        """Return the same reward for a window of this many tokens."""


@runtime_checkable
class Scheduled(Protocol):
    """A reward that changes over the optimizer steps of a run."""

    def at_step(self, step: int) -> Reward:
        """Return the reward of one step, counted from 0."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """A tree of rewards with a name and a version; a changed default is a new version.

    Raises:
        InvalidParameterError: a name that is not letters, digits, `.`, `_` and `-`, or a version
            below 1.
    """

    name: str

    reward: Reward
    """The root of the tree; its values are the totals."""

    version: int = 1

    description: str = dataclasses.field(default="", compare=False)
    """Description for people: the rewards of the recipe and their source."""

    window: int | None = None
    """Default window in tokens, to which rewards without a `max_length` are bound; see `bind`."""

    reasoning: str | Tags | None = None
    """The format of the reasoning for the rewards that leave theirs at `any`: a name of
    :data:`rewards.text.reasoning.FORMATS`, or own tags; see `with_reasoning`."""

    def __post_init__(self) -> None:
        named = isinstance(self.name, str) and _NAME.fullmatch(self.name) is not None
        require(named, f"a recipe is named {self.name!r}; a name is letters, digits, '.', '_' and '-'")
        numbered = _is_count(self.version) and self.version <= _MAX_VERSION
        require(numbered, f"version is {self.version!r}; it must be a whole number from 1 to {_MAX_VERSION}")
        is_text = isinstance(self.description, str)
        require(is_text, f"description is of type {type(self.description).__name__}; it must be a string")
        whole = self.window is None or _is_count(self.window)
        require(whole, f"window is {self.window!r}; it must be a whole number of tokens, at least 1")
        if self.reasoning is not None:
            text = isinstance(self.reasoning, (str, Tags))
            require(text, f"reasoning is {self.reasoning!r}; it must be the name of a format, or tags")
            formats_of(self.reasoning)
        rewarding = isinstance(self.reward, Reward)
        require(rewarding, f"a recipe's reward is of type {type(self.reward).__name__}; it must be a Reward")

    @classmethod
    def of(cls, given: Recipe | Reward | str | Path) -> Recipe:
        """Return a recipe from a recipe, a bare reward, a shipped name, or a path.

        A bare reward becomes the recipe `custom`, version 1.

        Raises:
            UnknownRecipeError: no recipe of that name or path.
            RecipeError: a recipe file that cannot be read or built.
            InvalidParameterError: anything else.
        """
        check_arguments(cls.of, "Recipe.of", {"given": given})
        if isinstance(given, Recipe):
            return given
        if isinstance(given, Reward):
            return cls(name="custom", reward=given)
        return cls.load(given)

    @classmethod
    def load(cls, name_or_path: str | Path) -> Recipe:
        """Return the recipe of that name or file: a `Path`, or a string with a `/` or ending in `.yaml`.

        Raises:
            UnknownRecipeError: no recipe of that name or path.
            RecipeError: a recipe file that cannot be read or built.
        """
        from rewards.recipe.reading import read_recipe  # noqa: PLC0415  # brings pydantic and yaml
        from rewards.recipe.sources import text  # noqa: PLC0415

        return read_recipe(cls, text(name_or_path), source=str(name_or_path))

    @property
    def title(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @functools.cached_property
    def scored(self) -> Self:
        """The recipe that scorers use: with its own `window` and `reasoning`, as far as it has them."""
        told = self if self.reasoning is None else self.with_reasoning(self.reasoning)
        return told if told.window is None else told.bind(window=told.window)

    @functools.cached_property
    def canonical(self) -> str:
        """The tree of :attr:`scored` in full, as JSON; see :func:`rewards.recipe.canonical.canonical`."""
        return canonical(self.scored.reward)

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of :attr:`canonical` in hexadecimal: what a client pins.

        Two recipes of equal trees have one digest, whatever they are called.
        """
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def required_fields(self) -> frozenset[str]:
        """The fields of a rollout that some reward of the tree needs, beyond the completion."""
        return frozenset().union(*(node.needs for node in self.reward.walk()))

    @property
    def optional_fields(self) -> frozenset[str]:
        """The fields of a rollout that the tree reads where they are there, and needs of no rollout."""
        return frozenset().union(*(node.reads for node in self.reward.walk())) - self.required_fields

    @functools.cached_property
    def scope(self) -> Literal["row", "group"]:
        """`group` where some reward compares the rollouts of one prompt, which then come in one call."""
        return "group" if any(node.scope == "group" for node in self.reward.walk()) else "row"

    def bind(self, *, window: int) -> Self:
        """Return the recipe for a maximum completion length of `window` tokens; its digest differs.

        Every reward with a method `bound` is replaced by what that returns; others stay.

        Raises:
            InvalidParameterError: a window below 1, or one that a reward of the tree cannot work with.
        """
        message = f"window is {window!r}; it must be a whole number of tokens, at least 1"
        require(_is_count(window), message)
        bound = self._replaced(lambda node: node.bound(window) if isinstance(node, Bindable) else node)
        return dataclasses.replace(self, reward=bound, window=None)

    @functools.cached_property
    def is_scheduled(self) -> bool:
        """True if a reward of the tree changes over optimizer steps, so that :meth:`at_step` is needed."""
        return any(isinstance(node, Scheduled) for node in self.reward.walk())

    def at_step(self, step: int) -> Self:
        """Return the recipe of an optimizer step, counted from 0, which has a digest of its own.

        Every reward with a method `at_step` is replaced by what that returns; without any, the recipe is
        returned as it is.

        Raises:
            InvalidParameterError: a step below 0.
        """
        whole = isinstance(step, int) and not isinstance(step, bool) and step >= 0
        require(whole, f"step is {step!r}; it must be a whole number of optimizer steps, at least 0")
        if not self.is_scheduled:
            return self
        reward = self._replaced(lambda node: node.at_step(step) if isinstance(node, Scheduled) else node)
        return dataclasses.replace(self, reward=reward)

    def _replaced(self, change: Callable[[Reward], Reward]) -> Reward:
        """Return the tree with every node changed, children first."""
        changed: dict[Reward, Reward] = {}
        for node in self.reward.walk():
            changed[node] = change(node.rebuilt(changed))
        return changed[self.reward]

    def with_reasoning(self, reasoning: str | Tags) -> Self:
        """Return the recipe for completions whose reasoning has this format; its digest differs.

        Every reward whose `reasoning` is `any` gets this one; others stay.

        Raises:
            InvalidParameterError: no format of that name is known.
        """
        formats_of(reasoning)

        def told(node: Reward) -> Reward:
            is_open = getattr(node, "reasoning", None) == ANY
            return dataclasses.replace(node, reasoning=reasoning) if is_open else node  # type: ignore[call-arg]

        return dataclasses.replace(self, reward=self._replaced(told), reasoning=None)

    def __getstate__(self) -> dict[str, object]:
        # A remembered digest stays behind: where the pickle is read, a plugin may have another version.
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


usable_in_hints(Recipe)
