r"""Whether the answer of a completion equals the gold: the reward that the others are built around.

Cutting the answer out is :mod:`rewards.answers.extraction`, comparing it :mod:`rewards.answers.judge`.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from rewards.answers.extraction import Extracted, Extraction, extracted
from rewards.answers.question import Policy, Question
from rewards.reward import Evaluation, Reward, require, require_finite
from rewards.rollout import golds_of
from rewards.span_columns import OneSpanEach
from rewards.verdict import DEFAULT_VALUES, Status, Verdict
from rewards.verdict_columns import ChosenVerdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    def questions(self, batch: Batch) -> Iterable[tuple[Question, Sequence[int]]]:
        return self._grouped(batch)[0]

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        found = extracted(batch, self.extraction)
        answered, unanswered = self._grouped(batch)
        judged = context.verdicts([question for question, _ in answered])
        worth = {**DEFAULT_VALUES, **{Status(status): value for status, value in self.values}}
        different = [*judged, *map(_unanswered, unanswered)]
        choices = [0] * len(found)
        for choice, rows in enumerate((*(rows for _, rows in answered), *unanswered.values()), 1):
            for row in rows:
                choices[row] = choice
        values = np.array([math.nan, *(worth[verdict.status] for verdict in different)])[choices]
        return Evaluation(values, verdicts=ChosenVerdicts([None, *different], choices), spans=_spans(found))

    def _grouped(self, batch: Batch) -> tuple[list[tuple[Question, list[int]]], dict[Extracted, list[int]]]:
        """The different questions, and the different ways to give no answer, each with its rows."""
        return batch.derive(("questions", self.extraction, self.policy), self._group)

    def _group(self, batch: Batch) -> tuple[list[tuple[Question, list[int]]], dict[Extracted, list[int]]]:
        answered: defaultdict[tuple[str, str | Sequence[str] | None], list[int]] = defaultdict(list)
        unanswered: defaultdict[Extracted, list[int]] = defaultdict(list)
        found = extracted(batch, self.extraction)
        for row, (one, given) in enumerate(zip(found, batch.ground_truths, strict=True)):
            if (text := one[0]) is None:
                unanswered[one].append(row)
            else:
                answered[text, given].append(row)
        policy = self.policy
        questions = [
            (_new(Question, (answer, golds_of(given), policy)), rows)
            for (answer, given), rows in answered.items()
        ]
        return questions, unanswered


_new = tuple.__new__  # in half the time of a call


def _unanswered(found: Extracted) -> Verdict:
    return Verdict(status=Status.INCORRECT if found.hedged else Status.NO_ANSWER, reason=found.reason)


def _spans(found: Sequence[Extracted]) -> OneSpanEach:
    rows = [row for row, one in enumerate(found) if one[0] is not None]
    with_text = found if len(rows) == len(found) else [found[row] for row in rows]
    starts, ends = [one[1] for one in with_text], [one[2] for one in with_text]
    return OneSpanEach(len(found), rows, starts, ends, "answer")
