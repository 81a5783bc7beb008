r"""The think format: reasoning between two marks, such as `<think>` and `</think>`, then the answer.

The marks of each family of models are in :mod:`rewards.text.reasoning`. Whether the answer is right, or the
reasoning any good, is for other rewards.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final, Literal

from rewards.answers.extraction.boxes import last_box
from rewards.evaluation import Evaluation, Span
from rewards.parameters import ADDED_LATER, require_finite
from rewards.reward import Reward
from rewards.text.reasoning import ANSWER_FRAMES, ANY, Marks, Tags, answer_start, formats_of, marks_of
from rewards.text.stop_tokens import holds_only_stop_tokens, text_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.evaluation import Context
    from rewards.rollout import Batch, Rollout

__all__ = ["ThinkFormat", "reasoning_span"]

_SEVERAL = 2
"""Turns from which on each may have reasoning of its own."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ThinkFormat(Reward):
    r"""A reward for reasoning inside `<think>…</think>`, or the marks of another family, and then answering.

    - `strict`: 1 if opener and closer stand there exactly once each, in this order, with nothing but white
      space before the first and an answer, something other than white space and stop tokens, after the
      second; else 0. What is wrong first comes back as a span. An empty reasoning is allowed; empty tags,
      as `<answer></answer>`, are no answer. In a conversation with several turns of the policy, each turn
      opens and closes its reasoning at most once, and the last one has an answer.
    - `graded`: `tags` if both marks are there, plus `box` if there is a complete box (`\boxed{` alone is
      none) and no reasoning that never ends, plus `order` if opener, closer and the last box follow each
      other. The three come back as parts.

    `reasoning="any"` takes the format in which the completion is written: that of its first mark. Where
    the chat template already opened the reasoning (`Rollout.think_prefilled`), the opener counts as standing
    right before the completion, and strict does not allow a second one. An empty completion is worth 0.

    Source: DeepSeek-R1 (arXiv:2501.12948), section 2.2.2, for the format; the GSM8K report for the
    grades 0.2, 0.2 and 0.1, where a box that never closes counts too, and one in reasoning that is cut off.

    Raises:
        InvalidParameterError: an unknown mode or format of reasoning, or a grade that is not finite.

    >>> from rewards import Rollout
    >>> good, bad = Rollout(completion="<think>2 + 2</think> 4"), Rollout(completion="</think> 4 <think>")
    >>> ThinkFormat()([good, bad])
    array([1., 0.])
    >>> ThinkFormat(mode="graded")([Rollout(completion=r"<think>2 + 2</think> \boxed{4}"), bad])
    array([0.5, 0.2])
    """

    mode: Literal["strict", "graded"] = "strict"
    tags: float = 0.2
    """Graded: the value of both tags."""
    box: float = 0.2
    """Graded: the value of a box, wherever it stands but in reasoning that never ends."""
    order: float = 0.1
    """Graded: the value of the right order."""

    reasoning: str | Tags = dataclasses.field(default=ANY, metadata=ADDED_LATER)
    """The format of the reasoning: a name of :data:`rewards.text.reasoning.FORMATS`, `any` or own tags."""

    def __post_init__(self) -> None:
        formats_of(self.reasoning)
        require_finite(tags=self.tags, box=self.box, order=self.order)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        if self.mode == "strict":
            faults = [self._fault(rollout) for rollout in batch]
            return Evaluation(
                [float(fault is None) for fault in faults],
                spans=[() if fault is None else (fault,) for fault in faults],
            )
        grades = [self._grades(rollout) for rollout in batch]
        names = ("tags", "box", "order")
        return Evaluation(
            [tags + box + order for tags, box, order in grades],
            parts={name: [grade[at] for grade in grades] for at, name in enumerate(names)},
        )

    def _fault(self, rollout: Rollout) -> Span | None:
        """Return the first breach of the strict format; None where all turns, or each of them, keep to it."""
        text, prefilled = rollout.policy_text, rollout.think_prefilled
        marks = marks_of(text, self.reasoning, prefilled=prefilled)
        fault = _fault_of(marks, text)
        turns = rollout.turns or ()
        if len(turns) < _SEVERAL:
            return fault
        if fault is None:  # marks of some formats are read at the beginning of a turn alone
            if answer_start(text, self.reasoning, prefilled, turns) >= 0:
                return None
            fault = Span(len(text), len(text), f"no {marks.format.close[-1]}")
        texts = [text[start:end] for start, end in turns]
        return fault if _breaks(texts, self.reasoning, prefilled=prefilled) else None

    def _grades(self, rollout: Rollout) -> tuple[float, float, float]:
        text, prefilled = rollout.policy_text, rollout.think_prefilled
        marks = marks_of(text, self.reasoning, prefilled=prefilled)
        opened, closed = marks.opened, marks.closed_behind
        readings = (None, rollout.turns) if rollout.turns else (None,)
        ends = all(answer_start(text, self.reasoning, prefilled, turns) >= 0 for turns in readings)
        box = last_box(text) if ends else None
        return (
            self.tags if opened and marks.closed else 0.0,
            self.box if box else 0.0,
            self.order if box and closed and closed.start < box.outer[0] else 0.0,
        )


