"""The summary of a recipe as a server lists it, without the tree itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from rewards.algebra import labels

if TYPE_CHECKING:
    from typing import Self

    from rewards.recipe.recipe import Recipe

__all__ = ["RecipeSummary"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecipeSummary:
    """The summary of a recipe for its users.

    >>> from rewards import Recipe, SoftOverlong
    >>> recipe = Recipe(name="short", reward=SoftOverlong(max_length=100, cache=20))
    >>> RecipeSummary.of(recipe).required_fields
    ('tokens',)
    """

    name: str
    """Name without the version."""

    version: int
    """Version number; a changed default is a new version."""

    description: str
    """Description for people."""

    digest: str
    """SHA-256 of the canonical tree with all its parameters."""

    required_fields: tuple[str, ...]
    """The rollout fields that some reward needs beyond the completion; see :meth:`rewards.Batch.missing`."""

    optional_fields: tuple[str, ...] = ()
    """The rollout fields that the recipe reads where they are there: the key of a switch with a default."""

    scope: Literal["row", "group"]
    """`group` where some reward compares the rollouts of one prompt."""

    components: tuple[str, ...]
    """The names of its components, in the order of `Scores.components`."""

    @property
    def title(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def metadata_keys(self) -> tuple[str, ...]:
        """The keys of a rollout's metadata that the recipe reads, whether or not every rollout needs them."""
        read = {*self.required_fields, *self.optional_fields}
        return tuple(sorted(f.removeprefix("metadata.") for f in read if f.startswith("metadata.")))

    @classmethod
    def of(cls, recipe: Recipe) -> Self:
        """Return the summary of `recipe`."""
        return cls(
            name=recipe.name,
            version=recipe.version,
            description=recipe.description,
            digest=recipe.digest,
            required_fields=tuple(sorted(recipe.required_fields)),
            optional_fields=tuple(sorted(recipe.optional_fields)),
            scope=recipe.scope,
            components=tuple(label for node, label in labels(recipe.reward).items() if node.is_component),
        )
