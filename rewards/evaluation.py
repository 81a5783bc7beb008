"""One evaluation of a tree: values, the evidence for them, and the verdicts that rewards ask for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rewards.errors import RewardError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Protocol

    from numpy.typing import ArrayLike, NDArray

    from rewards.answers.question import Question
    from rewards.reward import Reward
    from rewards.rollout import Batch
    from rewards.verdict import Verdict

    class Judge(Protocol):
        """Decides whether answers equal golds; :class:`rewards.answers.judge.Judge` is the implementation.

        Equal texts and plain numbers are no questions: they are decided before anybody is asked.
        """

        def ask(
            self, questions: Iterable[Question], *, deadline: float | None = None
        ) -> Mapping[Question, Verdict | Future[Verdict]]:
            """Return each question with its verdict or a future of it; never blocks or raises for an answer.

            `deadline` is in seconds of `time.monotonic()`; a question still open then gets NOT_JUDGED.
            """


__all__ = ["Context", "Evaluation", "Span"]


class Span(NamedTuple):
    """A stretch of a completion that explains a value: `[start, end)` in code points."""

    start: int
    end: int
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a reward on a batch: values and the evidence for them."""

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
        """Deadline of judging, in seconds of `time.monotonic()`; None for no limit."""
        self.answers: dict[Question, Verdict] = {}
        """Verdicts that are already known, requested ahead of evaluation."""
        self._done: dict[tuple[int, Reward], tuple[Batch, Evaluation]] = {}
        self._checked: set[tuple[int, int]] = set()
        """Batches and evaluations by identity: a node may return what a child of it returned."""

    @property
    def judge(self) -> Judge:
        """The judge that :meth:`verdicts` asks; the judge of this process unless one was given."""
        if self._judge is None:
            from rewards.answers.judge import shared_judge  # noqa: PLC0415  # rules need no judge

            self._judge = shared_judge()
        return self._judge

    def verdicts(self, questions: Sequence[Question]) -> list[Verdict]:
        """Return the verdict on each question; blocks until all are judged or the deadline has passed."""
        answers = self.answers
        try:
            return [answers[question] for question in questions]
        except KeyError:
            unknown = {question for question in questions if question not in answers}
        for question, answer in self.judge.ask(unknown, deadline=self.deadline).items():
            answers[question] = answer.result() if hasattr(answer, "result") else answer
        return [answers[question] for question in questions]

    def evaluate(self, reward: Reward, batch: Batch) -> Evaluation:
        """Evaluate `reward` on `batch`, check the result against the contract, and cache it.

        Raises:
            RewardError: values of another shape than (B,), infinite ones, or evidence of other rows.
        """
        key = (id(batch), reward)
        if (known := self._done.get(key)) is not None:
            return known[1]
        evaluation = reward.evaluate(batch, self)
        if (id(batch), id(evaluation)) not in self._checked:
            evaluation = _checked(reward, evaluation, len(batch))
            self._checked.add((id(batch), id(evaluation)))
        self._done[key] = (batch, evaluation)
        return evaluation

    def values(self, reward: Reward, batch: Batch) -> NDArray[np.float64]:
        """Return only the values of :meth:`evaluate`: float64, shape (B,), read-only."""
        return self.evaluate(reward, batch).values  # type: ignore[return-value]  # checked above

    def found(self) -> Iterator[tuple[Reward, Batch, Evaluation]]:
        """Iterate over everything evaluated so far: the reward, its rows and its result."""
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
    for what, evidence in (("verdicts", evaluation.verdicts), ("spans", evaluation.spans)):
        if evidence is not None and len(evidence) != size:
            message = f"{reward.label} gave {what} of {len(evidence)} rows for {size} rollouts"
            raise RewardError(message)
    values.setflags(write=False)
    return dataclasses.replace(evaluation, values=values)
