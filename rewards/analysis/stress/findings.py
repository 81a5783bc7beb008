"""Rewards of cheats and honest solutions under a recipe, and the findings about the recipe.

A *trap* is something that a policy which never solves anything can do to earn at least a share of the best
reward (5 % by default) with zero variance in its groups: under GRPO it has no gradient that leads away.

A *gain* is what a completion earns more for something that nobody may be paid for, by at least that share.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from rewards.analysis.guessed_tokens import with_tokens
from rewards.analysis.stress.cheats import CHEATS, GROUP, in_form
from rewards.analysis.stress.problems import PROBLEMS, honest_long, honest_short
from rewards.analysis.stress.unearned import unearned
from rewards.rollout import Rollout
from rewards.scorer import LocalScorer
from rewards.text.reasoning import ANY, formats_of
from rewards.text.turns import of_parts, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.analysis.stress.cheats import Family
    from rewards.analysis.stress.problems import Problem
    from rewards.scorer import Scorer
    from rewards.scores import Scores
    from rewards.text.reasoning import Setting

__all__ = ["Earning", "Punishment", "PunishmentTally", "Stress", "complete", "families", "stress"]

_SAME: Final = 1e-9
"""Tolerance below which rewards count as equal, without variance."""
_PLACES: Final = 9
_HALF: Final = 0.5
_OPENER: Final = "<think>"
"""The mark that opens the reasoning of families and honest solutions."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Earning:
    """The rewards of one family of cheats; of several variants, the one with the worst finding."""

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
    """The completion that earned most, or gained most."""
    gain: float | None = None
    """The most that one earns more than the same completion without the cheat; None where there is none."""

    @property
    def title(self) -> str:
        """The name of the family, with the variant in brackets."""
        variant = self.family.variant
        return f"{self.family.name} ({variant})" if variant else self.family.name

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
        found = [one for one in self._alone if one.flat_groups >= _HALF and not one.solves]
        return tuple(sorted(found, key=lambda one: -round(one.mean, _PLACES)))

    @property
    def paying(self) -> tuple[Earning, ...]:
        """Families that earn the threshold and are no trap, for their groups have variance."""
        traps = {one.family.name for one in self.traps}
        return tuple(
            one
            for one in self._alone
            if one.share >= self.threshold and one.family.name not in traps and not one.solves
        )

    @property
    def _alone(self) -> list[Earning]:
        """Families that are not compared with the same completions without the cheat."""
        return [one for one in self.earnings if one.gain is None]

    @property
    def gaining(self) -> tuple[Earning, ...]:
        """Families that earn more for what nobody may be paid for."""
        least = self.threshold * abs(self.best)
        return tuple(one for one in self.earnings if one.gain is not None and one.gain >= least)

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
            for one in self._alone[1:]
            if one.mean - self.nothing >= most > 0 and one.family.name not in named
        )

    @property
    def most_unsolved(self) -> Earning:
        """The family that pays best among those that solve nothing."""
        return max((one for one in self._alone if not one.solves), key=lambda one: _finite(one.mean))

    @property
    def holds(self) -> bool:
        """True if there is no trap, and no cheat was taken for right, gained or escaped judgement."""
        return not (self.traps or self.accepted or self.gaining or self.escaping)


def families(reasoning: Setting = ANY, *, prefilled: bool = False) -> tuple[Family, ...]:
    """Return all families, for recipes that read reasoning of some format; see :func:`.unearned.unearned`."""
    return (*CHEATS, *unearned(reasoning, prefilled=prefilled))