def reasoning_span(rollout: Rollout, reasoning: str | Tags = ANY) -> tuple[int, int]:
    """Return the span of a completion's reasoning, `[start, end)` in code points.

    From behind the first opener (from the start where the template wrote it, or where there is none) to the
    last closer (to the end where there is none, stop tokens apart). So a completion without marks is
    reasoning throughout.

    >>> from rewards import Rollout
    >>> reasoning_span(Rollout(completion="<think>why</think> so"))
    (7, 10)
    """
    text = rollout.policy_text
    marks = marks_of(text, reasoning, prefilled=rollout.think_prefilled)
    opened, closed = marks.opened, marks.last_closed
    start = 0 if opened is None or (closed and closed.start < opened.start) else opened.end
    return start, closed.start if closed else max(start, text_end(text))


def _breaks(turns: Sequence[str], reasoning: str | Tags, *, prefilled: bool) -> bool:
    """Return True if some turn breaks the strict format, or if none has reasoning.

    Each turn opens and closes its reasoning at most once, and the last one has an answer. The template may
    have opened it in the first turn alone, or in each.
    """
    thought = False
    for at, text in enumerate(turns):
        marks = marks_of(text, reasoning)
        if prefilled and marks.opened is None and (at == 0 or marks.closed):
            marks = marks_of(text, reasoning, prefilled=True)
        is_last = at == len(turns) - 1
        if marks.opened is None and marks.closed is None:
            if is_last and not _is_answer(text):
                return True
            continue
        thought = True
        if not is_last and any(mark in text for mark in marks.format.turn_close):
            continue
        if _fault_of(marks, text, needs_answer=is_last) is not None:
            return True
    return not thought


def _fault_of(marks: Marks, text: str, *, needs_answer: bool = True) -> Span | None:
    """Return the first breach of the strict format in a text with these marks; None where there is none."""
    opened, reopened, closed, reclosed = marks.opened, marks.reopened, marks.closed, marks.reclosed
    opener, closer = marks.format.open[-1].strip(), marks.format.close[-1]
    if opened is None:
        return Span(0, 0, f"no {opener}")
    if closed is None:
        return Span(len(text), len(text), f"no {closer}")
    before, answer = (0, opened.start), (closed.end, len(text))
    breaches = (
        (closed.start < opened.end, closed[:2], f"{closer} before {opener}"),
        (bool(text[slice(*before)].strip()), before, f"text before {opener}"),
        (reopened is not None, (reopened or opened)[:2], f"a second {opener}"),
        (reclosed is not None, (reclosed or closed)[:2], f"a second {closer}"),
        (
            needs_answer and not _is_answer(text[closed.end :]),
            answer,
            f"no answer after {closer}",
        ),
    )
    return next((Span(*at, label) for wrong, at, label in breaches if wrong), None)


_FRAMES: Final = re.compile("|".join(re.escape(mark) for frame in ANSWER_FRAMES for mark in frame))


def _is_answer(text: str) -> bool:
    """Return True if an answer part holds more than blanks, stop tokens and the marks around an answer."""
    said = _FRAMES.sub("", text[: text_end(text)]).strip()
    return bool(said) and not holds_only_stop_tokens(said)
