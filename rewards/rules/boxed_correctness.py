r"""The correctness reward: the answer of a completion equals the gold.

Cutting the answer out is :mod:`rewards.answers.extraction`, comparing it :mod:`rewards.answers.judge`.
"""

from __future__ import annotations

import dataclasses
import math
import re
import time
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rewards.answers.comparing.compare import compare_literals
from rewards.answers.extraction.answers import Answers, Extracted, Extraction, extracted
from rewards.answers.question import Policy, Question
from rewards.columns import SpanColumns, VerdictColumns
from rewards.evaluation import Evaluation
from rewards.parameters import ADDED_LATER, require, require_finite
from rewards.reward import Reward
from rewards.rollout import golds_of
from rewards.text.reasoning import ANY, Tags
from rewards.verdict import DEFAULT_VALUES, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rewards.evaluation import Context
    from rewards.rollout import Batch

__all__ = ["BoxedCorrectness"]

_EXTRACTIONS = ("boxed", "boxed_or_stated")
_TAG = re.compile(r"[A-Za-z][\w.:-]*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoxedCorrectness(Reward):
    r"""1 if the answer in the last `\boxed{}` equals a gold mathematically, else 0.

    Answers inside the reasoning, in the format of any family of models, do not count unless asked, and
    where the reasoning never ends there is no answer. A gold that cannot be read, a deadline that passed
    and a judge that failed give NaN: the policy is not at fault. Answers that burn their time or memory are
    wrong.

    Source: the rule-based accuracy reward of DeepSeek-R1 (arXiv:2501.12948, section 2.2.2).

    >>> from rewards import Rollout
    >>> BoxedCorrectness()([
    ...     Rollout(completion=r"so \boxed{0.50}", ground_truth=r"\frac{1}{2}"),
    ...     Rollout(completion=r"\boxed{5} or \boxed{6}", ground_truth="5"),
    ... ])
    array([1., 0.])
    >>> BoxedCorrectness(introductions=("####",))([Rollout(completion="2 + 2\n#### 4", ground_truth="4")])
    array([1.])
    >>> stated = BoxedCorrectness(extraction="boxed_or_stated")
    >>> stated([Rollout(completion="The answer is 4.", ground_truth="4")])
    array([1.])
    >>> BoxedCorrectness(tags=("answer",))([Rollout(completion="<answer> 4 </answer>", ground_truth="4")])
    array([1.])
    """

    box: bool = True
    """Look for the last `\\boxed{}` or `\\fbox{}`."""

    introductions: tuple[str, ...] = ()
    """Words that introduce an answer; where there is no box, the last line that holds one counts."""

    inside_think: bool = False
    """True to count answers inside the reasoning too."""

    policy: Policy = Policy()
    """The rules of equality."""

    values: tuple[tuple[str, float], ...] = ()
    """`(status, value)` pairs that replace the default value of a status."""

    reasoning: str | Tags = dataclasses.field(default=ANY, metadata=ADDED_LATER)
    """The format of the reasoning: a name of :data:`rewards.text.reasoning.FORMATS`, `any` or own tags."""

    tags: tuple[str, ...] = dataclasses.field(default=(), metadata=ADDED_LATER)
    """Names of tags around an answer: `("answer",)` for `<answer>…</answer>`. The last of them counts, before
    any box outside of it; a box inside of it is its answer."""

    extraction: str = dataclasses.field(default="boxed", metadata=ADDED_LATER)
    """`boxed`, or `boxed_or_stated`: where there is no box, the last statement of an answer counts (`#### 4`,
    `the answer is 4`, a bold last line). For evaluation: a policy in training should learn
    to write the box."""

    def __post_init__(self) -> None:
        require(
            self.extraction in _EXTRACTIONS,
            f"extraction is {self.extraction!r}; there are {' and '.join(_EXTRACTIONS)}",
        )
        for tag in self.tags:
            require(
                _TAG.fullmatch(tag) is not None,
                f"a tag is {tag!r}; give its name alone, such as 'answer' for <answer>…</answer>",
            )
        for word in self.introductions:
            require(
                bool(word.strip()),
                f"an introduction is {word!r}; it must be words that stand before an answer",
            )
        if not self.box:
            message = "with box false, give the introductions or the tags to look for"
            require(bool(self.introductions or self.tags), message)
            require(self.extraction == _EXTRACTIONS[0], f"extraction is {self.extraction}, and box is false")
        _ = self._extraction  # which checks the format of the reasoning
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
        """The gold, `ground_truth`."""
        return frozenset({"ground_truth"})

    @cached_property
    def _extraction(self) -> Extraction:
        """The rules of answer extraction."""
        return Extraction(
            box=self.box,
            introductions=self.introductions,
            inside_think=self.inside_think,
            reasoning=self.reasoning,
            tags=self.tags,
            stated=self.extraction == "boxed_or_stated",
        )

    def questions(self, batch: Batch) -> Iterable[tuple[Question, Sequence[int]]]:
        found = self._answered(batch)
        rows: dict[int, list[int]] = {at: [] for at in found.open}
        for row, choice in enumerate(found.choices if rows else ()):
            if choice - 1 in rows:
                rows[choice - 1].append(row)
        return [(question, rows[at]) for at, question in found.open.items()]

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        found = self._answered(batch)
        decided = list(found.verdicts)
        seconds = [found.seconds] * len(decided)
        for at, verdict in zip(found.open, context.verdicts(list(found.open.values())), strict=True):
            decided[at], seconds[at] = verdict, verdict.seconds
        worth = {**DEFAULT_VALUES, **{Status(status): value for status, value in self.values}}
        statuses = [one.status for one in decided]
        methods, reasons = [one.method for one in decided], [one.reason for one in decided]
        choices = np.asarray(found.choices, dtype=np.intp)
        values = np.array([math.nan, *(worth[status] for status in statuses)])[choices]
        verdicts = VerdictColumns(choices, statuses, found.texts, methods, reasons, seconds)
        return Evaluation(values, verdicts=verdicts, spans=found.spans)

    def _answered(self, batch: Batch) -> _Answered:
        return batch.derive(("answered", self._extraction, self.policy), self._look)

    def _look(self, batch: Batch) -> _Answered:
        """Extract the answers and decide those that need no judge, which most do not."""
        answers = extracted(batch, self._extraction)
        numbers: dict[tuple[str | Extracted, str | Sequence[str] | None], int] = {}
        pairs = zip(answers.texts, batch.ground_truths, strict=True)
        choices = [numbers.setdefault(pair, len(numbers) + 1) for pair in pairs]
        different = list(numbers)
        began = time.perf_counter()
        looked: list[Verdict | None]
        try:
            looked = compare_literals(
                [
                    (answer, gold) if isinstance(answer, str) and isinstance(gold, str) else ("", "")
                    for answer, gold in different
                ],
                self.policy,
            )
        except Exception:  # noqa: BLE001  # a defect of ours, which the judge will find again and tell of
            looked = [None] * len(different)
        seconds = (time.perf_counter() - began) / max(len(different), 1)
        verdicts = [verdict or _UNDECIDED for verdict in looked]
        texts = [None if isinstance(answer, Extracted) else answer for answer, _ in different]
        open_: dict[int, Question] = {}
        for at in [at for at, verdict in enumerate(looked) if verdict is None]:
            answer, gold = different[at]
            if isinstance(answer, Extracted):
                verdicts[at] = _unanswered(answer)
            else:
                open_[at] = Question(answer, golds_of(gold), self.policy)
        return _Answered(texts, verdicts, open_, choices, seconds, _spans(answers))


class _Answered(NamedTuple):
    """The answers of a batch, each distinct answer to each gold once."""

    texts: list[str | None]
    verdicts: list[Verdict]
    open: dict[int, Question]
    """Questions left to the judge, by their index among the answers."""

    choices: list[int]
    """For each row its answer, counted from 1."""

    seconds: float
    """Seconds that each verdict took."""

    spans: SpanColumns


_UNDECIDED = Verdict(status=Status.NOT_JUDGED)


def _unanswered(found: Extracted) -> Verdict:
    return Verdict(status=Status.INCORRECT if found.hedged else Status.NO_ANSWER, reason=found.reason)


def _spans(found: Answers) -> SpanColumns:
    size = len(found.texts)
    rows = np.delete(np.arange(size), found.missing)
    starts, ends = np.asarray(found.starts)[rows], np.asarray(found.ends)[rows]
    return SpanColumns(size, rows, starts, ends, ["answer"] * len(rows))
