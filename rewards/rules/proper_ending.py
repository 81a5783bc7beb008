r"""A reward for ending the completion with the right answer."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from typing import TYPE_CHECKING

from rewards.answers.extraction.boxes import last_box
from rewards.evaluation import Evaluation, Span
from rewards.parameters import require, require_finite
from rewards.reward import Reward
from rewards.text.stop_tokens import without_stop_tokens

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.rollout import Batch, Rollout

__all__ = ["ProperEnding"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProperEnding(Reward):
    r"""1 where right and properly ended, `running_on` where right but not, 0 where wrong.

    A completion is properly ended if

    - the window did not cut it off (`finish_reason` is not `length`), and
    - behind its last box there is nothing but white space, punctuation, quotes, closing brackets and
      dollar signs (`$`, `\)`, `\]`, `\end{…}`), markdown emphasis, stop tokens and `end_tokens`.

    Without a box, a completion is properly ended only where `finish_reason` is `stop`. Right is where
    `correctness` is above 0; where it is NaN, so is this. What runs on comes back as a span.

    Source: sections 9 and 10 of the GSM8K report (1.0 and 0.2). There it stopped a policy from
    repeating itself to the end of the window, and taught it shorter, worse reasoning along the way.

    Raises:
        InvalidParameterError: `running_on` is not finite, or an end token is empty.

    >>> from rewards import HasBox, Rollout
    >>> ends = Rollout(completion=r"so it is $\boxed{3}$.<|im_end|>")
    >>> runs_on = Rollout(completion=r"so it is $\boxed{3}$. So, after careful thought")
    >>> ProperEnding(correctness=HasBox())([ends, runs_on])
    array([1. , 0.2])
    """

    correctness: Reward
    """Above 0 where the answer is right."""

    running_on: float = 0.2
    """The value of a right answer with more text after it."""

    end_tokens: tuple[str, ...] = ("</answer>", "</s>", "<|endoftext|>", "<|eot_id|>", "<|im_end|>")
    """Words allowed at the end besides the stop tokens of :mod:`rewards.text.stop_tokens`."""

    def __post_init__(self) -> None:
        require_finite(running_on=self.running_on)
        require(
            all(self.end_tokens),
            f"proper_ending: end_tokens is {self.end_tokens!r}; each must be a string with something in it",
        )

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        right = context.values(self.correctness, batch).tolist()
        spans = [
            self._overrun(rollout) if value > 0 else None for value, rollout in zip(right, batch, strict=True)
        ]
        values = [
            math.nan if math.isnan(value) else 0.0 if value <= 0 else 1.0 if span is None else self.running_on
            for value, span in zip(right, spans, strict=True)
        ]
        return Evaluation(values, spans=[() if span is None else (span,) for span in spans])

    def _overrun(self, rollout: Rollout) -> Span | None:
        """Return the span of the text after the answer; None where the completion ends properly."""
        text = without_stop_tokens(rollout.policy_text)
        box = last_box(text)
        if box is None:
            stopped = rollout.finish_reason == "stop"
            return None if stopped else Span(len(text), len(text), "no box and no stop token")
        closing = _closing(self.end_tokens).match(text, box.outer[1])
        end = closing.end() if closing else box.outer[1]
        if end < len(text):
            return Span(end, len(text), "runs on")
        return Span(end, end, "cut off") if rollout.finish_reason == "length" else None


@functools.lru_cache(maxsize=64)
def _closing(end_tokens: tuple[str, ...]) -> re.Pattern[str]:
    tokens = "|".join(re.escape(token) for token in sorted(end_tokens, key=len, reverse=True))
    marks = (
        r"""[\s.,;:!?…)\]$*_`'"’”」』】]"""
        r"|[\u3001\u3002\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]"  # their wide forms
        r"|\\[)\]]|\\end\{[A-Za-z]+\*?\}"
    )
    return re.compile(f"(?:{marks}|{tokens})*+" if tokens else f"(?:{marks})*+")
