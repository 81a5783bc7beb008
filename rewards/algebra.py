r"""Composition of rewards: sums, products, gates, clips, tiers, names, routes and weights over steps; labels.

NaN ('not judged') goes through every node as NaN: a total with an unjudged part is unjudged. The
operators on :class:`rewards.Reward` build these nodes:

>>> from rewards import BoxedCorrectness, ThinkFormat
>>> tree = 2.0 * BoxedCorrectness() + ThinkFormat().named("format").clip(0, 0.5)
>>> tree.label
'2.0 * boxed_correctness + format.clip(0.0, 0.5)'
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from rewards.errors import DuplicateComponentError, InvalidParameterError, MissingFieldError
from rewards.evaluation import Evaluation
from rewards.parameters import require, require_finite
from rewards.reward import Clip, Constant, Named, Product, Reward, Scale, Sum, When

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from rewards.answers.question import Question
    from rewards.evaluation import Context
    from rewards.rollout import Batch

__all__ = [
    "Clip",
    "Constant",
    "Named",
    "Product",
    "Ramp",
    "Scale",
    "Sum",
    "Switch",
    "Tiered",
    "When",
    "labels",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tiered(Reward):
    """The value of the first tier that holds, else `otherwise`.

    A tier is `(condition, value)` and holds where its condition is above 0. A row is NaN where a
    condition is NaN before any tier has held.

    Source: the layered reward of the GSM8K report (right 1.0, boxed but wrong 0.1, nothing 0.0);
    the report shows how it traps a weak policy at 0.1.
    """

    is_component: ClassVar[bool] = False

    tiers: tuple[tuple[Reward, float], ...]
    otherwise: float = 0.0

    def __post_init__(self) -> None:
        require(len(self.tiers) > 0, "tiered: needs at least one tier")
        for _, value in self.tiers:
            require_finite(value=value)
        require_finite(otherwise=self.otherwise)
        tiers = tuple((condition, float(value)) for condition, value in self.tiers)
        object.__setattr__(self, "tiers", tiers)
        object.__setattr__(self, "otherwise", float(self.otherwise))

    @property
    def label(self) -> str:
        tiers = ", ".join(f"{condition.label}: {value!r}" for condition, value in self.tiers)
        return f"tiered({tiers}, otherwise={self.otherwise!r})"

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        values = np.full(len(batch), self.otherwise)
        open_rows = np.ones(len(batch), dtype=np.bool_)
        for condition, value in self.tiers:
            found = context.values(condition, batch)
            values[open_rows & (found > 0)] = value
            values[open_rows & np.isnan(found)] = np.nan
            open_rows &= found <= 0  # neither held nor NaN
        return Evaluation(values)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Switch(Reward):
    """A different reward for each kind of rollout, by `metadata[key]`.

    A rollout of a kind without a case takes `default`; where there is no default, that is an error
    at once, never a silent 0.

    >>> from rewards import Rollout
    >>> tree = Switch(key="task", cases=(("math", Constant(value=1.0)), ("chat", Constant(value=2.0))))
    >>> tree([Rollout(completion="", metadata={"task": "chat"})])
    array([2.])
    """

    is_component: ClassVar[bool] = False

    key: str
    cases: tuple[tuple[str, Reward], ...]
    default: Reward | None = None

    def __post_init__(self) -> None:
        require(len(self.cases) > 0, "switch: needs at least one case")
        names = [name for name, _ in self.cases]
        require(len(set(names)) == len(names), f"switch: a case appears twice among {names}")
        object.__setattr__(self, "cases", tuple(sorted(self.cases, key=lambda case: case[0])))

    @property
    def label(self) -> str:
        routes = [f"{name}: {reward.label}" for name, reward in self.cases]
        if self.default is not None:
            routes.append(f"otherwise: {self.default.label}")
        return f"switch({self.key}; {', '.join(routes)})"

    @property
    def needs(self) -> frozenset[str]:
        """The key, where there is no default."""
        return frozenset({f"metadata.{self.key}"}) if self.default is None else frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """The key, where a rollout without it takes the default."""
        return frozenset({f"metadata.{self.key}"}) if self.default is not None else frozenset()

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        values = np.full(len(batch), np.nan)
        for reward, rows, part in self.routes(batch):
            values[rows] = context.values(reward, part)
        return Evaluation(values)

    def questions(self, batch: Batch) -> Iterator[tuple[Question, Sequence[int]]]:
        for reward, rows, part in self.routes(batch):
            for question, asking in reward.questions(part):
                yield question, rows[np.asarray(asking)].tolist()

    def invalid_rows(self, batch: Batch) -> dict[int, MissingFieldError]:
        wrong: dict[int, MissingFieldError] = {}
        for reward, rows, part in self.routes(batch):
            for row, error in reward.invalid_rows(part).items():
                wrong[int(rows[row])] = error
        if self.default is None:
            known = {name for name, _ in self.cases}
            for row, metadata in enumerate(batch.columns["metadata"]):
                if (found := metadata.get(self.key)) not in known:
                    wrong[row] = MissingFieldError(
                        f"rollouts[{batch.rows[row]}] has metadata[{self.key!r}] {found!r}, and the switch "
                        f"has cases only for {', '.join(sorted(known))}: add a case or a default",
                        field=f"metadata.{self.key}",
                        reward=self.label,
                    )
        return wrong

    def routes(self, batch: Batch) -> list[tuple[Reward, NDArray[np.intp], Batch]]:
        """Each reward that has rows here, with those rows and the batch of just them."""
        return batch.derive(("switch", self), self._route)

    def _route(self, batch: Batch) -> list[tuple[Reward, NDArray[np.intp], Batch]]:
        rewards = dict(self.cases)
        rows: dict[Reward, list[int]] = {}
        for row, metadata in enumerate(batch.columns["metadata"]):
            reward = rewards.get(metadata.get(self.key, ""), self.default)
            if reward is not None:
                rows.setdefault(reward, []).append(row)
        return [(reward, np.asarray(some), batch.take(some)) for reward, some in rows.items()]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ramp(Reward):
    """`weight * reward`, with a weight that changes linearly over the optimizer steps of a run.

    It is `start` up to the first of `steps`, `end` from the last of them on, and on the line from one to the
    other between them. Such a reward scores only at a step: see :meth:`rewards.Recipe.at_step`.

    >>> ramp = Ramp(start=0.0, end=1.0, steps=(0, 200), reward=Constant(value=2.0))
    >>> [ramp.weight(step) for step in (0, 50, 200, 900)]
    [0.0, 0.25, 1.0, 1.0]
    >>> ramp.at_step(50)
    Scale(weight=0.25, reward=Constant(value=2.0))
    """

    is_component: ClassVar[bool] = False

    start: float
    end: float
    steps: tuple[int, int]
    reward: Reward

    def __post_init__(self) -> None:
        require_finite(start=self.start, end=self.end)
        whole = all(isinstance(step, int) and not isinstance(step, bool) for step in self.steps)
        ordered = whole and 0 <= self.steps[0] <= self.steps[1]
        require(
            ordered,
            f"ramp: steps is {list(self.steps)!r}; it must be the first and the last optimizer step, from 0 "
            "on, in this order",
        )
        object.__setattr__(self, "start", float(self.start))
        object.__setattr__(self, "end", float(self.end))

    @property
    def label(self) -> str:
        first, last = self.steps
        return f"ramp({self.start!r} to {self.end!r}, steps {first} to {last}) * {self.reward.label}"

    def weight(self, step: int) -> float:
        """Return the weight at an optimizer step, counted from 0."""
        first, last = self.steps
        if step >= last:
            return self.end
        if step <= first:
            return self.start
        share = (step - first) / (last - first)
        weight = self.start + share * (self.end - self.start)
        return min(max(weight, min(self.start, self.end)), max(self.start, self.end))  # despite rounding

    def at_step(self, step: int) -> Scale:
        """Return the same reward with the weight of one step."""
        return Scale(weight=self.weight(step), reward=self.reward)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        message = (
            f"the weight of {self.reward.label} changes over optimizer steps, and no step is given: score by "
            "the recipe of one step, recipe.at_step(n)"
        )
        raise InvalidParameterError(message)


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
