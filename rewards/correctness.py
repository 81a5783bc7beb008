r"""Whether the answer of a completion equals the gold: the reward that the others are built around.

Cutting the answer out is :mod:`rewards.answers.extraction`, comparing it :mod:`rewards.answers.judge`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.answers.extraction import Extracted, Extraction, extract
from rewards.answers.question import Policy, Question
from rewards.reward import Evaluation, Reward, Span, require, require_finite
from rewards.verdict import DEFAULT_VALUES, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.reward import Context
    from rewards.rollout import Batch

__all__ = ["BoxedCorrectness"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoxedCorrectness(Reward):
    r"""1 if the answer in the last `\boxed{}` equals a gold mathematically, else 0.

    Answers before `</think>` do not count unless asked, and where the reasoning never ends there is no
    answer. A gold that cannot be read, a deadline that passed and a judge that failed give NaN: the
    policy is not at fault. Answers that burn their time or memory are wrong.

    Source: the rule-based accuracy reward of DeepSeek-R1 (arXiv:2501.12948, section 2.2.2).

    >>> from rewards import Rollout
    >>> BoxedCorrectness()([
    ...     Rollout(completion=r"so \boxed{0.50}", ground_truth=r"\frac{1}{2}"),
    ...     Rollout(completion=r"\boxed{5} or \boxed{6}", ground_truth="5"),
    ... ])
    array([1., 0.])
    >>> BoxedCorrectness(introductions=("####",))([Rollout(completion="2 + 2\n#### 4", ground_truth="4")])
    array([1.])
    """

    box: bool = True
    """Look for the last `\\boxed{}` or `\\fbox{}`."""

    introductions: tuple[str, ...] = ()
    """Words that introduce an answer; where there is no box, the last line that holds one counts."""

    inside_think: bool = False
    """Whether answers before `</think>` count too."""

    policy: Policy = Policy()
    """What counts as equal."""

    values: tuple[tuple[str, float], ...] = ()
    """`(status, value)` pairs that replace the default value of a status."""

    def __post_init__(self) -> None:
        introductions = tuple(self.introductions)
        object.__setattr__(self, "introductions", introductions)
        for word in introductions:
            usable = isinstance(word, str) and bool(word.strip())
            require(usable, f"an introduction is {word!r}; it must be words that stand before an answer")
        require(self.box or len(introductions) > 0, "with box false, give the introductions to look for")
        statuses = [str(status) for status in Status]
        for status, value in self.values:
            require(status in statuses, f"values: {status!r} is no status; there are {', '.join(statuses)}")
            require_finite(**{f"values[{status}]": value})
        named = [status for status, _ in self.values]
        require(len(set(named)) == len(named), f"values: a status appears twice among {named}")
        values = tuple(sorted((str(status), float(value)) for status, value in self.values))
        object.__setattr__(self, "values", values)

    @property
    def needs(self) -> frozenset[str]:
        """A gold."""
        return frozenset({"ground_truth"})

    @property
    def extraction(self) -> Extraction:
        """Where answers are looked for."""
        return Extraction(box=self.box, introductions=self.introductions, inside_think=self.inside_think)

    def questions(self, batch: Batch) -> Iterator[tuple[int, Question]]:
        return (
            (row, question) for row, (_, question) in enumerate(self._read(batch)) if question is not None
        )

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        read = self._read(batch)
        judged = iter(context.verdicts([question for _, question in read if question is not None]))
        verdicts = [_unanswered(found) if question is None else next(judged) for found, question in read]
        worth = {**DEFAULT_VALUES, **{Status(status): value for status, value in self.values}}
        return Evaluation(
            [worth[verdict.status] for verdict in verdicts],
            verdicts=verdicts,
            spans=[_span(found) for found, _ in read],
        )

    def _read(self, batch: Batch) -> list[tuple[Extracted, Question | None]]:
        """What each row answers and the question to ask about it; None where there is nothing to ask."""
        return batch.derive(("answers", self.extraction, self.policy), self._questions)

    def _questions(self, batch: Batch) -> list[tuple[Extracted, Question | None]]:
        options = self.extraction
        read: list[tuple[Extracted, Question | None]] = []
        for rollout in batch:
            found = extract(rollout.completion, options, think_prefilled=rollout.think_prefilled)
            question = None if found.text is None else Question(found.text, rollout.golds, self.policy)
            read.append((found, question))
        return read


def _unanswered(found: Extracted) -> Verdict:
    return Verdict(status=Status.INCORRECT if found.hedged else Status.NO_ANSWER, reason=found.reason)


def _span(found: Extracted) -> tuple[Span, ...]:
    return () if found.text is None else (Span(found.start, found.end, "answer"),)
