"""Rewards of cheats and honest solutions under a recipe, and the findings about the recipe.

A *trap* is something that a policy which never solves anything can do to earn at least a share of the best
reward (5 % by default) with zero variance in its groups: under GRPO it has no gradient that leads away.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from rewards.analysis.guessed_tokens import with_tokens
from rewards.analysis.stress.cheats import FAMILIES, GROUP, in_form
from rewards.analysis.stress.problems import PROBLEMS, honest_long, honest_short
from rewards.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.analysis.stress.cheats import Family
    from rewards.scorer import Scorer
    from rewards.scores import Scores

__all__ = ["Earning", "Punishment", "PunishmentTally", "Stress", "complete", "stress"]

_SAME: Final = 1e-9
"""Tolerance below which rewards count as equal, without variance."""
_PLACES: Final = 9
_HALF: Final = 0.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Earning:
    """The rewards of one family of cheats."""

    family: Family
    mean: float
    """Mean reward over what was judged; NaN where nothing was."""
    greatest: float
    share: float
    """The mean over the best reward; 0 where it is not above 0."""
    flat_groups: float
    """The share of groups that have no variance and still earn the threshold, of all its groups."""
    accepted: tuple[tuple[str, str], ...]
    """Cheats that were judged right, each with its problem."""
    unjudged: int
    """Completions without a reward: what escapes judgement also escapes every penalty."""
    paid_by: Mapping[str, float]
    """Components and parts of a positive mean, unweighted."""
    example: str
    """The completion that earned most."""

    @property
    def solves(self) -> bool:
        """True if some of it was judged right."""
        return bool(self.accepted)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Punishment:
    """A component that takes something from honest right solutions."""

    component: str
    share: float
    """Share of the honest solutions that it punishes."""
    mean: float
    """Its mean value on those it punishes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stress:
    """All that was found about a recipe."""

    recipe: str
    recipe_digest: str
    threshold: float
    best: float
    """The greatest reward of an honest right solution."""
    earnings: tuple[Earning, ...]
    punished_short: tuple[Punishment, ...]
    punished_long: tuple[Punishment, ...]

    @property
    def nothing(self) -> float:
        """The reward of an empty completion."""
        return self.earnings[0].mean

    @property
    def traps(self) -> tuple[Earning, ...]:
        """Families that earn the threshold without variance in most groups, the best paid first."""
        found = [one for one in self.earnings if one.flat_groups >= _HALF and not one.solves]
        return tuple(sorted(found, key=lambda one: -round(one.mean, _PLACES)))

    @property
    def paying(self) -> tuple[Earning, ...]:
        """Families that earn the threshold and are no trap, for their groups have variance."""
        traps = {one.family.name for one in self.traps}
        return tuple(
            one
            for one in self.earnings
            if one.share >= self.threshold and one.family.name not in traps and not one.solves
        )

    @property
    def accepted(self) -> tuple[Earning, ...]:
        """Families of which the judge took some for right, and should not have."""
        return tuple(one for one in self.earnings if one.solves and not one.family.right_by_value)

    @property
    def equal(self) -> tuple[Earning, ...]:
        """Families that were taken for right because they have the value of the gold."""
        return tuple(one for one in self.earnings if one.solves and one.family.right_by_value)

    @property
    def escaping(self) -> tuple[Earning, ...]:
        """Families of which some could not be judged at all."""
        return tuple(one for one in self.earnings if one.unjudged)

    @property
    def climbs(self) -> tuple[Earning, ...]:
        """Wrong answers that earn more than an empty completion, by at least the threshold of the best."""
        most = self.threshold * (self.best - min(self.nothing, 0.0))
        named = {one.family.name for one in (*self.traps, *self.paying, *self.accepted, *self.equal)}
        return tuple(
            one
            for one in self.earnings[1:]
            if one.mean - self.nothing >= most > 0 and one.family.name not in named
        )

    @property
    def most_unsolved(self) -> Earning:
        """The family that pays best among those that solve nothing."""
        return max((one for one in self.earnings if not one.solves), key=lambda one: _finite(one.mean))

    @property
    def holds(self) -> bool:
        """True if there is no trap, and no cheat was taken for right or escaped judgement."""
        return not (self.traps or self.accepted or self.escaping)


