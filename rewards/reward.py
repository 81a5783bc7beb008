"""What a reward is: a small immutable object that turns a batch of rollouts into numbers and evidence.

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

Arithmetic on rewards builds trees out of the nodes in :mod:`rewards.algebra`.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import math
import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np

from rewards.errors import IncompleteGroupError, InvalidParameterError, MissingFieldError, RewardError
from rewards.parameters import check_fields
from rewards.rollout import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Protocol, Self

    from numpy.typing import ArrayLike, NDArray

    from rewards.algebra import Clip, Named, When
    from rewards.answers.question import Question
    from rewards.rollout import Rollout
    from rewards.verdict import Verdict

    class Judge(Protocol):
        """Who answers questions of equality; :class:`rewards.answers.judge.Judge` is the one in use.

        Equal texts and plain numbers are no questions: they are decided before anybody is asked.
        """

        def ask(
            self, questions: Iterable[Question], *, deadline: float | None = None
        ) -> Mapping[Question, Verdict | Future[Verdict]]:
            """Each question with its verdict, or a future of it; never blocks, never raises for an answer.

            `deadline` is in seconds of `time.monotonic()`; a question still open then gets NOT_JUDGED.
            """


__all__ = ["Context", "Evaluation", "GroupReward", "Reward", "Span"]

FIXES: Mapping[str, str] = {
    "ground_truth": "give each rollout its gold answer",
    "completion_ids": "pass the sampled token ids of each completion",
    "logprobs": "pass the log-probability of each sampled token under the policy that sampled it",
    "tokens": "pass completion_ids (or logprobs), from which the length in tokens is read",
    "finish_reason": "pass 'stop' or 'length' from the generator",
    "group_id": "give the rollouts of one prompt one group_id",
}
"""What to do about a missing field."""


class Span(NamedTuple):
    """A stretch of a completion that explains a value: `[start, end)` in code points."""

    start: int
    end: int
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Evaluation:
    """What a reward found in a batch: values and the evidence for them."""

    values: ArrayLike
    """float64, shape (B,); NaN means 'not judged'."""

    verdicts: Sequence[Verdict | None] | None = None
    """One per row, from rewards that judge answers."""

    spans: Sequence[Sequence[Span]] | None = None
    """The stretches of each completion that explain its value."""

    parts: Mapping[str, ArrayLike] = dataclasses.field(default_factory=dict)
    """Sub-values by name, shape (B,) each: the share of repeated n-grams, say."""


class Context:
    """One evaluation of one tree: evaluates equal nodes once and holds the verdicts asked for in advance."""

    def __init__(self, *, judge: Judge | None = None, deadline: float | None = None) -> None:
        self._judge = judge
        self.deadline = deadline
        """When to stop judging, in seconds of `time.monotonic()`; None for no limit."""
        self.answers: dict[Question, Verdict] = {}
        """Verdicts that are already known; asked for ahead of evaluation."""
        self._done: dict[tuple[int, Reward], tuple[Batch, Evaluation]] = {}

    @property
    def judge(self) -> Judge:
        """Who answers :meth:`verdicts`; the judge of this process unless one was given."""
        if self._judge is None:
            from rewards.answers.judge import shared_judge  # noqa: PLC0415  # rules need no judge

            self._judge = shared_judge()
        return self._judge

    def verdicts(self, questions: Sequence[Question]) -> list[Verdict]:
        """The verdict on each question; blocks until all are judged or the deadline has passed."""
        answers = self.answers
        try:
            return [answers[question] for question in questions]
        except KeyError:
            unknown = {question for question in questions if question not in answers}
        for question, answer in self.judge.ask(unknown, deadline=self.deadline).items():
            answers[question] = answer.result() if hasattr(answer, "result") else answer
        return [answers[question] for question in questions]

    def evaluate(self, reward: Reward, batch: Batch) -> Evaluation:
        """What `reward` finds in `batch`, checked against the contract and remembered.

        Raises:
            RewardError: values of another shape than (B,), or infinite ones.
        """
        key = (id(batch), reward)
        if (known := self._done.get(key)) is not None:
            return known[1]
        evaluation = reward.evaluate(batch, self)
        if not any(evaluation is found and batch is looked_at for looked_at, found in self._done.values()):
            evaluation = _checked(reward, evaluation, len(batch))  # and not what a child of it gave already
        self._done[key] = (batch, evaluation)
        return evaluation

    def values(self, reward: Reward, batch: Batch) -> NDArray[np.float64]:
        """Just the values of :meth:`evaluate`: float64, shape (B,), read-only."""
        return self.evaluate(reward, batch).values  # type: ignore[return-value]  # checked above

    def found(self) -> Iterator[tuple[Reward, Batch, Evaluation]]:
        """Everything evaluated so far: which reward, on which rows, with what result."""
        for (_, reward), (batch, evaluation) in self._done.items():
            yield reward, batch, evaluation


def _checked(reward: Reward, evaluation: Evaluation, size: int) -> Evaluation:
    values = np.array(evaluation.values, dtype=np.float64)
    if values.shape != (size,):
        message = (
            f"{reward.label} gave values of shape {values.shape} for {size} rollouts; it must give ({size},)"
        )
        raise RewardError(message)
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values)))
        message = (
            f"{reward.label} gave {values[row]} for row {row}; a reward is finite, or NaN for 'not judged'"
        )
        raise RewardError(message, overflow=True)
    values.setflags(write=False)
    return dataclasses.replace(evaluation, values=values)


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
        """Values (float64, shape (B,)) and evidence for `batch`.

        Children are evaluated through `context.evaluate` or `context.values`, answers are judged
        through `context.verdicts`.
        """

    def __call__(
        self, batch: Batch | Sequence[Rollout], context: Context | None = None
    ) -> NDArray[np.float64]:
        """The values of `batch`, float64, shape (B,).

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
        """Every distinct node of the tree once, children first, this one last."""
        seen: set[Reward] = set()

        def visit(node: Reward) -> Iterator[Reward]:
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    yield from visit(child)
                yield node

        return visit(self)

    def questions(self, batch: Batch) -> Iterable[tuple[Question, Sequence[int]]]:
        """The questions that :meth:`evaluate` will ask, each with the rows of `batch` it belongs to.

        Asking them ahead lets quick rows be scored while slow ones are still being judged.
        """
        for child in self.children:
            yield from child.questions(batch)

    def invalid_rows(self, batch: Batch) -> dict[int, MissingFieldError]:
        """The rows of `batch` that lack a field this tree needs, each with its error."""
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

    # Arithmetic; the nodes are in rewards.algebra.

    def __add__(self, other: Reward | float) -> Reward:
        from rewards import algebra  # noqa: PLC0415  # its nodes are rewards themselves

        return algebra.add(self, other)

    def __radd__(self, other: float) -> Reward:
        from rewards import algebra  # noqa: PLC0415

        return algebra.add(other, self)

    def __sub__(self, other: Reward | float) -> Reward:
        return self + -1.0 * other

    def __rsub__(self, other: float) -> Reward:
        return other + -1.0 * self

    def __neg__(self) -> Reward:
        return -1.0 * self

    def __mul__(self, other: Reward | float) -> Reward:
        from rewards import algebra  # noqa: PLC0415

        return algebra.multiply(self, other)

    def __rmul__(self, other: float) -> Reward:
        from rewards import algebra  # noqa: PLC0415

        return algebra.multiply(other, self)

    def when(self, condition: Reward, *, otherwise: float = 0.0) -> When:
        """The same reward where `condition` is above 0, else `otherwise`."""
        from rewards.algebra import When  # noqa: PLC0415

        return When(reward=self, condition=condition, otherwise=otherwise)

    def clip(self, low: float, high: float) -> Clip:
        """The same reward, at least `low` and at most `high`."""
        from rewards.algebra import Clip  # noqa: PLC0415

        return Clip(reward=self, low=low, high=high)

    def named(self, name: str) -> Named:
        """The same reward under a name of its own in scores."""
        from rewards.algebra import Named  # noqa: PLC0415

        return Named(name=name, reward=self)

    def rebuilt(self, children: Mapping[Reward, Reward]) -> Self:
        """The same node with each of its children replaced by what it maps to."""
        changes = {
            field.name: _replaced(value, children)
            for field in dataclasses.fields(self)
            if next(_rewards_in([value := getattr(self, field.name)]), None) is not None
        }
        return dataclasses.replace(self, **changes) if changes else self


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupReward(Reward):
    """A reward that compares the rollouts of one prompt with each other.

    It is told how large a group is and refuses a part of one, so that splitting a batch can never
    change a value.
    """

    scope: ClassVar[Literal["row", "group"]] = "group"

    group_size: int
    """How many rollouts each group has."""

    def __post_init__(self) -> None:
        require(self.group_size >= 1, f"{self.kind}: group_size is {self.group_size}; it must be at least 1")

    @property
    def needs(self) -> frozenset[str]:
        """The group of each rollout."""
        return frozenset({"group_id"})

    def groups(self, batch: Batch) -> list[NDArray[np.intp]]:
        """The rows of each group, in order of appearance.

        Raises:
            IncompleteGroupError: a group with more or fewer than `group_size` rollouts.
        """
        rows: dict[str | None, list[int]] = {}
        for row, rollout in enumerate(batch):
            rows.setdefault(rollout.group_id, []).append(row)
        for group, members in rows.items():
            if len(members) != self.group_size:
                message = (
                    f"{self.label} compares groups of {self.group_size}, but group {group!r} has "
                    f"{len(members)} rollouts here; score whole groups in one call"
                )
                raise IncompleteGroupError(message)
        return [np.asarray(members, dtype=np.intp) for members in rows.values()]


def require(condition: bool, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    """Raise InvalidParameterError with `message` unless `condition`."""
    if not condition:
        raise InvalidParameterError(message)


def require_finite(**parameters: float) -> None:
    """Raise InvalidParameterError unless every parameter is a finite number."""
    for name, value in parameters.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        require(number and math.isfinite(value), f"{name} is {value!r}; it must be a finite number")


def require_count(reward: Reward, **parameters: int) -> None:
    """Raise InvalidParameterError unless every parameter of `reward` is a whole number of at least 1."""
    for name, value in parameters.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        message = f"{reward.kind}: {name} is {value!r}; it must be a whole number of at least 1"
        require(whole and value >= 1, message)


def _missing(reward: Reward, batch: Batch, row: int, field: str) -> MissingFieldError:
    rollout = batch[row]
    where = f"rollout {rollout.id!r}" if rollout.id else f"rollouts[{batch.rows[row]}]"
    fix = FIXES.get(field, f"give each rollout {field}")
    message = f"{reward.label} needs {field}, which {where} does not carry; {fix}"
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
