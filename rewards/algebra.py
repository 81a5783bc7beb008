r"""How rewards compose: sums, products, gates, clips, tiers, names and routes.

NaN ('not judged') goes through every node as NaN: a total with an unjudged part is unjudged. The
operators on :class:`rewards.Reward` build these nodes:

>>> from rewards import BoxedCorrectness, ThinkFormat
>>> tree = 2.0 * BoxedCorrectness() + ThinkFormat().named("format").clip(0, 0.5)
>>> tree.label
'2.0 * boxed_correctness + format.clip(0.0, 0.5)'
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from rewards.reward import Evaluation, Reward, require, require_finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from rewards.answers.question import Question
    from rewards.errors import MissingFieldError
    from rewards.reward import Context
    from rewards.rollout import Batch

__all__ = ["Clip", "Constant", "Named", "Product", "Scale", "Sum", "Switch", "Tiered", "When"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Constant(Reward):
    """The same value for every rollout."""

    value: float

    def __post_init__(self) -> None:
        require_finite(value=self.value)
        object.__setattr__(self, "value", float(self.value))

    @property
    def label(self) -> str:
        return repr(self.value)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        return Evaluation(np.full(len(batch), self.value))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scale(Reward):
    """`weight * reward`."""

    weight: float
    reward: Reward

    def __post_init__(self) -> None:
        require_finite(weight=self.weight)
        object.__setattr__(self, "weight", float(self.weight))

    @property
    def label(self) -> str:
        return f"{self.weight!r} * {_operand(self.reward)}"

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        return Evaluation(self.weight * context.values(self.reward, batch))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sum(Reward):
    """The sum of its terms, added from left to right."""

    terms: tuple[Reward, ...]

    def __post_init__(self) -> None:
        require(len(self.terms) > 0, "a sum needs at least one term")

    @property
    def label(self) -> str:
        return " + ".join(term.label for term in self.terms)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        total = np.zeros(len(batch))
        for term in self.terms:
            total = total + context.values(term, batch)
        return Evaluation(total)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Product(Reward):
    """The product of its factors, multiplied from left to right."""

    factors: tuple[Reward, ...]

    def __post_init__(self) -> None:
        require(len(self.factors) > 0, "a product needs at least one factor")

    @property
    def label(self) -> str:
        return " * ".join(_operand(factor) for factor in self.factors)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        product = np.ones(len(batch))
        for factor in self.factors:
            product = product * context.values(factor, batch)
        return Evaluation(product)


@dataclasses.dataclass(frozen=True, kw_only=True)
class When(Reward):
    """`reward` where `condition > 0`, else `otherwise`; NaN where either is NaN."""

    reward: Reward
    condition: Reward
    otherwise: float = 0.0

    def __post_init__(self) -> None:
        require_finite(otherwise=self.otherwise)
        object.__setattr__(self, "otherwise", float(self.otherwise))

    @property
    def label(self) -> str:
        otherwise = f", otherwise={self.otherwise!r}" if self.otherwise else ""
        return f"{_operand(self.reward)}.when({self.condition.label}{otherwise})"

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        values, condition = context.values(self.reward, batch), context.values(self.condition, batch)
        gated = np.where(condition > 0, values, self.otherwise)
        return Evaluation(np.where(np.isnan(values) | np.isnan(condition), np.nan, gated))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Clip(Reward):
    """`min(max(reward, low), high)`; NaN stays NaN."""

    reward: Reward
    low: float
    high: float

    def __post_init__(self) -> None:
        require_finite(low=self.low, high=self.high)
        require(
            self.low <= self.high, f"clip: low is {self.low} and high is {self.high}; low may not exceed high"
        )
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))

    @property
    def label(self) -> str:
        return f"{_operand(self.reward)}.clip({self.low!r}, {self.high!r})"

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        return Evaluation(np.clip(context.values(self.reward, batch), self.low, self.high))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tiered(Reward):
    """The value of the first tier that holds, else `otherwise`.

    A tier is `(condition, value)` and holds where its condition is above 0. A row is NaN where a
    condition is NaN before any tier has held.

    Source: the layered reward of the GSM8K report (right 1.0, boxed but wrong 0.1, nothing 0.0);
    the report shows how it traps a weak policy at 0.1.
    """

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
class Named(Reward):
    """`reward` under a name of its own in scores."""

    name: str
    reward: Reward

    def __post_init__(self) -> None:
        usable = isinstance(self.name, str) and self.name.isidentifier()
        require(usable, f"a component is named {self.name!r}; a name is letters, digits and underscores")

    @property
    def label(self) -> str:
        return self.name

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        return context.evaluate(self.reward, batch)


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
        from rewards.errors import MissingFieldError  # noqa: PLC0415  # otherwise only an annotation

        wrong: dict[int, MissingFieldError] = {}
        for reward, rows, part in self.routes(batch):
            for row, error in reward.invalid_rows(part).items():
                wrong[int(rows[row])] = error
        if self.default is None:
            known = {name for name, _ in self.cases}
            for row, rollout in enumerate(batch):
                if (found := rollout.metadata.get(self.key)) not in known:
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
        for row, rollout in enumerate(batch):
            reward = rewards.get(rollout.metadata.get(self.key, ""), self.default)
            if reward is not None:
                rows.setdefault(reward, []).append(row)
        return [(reward, np.asarray(some), batch.take(some)) for reward, some in rows.items()]


def add(left: Reward | float, right: Reward | float) -> Reward:
    """`left + right`, with sums of sums made one sum; a number stands for a constant."""
    terms: list[Reward] = []
    for operand in (left, right):
        reward = operand if isinstance(operand, Reward) else Constant(value=_number(operand))
        terms += reward.terms if isinstance(reward, Sum) else (reward,)
    return Sum(terms=tuple(terms))


def multiply(left: Reward | float, right: Reward | float) -> Reward:
    """`left * right`: a scale where one is a number, a product where both are rewards."""
    if not isinstance(right, Reward):
        left, right = right, left
    if not isinstance(right, Reward):
        message = f"neither {left!r} nor {right!r} is a reward"
        raise TypeError(message)
    if not isinstance(left, Reward):
        return Scale(weight=_number(left), reward=right)
    factors: list[Reward] = []
    for factor in (left, right):
        factors += factor.factors if isinstance(factor, Product) else (factor,)
    return Product(factors=tuple(factors))


def _number(operand: object) -> float:
    if isinstance(operand, (int, float)) and not isinstance(operand, bool):
        return operand
    message = f"a reward combines with rewards and numbers, not with {type(operand).__name__}"
    raise TypeError(message)


def _operand(reward: Reward) -> str:
    return f"({reward.label})" if isinstance(reward, (Sum, Scale, Product)) else reward.label