def stress(
    scorer: Scorer,
    *,
    threshold: float = 0.05,
    metadata: Mapping[str, str] | None = None,
    families: Sequence[Family] = FAMILIES,
) -> Stress:
    """Score every family of cheats, and honest solutions, by a recipe.

    Args:
        scorer: of the recipe, here or on a server.
        threshold: the share of the best reward from which a cheat pays.
        metadata: what each rollout carries, for recipes that switch by it.
        families: what to try.

    >>> from rewards import BoxedCorrectness, LocalScorer, ThinkFormat
    >>> found = stress(LocalScorer(BoxedCorrectness() + 0.5 * ThinkFormat()), families=FAMILIES[:6])
    >>> found.holds, found.best, found.traps[0].mean
    (False, 1.5, 0.5)
    """
    extra = dict(metadata or {})
    short = scorer.score(
        [_rollout(p.prompt, p.gold, in_form(work, end), extra) for p, work, end in honest_short()]
    )
    long = scorer.score(
        [_rollout(p.prompt, p.gold, in_form(work, end), extra) for p, work, end in honest_long()]
    )
    best = float(np.nanmax(np.concatenate((short.totals, long.totals))))
    return Stress(
        recipe=short.recipe,
        recipe_digest=short.recipe_digest,
        threshold=threshold,
        best=best,
        earnings=tuple(_earning(scorer, family, extra, best, threshold) for family in families),
        punished_short=_punished(short),
        punished_long=_punished(long),
    )


class PunishmentTally:
    """Tally of components below 0, with counts and means; takes no more memory for more rollouts."""

    def __init__(self) -> None:
        self.rollouts = 0
        self._below: dict[str, tuple[int, float]] = {}

    def add(self, scores: Scores) -> None:
        """Add the scores of one call."""
        self.rollouts += len(scores)
        for name, values in scores.components.items():
            below = values[values < 0]
            count, total = self._below.get(name, (0, 0.0))
            self._below[name] = count + len(below), total + float(below.sum())

    def found(self) -> tuple[Punishment, ...]:
        """Return the punishments, the most frequent first."""
        punished = [
            Punishment(component=name, share=count / self.rollouts, mean=total / count)
            for name, (count, total) in self._below.items()
            if count
        ]
        return tuple(sorted(punished, key=lambda one: -one.share))


def _punished(scores: Scores) -> tuple[Punishment, ...]:
    tally = PunishmentTally()
    tally.add(scores)
    return tally.found()


def complete(rollout: Rollout) -> Rollout:
    """Return a rollout of the user with missing fields filled in, so that any recipe can score it.

    Golds cannot be made up: what it earns for being right is not to be read off.
    """
    gold = "0" if rollout.ground_truth is None else rollout.ground_truth
    group = rollout.prompt if rollout.group_id is None else rollout.group_id
    return with_tokens(dataclasses.replace(rollout, id="", ground_truth=gold, group_id=group))


def _earning(
    scorer: Scorer, family: Family, extra: Mapping[str, str], best: float, threshold: float
) -> Earning:
    rollouts = [
        _rollout(problem.prompt, problem.gold, completion, extra, cut_off=family.cut_off)
        for problem in family.problems(PROBLEMS)
        for completion in family.completions(problem)
    ]
    scores = scorer.score(rollouts)
    totals = scores.totals
    judged = totals[~np.isnan(totals)]
    mean = float(judged.mean()) if len(judged) else float("nan")
    accepted = tuple(
        (rollout.prompt, rollout.completion)
        for rollout, verdict in zip(rollouts, scores.verdicts, strict=True)
        if verdict is not None and verdict.correct
    )
    top = rollouts[int(np.nanargmax(totals))].completion if len(judged) else ""
    return Earning(
        family=family,
        mean=mean,
        greatest=float(judged.max()) if len(judged) else float("nan"),
        share=max(mean, 0.0) / best if best > 0 and len(judged) else 0.0,
        flat_groups=_flat_groups(totals, threshold * best) if best > 0 else 0.0,
        accepted=accepted,
        unjudged=len(totals) - len(judged),
        paid_by=_paid_by(scores),
        example=top,
    )


def _flat_groups(totals: NDArray[np.float64], least: float) -> float:
    groups = totals.reshape(-1, GROUP)
    flat = np.ptp(groups, axis=1) <= _SAME  # NaN compares as False
    return float((flat & (groups[:, 0] >= least - _SAME)).mean())


def _paid_by(scores: Scores) -> dict[str, float]:
    """Return what was positive on average: components, or the parts of a component that is their sum."""
    paid: dict[str, NDArray[np.float64]] = {}
    for name, values in scores.components.items():
        parts = {part: found for part, found in scores.parts.items() if part.rpartition(".")[0] == name}
        summed = bool(parts) and np.allclose(sum(parts.values()), values, equal_nan=True)
        paid |= parts if summed else {name: values}
    return {name: _mean(values) for name, values in paid.items() if _mean(values) > _SAME}


def _finite(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _mean(values: NDArray[np.float64]) -> float:
    judged = values[~np.isnan(values)]
    return float(judged.mean()) if len(judged) else 0.0


def _rollout(
    prompt: str, gold: str, completion: str, metadata: Mapping[str, str], *, cut_off: bool = False
) -> Rollout:
    """Return a rollout with all that a recipe may ask for."""
    return with_tokens(
        Rollout(
            prompt=prompt,
            completion=completion,
            ground_truth=gold,
            finish_reason="length" if cut_off else "stop",
            group_id=prompt,
            metadata=dict(metadata),
        )
    )