def stress(
    scorer: Scorer,
    *,
    threshold: float = 0.05,
    metadata: Mapping[str, str] | None = None,
    reasoning: Setting | None = None,
    prefilled: bool = False,
    tried: Sequence[Family] | None = None,
) -> Stress:
    """Score every family of cheats, and honest solutions, by a recipe.

    Args:
        scorer: of the recipe, here or on a server.
        threshold: the share of the best reward from which a cheat pays.
        metadata: what each rollout carries, for recipes that switch by it.
        reasoning: the format that completions are written in; by default the one that all rewards of the
            recipe read, where it is known and there is just one, else the think format.
        prefilled: True if the chat template opens the reasoning, so that completions begin inside it.
        tried: the families to try; all of them by default.

    >>> from rewards import BoxedCorrectness, LocalScorer, ThinkFormat
    >>> found = stress(LocalScorer(BoxedCorrectness() + 0.5 * ThinkFormat()), tried=CHEATS[:6])
    >>> found.holds, found.best, found.traps[0].mean
    (False, 1.5, 0.5)
    """
    form = _reasoning_of(scorer) if reasoning is None else reasoning
    writer = _Writer(metadata=dict(metadata or {}), reasoning=form, prefilled=prefilled)
    short = scorer.score([writer.honest(*given) for given in honest_short()])
    long = scorer.score([writer.honest(*given) for given in honest_long()])
    best = float(np.nanmax(np.concatenate((short.totals, long.totals))))
    earnings: dict[str, Earning] = {}
    for family in families(form, prefilled=prefilled) if tried is None else tried:
        found = _earning(scorer, family, writer, best, threshold)
        before = earnings.setdefault(family.name, found)
        earnings[family.name] = max(before, found, key=_badness)
    return Stress(
        recipe=short.recipe,
        recipe_digest=short.recipe_digest,
        threshold=threshold,
        best=best,
        earnings=tuple(earnings.values()),
        punished_short=_punished(short),
        punished_long=_punished(long),
    )


def _reasoning_of(scorer: Scorer) -> Setting:
    """Return the one format of reasoning that a recipe reads; `any` where there is no such one."""
    if not isinstance(scorer, LocalScorer):
        return ANY
    settings = {getattr(node, "reasoning", ANY) for node in scorer.recipe.scored.reward.walk()} - {ANY}
    return settings.pop() if len(settings) == 1 else ANY


def _badness(earning: Earning) -> tuple[float, ...]:
    gain = -math.inf if earning.gain is None else earning.gain
    return len(earning.accepted), earning.unjudged, gain, _finite(earning.mean)


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


def _earning(scorer: Scorer, family: Family, writer: _Writer, best: float, threshold: float) -> Earning:
    problems = family.problems(PROBLEMS)
    rollouts = [writer.written(p, made) for p in problems for made in family.completions(p)]
    scores = scorer.score(rollouts)
    totals = scores.totals
    judged = totals[~np.isnan(totals)]
    mean = float(judged.mean()) if len(judged) else float("nan")
    accepted = tuple(
        (rollout.prompt, rollout.completion)
        for rollout, verdict in zip(rollouts, scores.verdicts, strict=True)
        if verdict is not None and verdict.correct
    )
    honest = [writer.written(p, made) for p in problems for made in family.honest(p)]
    worth = totals - scorer.score(honest).totals if honest else totals
    known = len(judged) > 0
    return Earning(
        family=family,
        mean=mean,
        greatest=float(judged.max()) if known else float("nan"),
        share=max(mean, 0.0) / best if best > 0 and known else 0.0,
        flat_groups=_flat_groups(totals, threshold * best) if best > 0 else 0.0,
        accepted=accepted,
        unjudged=len(totals) - len(judged),
        paid_by=_paid_by(scores),
        example=rollouts[int(np.nanargmax(worth))].completion if known else "",
        gain=float(np.nanmax(worth)) if known and honest else None,
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Writer:
    """Rollouts with all that a recipe may ask for, their reasoning in one format."""

    metadata: dict[str, str]
    reasoning: Setting
    prefilled: bool

    def honest(self, problem: Problem, work: str, end: str) -> Rollout:
        """Return an honest solution."""
        return self.written(problem, Rollout(completion=in_form(work, end)))

    def written(self, problem: Problem, made: Rollout) -> Rollout:
        """Return the rollout of a completion in the think format."""
        parts = parts_of(made.completion, made.turns)
        if self.prefilled and parts:
            parts[0] = (parts[0][0].removeprefix(_OPENER), parts[0][1])
        turns = of_parts((self._in_format(text), is_own) for text, is_own in parts)
        return with_tokens(
            dataclasses.replace(
                made,
                prompt=problem.prompt,
                completion=turns.text,
                turns=None if made.turns is None else turns.turns,
                ground_truth=problem.gold,
                think_prefilled=made.think_prefilled or self.prefilled,
                finish_reason=made.finish_reason or "stop",
                group_id=problem.prompt,
                metadata=self.metadata,
            )
        )

    def _in_format(self, text: str) -> str:
        one = formats_of(self.reasoning)[0]
        return text.replace(_OPENER, one.open[0]).replace("</think>", one.close[0])
