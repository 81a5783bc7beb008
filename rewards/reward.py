"""A reward: a small immutable object that turns a batch of rollouts into numbers and evidence.

To write one, subclass :class:`Reward` as a frozen keyword-only dataclass and define `evaluate`:

>>> import dataclasses
>>> import numpy as np
>>> @dataclasses.dataclass(frozen=True, kw_only=True)
... class Brevity(Reward):
...     limit: int = 10
...     def evaluate(self, batch, context):
...         return Evaluation([float(len(rollout.completion) <= self.limit) for rollout in batch])
>>> from rewards.rollout import Rollout
>>> (2.0 * Brevity(limit=3))([Rollout(completion="four"), Rollout(completion="two")])
array([0., 2.])

Arithmetic on rewards builds trees: sums, products, gates, clips and names, whose nodes stand here too, since
operators and nodes need each other. Nodes that no operator makes are in :mod:`rewards.algebra`.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from rewards.errors import IncompleteGroupError, MissingFieldError
from rewards.evaluation import Context, Evaluation, Span
from rewards.parameters import check_fields, require, require_finite, usable_in_hints
from rewards.rollout import Batch, advice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from numpy.typing import NDArray

    from rewards.answers.question import Question
    from rewards.rollout import Rollout

__all__ = [
    "Clip",
    "Constant",
    "Context",
    "Evaluation",
    "GroupReward",
    "Named",
    "Product",
    "Reward",
    "Scale",
    "Span",
    "Sum",
    "When",
]


def _after_types(own: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return the `__post_init__` of a subclass behind a check of the types of its parameters."""

    @functools.wraps(own)
    def checked(self: Reward) -> None:
        check_fields(self, self.kind)
        own(self)

    return checked


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reward(abc.ABC):
    """A picklable, immutable, comparable value that scores batches; it holds no handles.

    Two rewards are equal when their classes and parameters are, and equal nodes of a tree are
    evaluated once. A row reward depends on its row alone, bit for bit, however rows are batched.
    """

    kind: ClassVar[str] = "reward"
    """The name in recipes; the class's name in snake case unless said otherwise."""

    scope: ClassVar[Literal["row", "group"]] = "row"

    is_component: ClassVar[bool] = True
    """True where scores report the node as a component, False for mere arithmetic without a name."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" not in cls.__dict__:
            cls.kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        if (own := cls.__dict__.get("__post_init__")) is not None:
            cls.__post_init__ = _after_types(own)  # type: ignore[assignment, method-assign]  # none can forget it

    def __post_init__(self) -> None:
        """Check the types of the parameters; what a subclass checks itself comes after this.

        Raises:
            InvalidParameterError: a parameter that is not of its type.
        """
        check_fields(self, self.kind)

    @abc.abstractmethod
    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        """Return values (float64, shape (B,)) and evidence for `batch`.

        Children are evaluated through `context.evaluate` or `context.values`, answers are judged
        through `context.verdicts`.
        """

    def __call__(
        self, batch: Batch | Sequence[Rollout], context: Context | None = None
    ) -> NDArray[np.float64]:
        """Return the values of `batch`, float64, shape (B,).

        Raises:
            MissingFieldError: a rollout without a field that some reward of the tree needs.
        """
        whole = batch if isinstance(batch, Batch) else Batch(batch)
        self.check(whole)
        return (context or Context()).values(self, whole)

    # What a tree needs to know about its nodes.

    @property
    def needs(self) -> frozenset[str]:
        """The rollout fields this node itself cannot do without, beyond the completion.

        See :meth:`rewards.Batch.missing` for their names. A rollout that lacks one is refused.
        """
        return frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """The rollout fields this node itself reads where a rollout carries them, and does without elsewhere.

        Named as in `needs`. Trainers pass a column of metadata on only if `needs` or `reads` names it.
        """
        return frozenset()

    @property
    def label(self) -> str:
        """The name of this node's values in scores."""
        return self.kind

    @functools.cached_property
    def children(self) -> tuple[Reward, ...]:
        """The rewards this node is made of, in order."""
        return tuple(_rewards_in([getattr(self, field.name) for field in dataclasses.fields(self)]))

    def walk(self) -> Iterator[Reward]:
        """Iterate over every distinct node of the tree once, children first, this one last."""
        seen: set[Reward] = set()

        def visit(node: Reward) -> Iterator[Reward]:
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    yield from visit(child)
                yield node

        return visit(self)

    def questions(self, batch: Batch) -> Iterable[tuple[Question, Sequence[int]]]:
        """Return the questions that :meth:`evaluate` will ask, each with the rows of `batch` it belongs to.

        Asking them ahead lets quick rows be scored while slow ones are still being judged.
        """
        for child in self.children:
            yield from child.questions(batch)

    def invalid_rows(self, batch: Batch) -> dict[int, MissingFieldError]:
        """Return the rows of `batch` that lack a field this tree needs, each with its error."""
        wrong: dict[int, MissingFieldError] = {}
        for field in sorted(self.needs):
            for row in batch.missing(field).tolist():
                wrong.setdefault(row, _missing(self, batch, row, field))
        for child in self.children:
            for row, error in child.invalid_rows(batch).items():
                wrong.setdefault(row, error)
        return wrong

    def check(self, batch: Batch) -> None:
        """Raise at once for the first rollout that cannot be scored.

        Raises:
            MissingFieldError: naming the reward, the field and the fix.
        """
        if wrong := self.invalid_rows(batch):
            raise wrong[min(wrong)]

    # Arithmetic; the nodes stand below.

    def __add__(self, other: Reward | float) -> Reward:
        return _sum(self, other)

    def __radd__(self, other: float) -> Reward:
        return _sum(other, self)

    def __sub__(self, other: Reward | float) -> Reward:
        return self + -1.0 * other

    def __rsub__(self, other: float) -> Reward:
        return other + -1.0 * self

    def __neg__(self) -> Reward:
        return -1.0 * self

    def __mul__(self, other: Reward | float) -> Reward:
        return _product(self, other)

    def __rmul__(self, other: float) -> Reward:
        return _product(other, self)

    def when(self, condition: Reward, *, otherwise: float = 0.0) -> When:
        """Return the same reward where `condition` is above 0, else `otherwise`."""
        return When(reward=self, condition=condition, otherwise=otherwise)

    def clip(self, low: float, high: float) -> Clip:
        """Return the same reward, at least `low` and at most `high`."""
        return Clip(reward=self, low=low, high=high)

    def named(self, name: str) -> Named:
        """Return the same reward under a name of its own in scores."""
        return Named(name=name, reward=self)

    def rebuilt(self, children: Mapping[Reward, Reward]) -> Self:
        """Return the same node with its children replaced according to the mapping."""
        changes = {
            field.name: _replaced(value, children)
            for field in dataclasses.fields(self)
            if next(_rewards_in([value := getattr(self, field.name)]), None) is not None
        }
        return dataclasses.replace(self, **changes) if changes else self


