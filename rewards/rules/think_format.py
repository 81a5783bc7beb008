r"""The think format: reasoning between `<think>` and `</think>`, then the answer.

This module also says where a completion's reasoning stands (:func:`reasoning_span`). Whether the
answer is right, or the reasoning any good, is for other rewards.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from rewards.answers.extraction.boxes import last_box
from rewards.evaluation import Evaluation, Span
from rewards.parameters import require_finite
from rewards.reward import Reward

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.rollout import Batch, Rollout

__all__ = ["CLOSE", "OPEN", "ThinkFormat", "reasoning_span"]

OPEN = "<think>"
CLOSE = "</think>"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ThinkFormat(Reward):
    r"""A reward for reasoning inside `<think>…</think>` and then answering.

    - `strict`: 1 if `<think>` and `</think>` stand there exactly once each, in this order, with
      nothing but white space before the first and an answer, something other than white space, after
      the second; else 0. What is wrong first comes back as a span. An empty reasoning is allowed.
    - `graded`: `tags` if both tags are there, plus `box` if there is a complete box (`\boxed{` alone is
      none), plus `order` if `<think>`, `</think>` and the last box follow each other. The three come
      back as parts.

    Where the chat template already opened the reasoning (`Rollout.think_prefilled`), `<think>` counts
    as standing right before the completion, and strict does not allow a second one. An empty completion
    is worth 0.

    Source: DeepSeek-R1 (arXiv:2501.12948), section 2.2.2, for the format; the GSM8K report for the
    grades 0.2, 0.2 and 0.1, where a box that never closes counts too.

    Raises:
        InvalidParameterError: an unknown mode, or a grade that is not finite.

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
    """Graded: the value of a box, wherever it stands."""
    order: float = 0.1
    """Graded: the value of the right order."""

    def __post_init__(self) -> None:
        require_finite(tags=self.tags, box=self.box, order=self.order)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        if self.mode == "strict":
            faults = [_fault(rollout) for rollout in batch]
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

    def _grades(self, rollout: Rollout) -> tuple[float, float, float]:
        text = rollout.policy_text
        opened = 0 if rollout.think_prefilled else text.find(OPEN)
        closed = text.find(CLOSE, opened) if opened >= 0 else -1
        box = last_box(text)
        return (
            self.tags if opened >= 0 and CLOSE in text else 0.0,
            self.box if box else 0.0,
            self.order if box and 0 <= closed < box.outer[0] else 0.0,
        )


def reasoning_span(rollout: Rollout) -> tuple[int, int]:
    """Return the span of a completion's reasoning, `[start, end)` in code points.

    From behind the first `<think>` (from the start where the template opened it, or where there is none)
    to the last `</think>` (to the end where there is none). So a completion without tags is reasoning
    throughout.

    >>> from rewards import Rollout
    >>> reasoning_span(Rollout(completion="<think>why</think> so"))
    (7, 10)
    """
    text = rollout.policy_text
    opened = -1 if rollout.think_prefilled else text.find(OPEN)
    closed = text.rfind(CLOSE)
    start = 0 if opened < 0 or 0 <= closed < opened else opened + len(OPEN)
    return start, closed if closed >= 0 else len(text)


def _fault(rollout: Rollout) -> Span | None:
    """Return the first breach of the strict format; None where there is none."""
    text = rollout.policy_text
    opened = -len(OPEN) if rollout.think_prefilled else text.find(OPEN)
    start = opened + len(OPEN)
    closed = text.find(CLOSE)
    end = closed + len(CLOSE)
    second_open, second_close = text.find(OPEN, start), text.find(CLOSE, end)
    breaches = (
        (opened == -1, 0, 0, "no <think>"),
        (closed < 0, len(text), len(text), "no </think>"),
        (closed < start, closed, end, "</think> before <think>"),
        (bool(text[: max(opened, 0)].strip()), 0, opened, "text before <think>"),
        (second_open >= 0, second_open, second_open + len(OPEN), "a second <think>"),
        (second_close >= 0, second_close, second_close + len(CLOSE), "a second </think>"),
        (not text[end:].strip(), end, len(text), "no answer after </think>"),
    )
    return next((Span(first, last, label) for wrong, first, last, label in breaches if wrong), None)
