r"""Composition of rewards: sums, products, gates, clips, tiers, names and routes; and the labels of a tree.

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

from rewards.errors import DuplicateComponentError, MissingFieldError
from rewards.evaluation import Evaluation
from rewards.parameters import require, require_finite
from rewards.reward import Clip, Constant, Named, Product, Reward, Scale, Sum, When

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from rewards.answers.question import Question
    from rewards.evaluation import Context
    from rewards.rollout import Batch

__all__ = ["Clip", "Constant", "Named", "Product", "Scale", "Sum", "Switch", "Tiered", "When", "labels"]


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