usable_in_hints(Reward)


# The nodes that arithmetic builds.


@dataclasses.dataclass(frozen=True, kw_only=True)
class Constant(Reward):
    """The same value for every rollout."""

    is_component: ClassVar[bool] = False

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

    is_component: ClassVar[bool] = False

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

    is_component: ClassVar[bool] = False

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

    is_component: ClassVar[bool] = False

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

    is_component: ClassVar[bool] = False

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

    is_component: ClassVar[bool] = False

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
class GroupReward(Reward):
    """A reward that compares the rollouts of one prompt with each other.

    It is told how large a group is and refuses a part of one, so that splitting a batch can never
    change a value.
    """

    scope: ClassVar[Literal["row", "group"]] = "group"

    group_size: int
    """Number of rollouts in each group."""

    def __post_init__(self) -> None:
        require(self.group_size >= 1, f"{self.kind}: group_size is {self.group_size}; it must be at least 1")

    @property
    def needs(self) -> frozenset[str]:
        """The group of each rollout."""
        return frozenset({"group_id"})

    def groups(self, batch: Batch) -> list[NDArray[np.intp]]:
        """Return the rows of each group, in order of appearance.

        Raises:
            IncompleteGroupError: a group with more or fewer than `group_size` rollouts.
        """
        rows: dict[str | None, list[int]] = {}
        for row, group_id in enumerate(batch.columns["group_id"]):
            rows.setdefault(group_id, []).append(row)
        for group, members in rows.items():
            if len(members) != self.group_size:
                message = (
                    f"{self.label} compares groups of {self.group_size}, but group {group!r} has "
                    f"{len(members)} rollouts here; score whole groups in one call"
                )
                raise IncompleteGroupError(message)
        return [np.asarray(members, dtype=np.intp) for members in rows.values()]


def _missing(reward: Reward, batch: Batch, row: int, field: str) -> MissingFieldError:
    id_ = batch.ids[row]
    where = f"rollout {id_!r}" if id_ else f"rollouts[{batch.rows[row]}]"
    message = f"{reward.label} needs {field}, which {where} does not carry; {advice(field)}"
    return MissingFieldError(message, field=field, reward=reward.label)


def _rewards_in(values: Iterable[object]) -> Iterator[Reward]:
    for value in values:
        if isinstance(value, Reward):
            yield value
        elif isinstance(value, tuple):
            yield from _rewards_in(value)


def _replaced(value: object, children: Mapping[Reward, Reward]) -> object:
    if isinstance(value, Reward):
        return children.get(value, value)
    if isinstance(value, tuple):
        return tuple(_replaced(item, children) for item in value)
    return value


def _sum(left: Reward | float, right: Reward | float) -> Reward:
    """`left + right`, with sums of sums made one sum; a number stands for a constant."""
    terms: list[Reward] = []
    for operand in (left, right):
        reward = operand if isinstance(operand, Reward) else Constant(value=_as_number(operand))
        terms += reward.terms if isinstance(reward, Sum) else (reward,)
    return Sum(terms=tuple(terms))


def _product(left: Reward | float, right: Reward | float) -> Reward:
    """`left * right`: a scale where one is a number, a product where both are rewards."""
    if not isinstance(right, Reward):
        left, right = right, left
    if not isinstance(right, Reward):
        message = f"neither {left!r} nor {right!r} is a reward"
        raise TypeError(message)
    if not isinstance(left, Reward):
        return Scale(weight=_as_number(left), reward=right)
    factors: list[Reward] = []
    for factor in (left, right):
        factors += factor.factors if isinstance(factor, Product) else (factor,)
    return Product(factors=tuple(factors))


def _as_number(operand: object) -> float:
    if isinstance(operand, (int, float)) and not isinstance(operand, bool):
        return operand
    message = f"a reward combines with rewards and numbers, not with {type(operand).__name__}"
    raise TypeError(message)


def _operand(reward: Reward) -> str:
    return f"({reward.label})" if isinstance(reward, (Sum, Scale, Product)) else reward.label
