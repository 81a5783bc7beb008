"""What all adapters share: a recipe, a local or remote scorer for it, and what to do where it cannot tell.

An adapter turns what its trainer passes into rollouts and hands them to a :class:`TrainerScorer`;
what comes back it puts into its trainer's own words. Left out: everything that only one trainer has.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np

from rewards import LocalScorer, Recipe, RemoteScorer, Rollout, Scores
from rewards.errors import InvalidParameterError, PoolError, RewardError, ScorerError, UnknownRecipeError
from rewards.summary import RecipeSummary
from trainer_adapters.rows import gold_of, metadata_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rewards import Reward
    from rewards.client import Tls
    from rewards.scorer import Scorer

__all__ = ["NotJudgedError", "Options", "Trainer", "TrainerScorer", "shared_scorer"]

_LARGEST = float(np.finfo(np.float32).max)
"""Trainers keep rewards as float32; what does not fit there would be infinite."""


class NotJudgedError(ScorerError):
    """A row was not judged, in a trainer that can neither leave it out nor take a missing reward."""


class Options(TypedDict, total=False):
    """The settings of every adapter, all optional."""

    server: str | Sequence[str] | None
    """`host:port` of a verification server, or several; without it, this process scores."""

    timeout: float | None
    """Seconds for one call; what is not judged by then counts as not judged."""

    on_failure: Literal["raise", "mark"]
    """When no scores can be had at all: raise (the default), or mark every row as not judged."""

    unjudged: float | None
    """A value for rows that were not judged, to be chosen in the open; without it the trainer leaves
    such a row out where it can, and else gets an error."""

    think_prefilled: bool
    """The chat template already opened `<think>`."""

    gold: str | None
    """Where the gold is, by the trainer's own name for it (a column, a key)."""

    token: str | None
    """A bearer token for the server."""

    tls: Tls | None
    """How to encrypt the way to the server."""

    patience: float | None
    """Seconds to keep trying while no server answers; 30 by default."""

    tokenize: Callable[[str], Sequence[int]] | None
    """Text to token ids, for trainers that pass text only; counts may differ from what was sampled."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trainer:
    """What a trainer does not tell a reward, and what its user can do about it."""

    name: str

    lacks: frozenset[str]
    """Fields of rollouts that its hook is not given."""

    way_out: str
    """What to do with a recipe that needs one of them."""

    sees_groups: bool = False
    """Whether one call shows the rollouts of a prompt together."""


class TrainerScorer:
    """The scorer of one recipe for one trainer. It may be pickled, and called from any thread.

    Raises:
        InvalidParameterError: the recipe needs what the trainer does not hand over, or an option is
            unknown or out of its domain.
        UnknownRecipeError: neither this machine nor the server knows the recipe.
    """

    def __init__(
        self, recipe: Recipe | Reward | str | Path, trainer: Trainer, options: Options | None = None
    ) -> None:
        given = dict(options or {})
        if unknown := sorted(set(given) - set(Options.__annotations__)):
            there = ", ".join(sorted(Options.__annotations__))
            message = f"{', '.join(unknown)}: no such option; there are {there}"
            raise InvalidParameterError(message)
        self.options: Options = options or {}
        self.trainer = trainer
        self.on_failure = self.options.get("on_failure", "raise")
        if self.on_failure not in ("raise", "mark"):
            message = f"on_failure is {self.on_failure!r}; it must be 'raise' or 'mark'"
            raise InvalidParameterError(message)
        self.unjudged = self.options.get("unjudged")
        if self.unjudged is not None and not math.isfinite(self.unjudged):
            message = f"unjudged is {self.unjudged!r}; it must be a finite number or None"
            raise InvalidParameterError(message)
        self.tree, self.summary = self._known(recipe)
        self._check()
        self._scorer = self._make()

    def _known(self, recipe: Recipe | Reward | str | Path) -> tuple[Recipe | None, RecipeSummary]:
        try:
            tree = Recipe.of(recipe)
        except UnknownRecipeError:
            server = self.options.get("server")
            if not server or not isinstance(recipe, str):
                raise
            with self._remote(server, recipe, digest=None) as remote:
                held = {name: one for one in remote.recipes() for name in (one.name, one.title)}
            if recipe not in held:
                raise
            return None, held[recipe]
        return tree, RecipeSummary.of(tree)

    def _check(self) -> None:
        needed = self.summary.required_fields
        lacks = self.trainer.lacks
        if self.options.get("tokenize"):
            lacks -= {"tokens", "completion_ids"}
        lacking = sorted(set(needed) & lacks)
        if self.summary.scope == "group" and not self.trainer.sees_groups:
            lacking.append("whole groups")
        if lacking:
            message = (
                f"recipe {self.summary.title} needs {', '.join(lacking)}, which {self.trainer.name} does not "
                f"pass to rewards; {self.trainer.way_out}"
            )
            raise InvalidParameterError(message)

    def _make(self) -> Scorer:
        server = self.options.get("server")
        if server:
            return self._remote(server, self.summary.title, digest=self.summary.digest)
        if self.tree is None:
            message = f"recipe {self.summary.title} is known to a server only, and none was named"
            raise InvalidParameterError(message)
        return LocalScorer(self.tree)

    def _remote(self, server: str | Sequence[str], recipe: str, *, digest: str | None) -> RemoteScorer:
        patience = self.options.get("patience")
        return RemoteScorer(
            server,
            recipe,
            recipe_digest=digest,
            timeout=self.options.get("timeout"),
            token=self.options.get("token"),
            tls=self.options.get("tls"),
            patience=30.0 if patience is None else patience,
        )

    @property
    def metadata_keys(self) -> tuple[str, ...]:
        """The keys of a rollout's metadata that the recipe routes by."""
        needed = self.summary.required_fields
        return tuple(field.removeprefix("metadata.") for field in needed if field.startswith("metadata."))

    def rollout(
        self, completion: str, *, gold: object, row: Mapping[str, object] | None = None, **fields: object
    ) -> Rollout:
        """One rollout of `completion`: the gold as text, and of `row` what the recipe routes by."""
        tokenize = self.options.get("tokenize")
        if tokenize and fields.get("completion_ids") is None:
            fields["completion_ids"] = tokenize(completion)
        return Rollout(
            completion=completion,
            ground_truth=gold_of(gold),
            think_prefilled=self.options.get("think_prefilled", False),
            metadata=metadata_of(row or {}, self.metadata_keys),
            **fields,  # type: ignore[arg-type]  # a rollout checks itself
        )

    def scores(self, rollouts: Sequence[Rollout]) -> Scores:
        """The scores of `rollouts`; under `on_failure="mark"`, all NaN where none could be had.

        Raises:
            ScorerError, PoolError: no scores could be had, under `on_failure="raise"`.
            RewardError: a value that is infinite where trainers compute, in float32.
        """
        try:
            scores = self._scorer.score(rollouts, timeout=self.options.get("timeout"))
        except (ScorerError, PoolError):
            if self.on_failure == "raise":
                raise
            return self._marked(len(rollouts))
        for name, values in {**scores.components, "the total": scores.totals}.items():
            if (np.abs(values) > _LARGEST).any():
                message = f"{name} reaches {np.nanmax(np.abs(values))}; trainers keep rewards as float32"
                raise RewardError(message)
        return scores

    def _marked(self, size: int) -> Scores:
        empty = np.full(size, np.nan)
        names = self.summary.components
        return Scores(
            totals=empty,
            components=dict.fromkeys(names, empty),
            nodes=dict.fromkeys(names, empty),
            verdicts=[None] * size,
            spans=[{}] * size,
            parts={},
            errors={},
            recipe=self.summary.title,
            recipe_digest=self.summary.digest,
            environment_digest="",
        )

    def optional_values(self, scores: Scores) -> list[float | None]:
        """The totals, for a trainer that leaves a row out whose reward is None."""
        return [self.unjudged if math.isnan(total) else total for total in scores.totals.tolist()]

    def values(self, scores: Scores) -> list[float]:
        """The totals, for a trainer that must have a number for every row.

        Raises:
            NotJudgedError: a row was not judged, and no value was chosen for such rows.
        """
        values = self.optional_values(scores)
        missing = [row for row, value in enumerate(values) if value is None]
        if missing:
            verdict = scores.verdicts[missing[0]]
            why = verdict.status.value if verdict else "no scores could be had"
            message = (
                f"{len(missing)} of {len(values)} rollouts were not judged (row {missing[0]}: {why}), and "
                f"{self.trainer.name} has no way to leave one out; mend the cause (an unreadable gold, say) "
                "or choose a value for such rows with unjudged=..."
            )
            raise NotJudgedError(message)
        return [value for value in values if value is not None]

    def logs(self, scores: Scores, row: int) -> dict[str, float]:
        """Each component of one row by name, and `judged`: 1, or 0 where the row was not judged.

        Every row has the same keys, which some trainers insist on; NaN where there is no value.
        """
        named = {name: float(scores.components[name][row]) for name in self.summary.components}
        return {**named, "judged": float(not math.isnan(scores.totals[row]))}


@functools.lru_cache(maxsize=64)
def _shared(recipe: str, trainer: Trainer, options: tuple[tuple[str, object], ...]) -> TrainerScorer:
    return TrainerScorer(recipe, trainer, dict(options))  # type: ignore[arg-type]  # it checks them


def shared_scorer(recipe: str, trainer: Trainer, options: Mapping[str, object]) -> TrainerScorer:
    """The one scorer of this process for these settings, for hooks that are told them in every call."""
    plain = {name: value if _is_plain(value) else tuple(value) for name, value in options.items()}  # type: ignore[arg-type]
    return _shared(recipe, trainer, tuple(sorted(plain.items())))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, float, int, bool)) or not hasattr(value, "__iter__")
