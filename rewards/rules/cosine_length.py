"""A reward for the length of right and wrong answers, along half a cosine, in tokens."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from rewards.evaluation import Evaluation
from rewards.parameters import require_finite
from rewards.rules.window import WindowReward

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.reward import Reward
    from rewards.rollout import Batch

__all__ = ["CosineLength"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CosineLength(WindowReward):
    r"""Demystifying's cosine length reward, with Light-R1's cap as an option.

    With `len` the number of tokens that the policy wrote (those of `completion_mask`; all of them where there
    is none) and `L = max_length`, a completion is worth

        long + (short - long) * (1 + cos(pi * len / L)) / 2

    where `short` and `long` are `right_short` and `right_long` if `correctness` is above 0, else
    `wrong_short` and `wrong_long`: right answers gain by being short, wrong ones by being long, so that
    the policy thinks longer where it is likely to fail. At `len >= L` it is worth `exceeded`, right or
    wrong. Where `correctness` is NaN, so is this. An empty completion has the value of length 0.

    `cap` is the most a right answer can gain. Light-R1 clips what its modified Demystifying signal pays
    for short right answers so that lengths do not collapse early in training; it publishes no number,
    so there is no default.

    Source: Yeo et al., Demystifying Long Chain-of-Thought Reasoning in LLMs (arXiv:2502.03373),
    appendix C.1, whose code (`openrlhf/reward/cosine.py` of eddycmu/demystify-long-cot) already treats
    lengths within 16 tokens of L as exceeded; here `L` is exact. Light-R1 (arXiv:2503.10460), reinforcement
    learning; the Light-R1 report, "other details". The default values are those commonly quoted from
    the first paper's cosine run (2, 1, -10, 0, -10): steep, so choose your own.

    Raises:
        InvalidParameterError: `max_length` below 1, a value that is not finite, or evaluation of an
            unbound reward.

    >>> from rewards import HasBox, Rollout
    >>> reward = CosineLength(correctness=HasBox(), max_length=4, wrong_short=-1.0, exceeded=-2.0)
    >>> reward([Rollout(completion=text, completion_ids=[1] * 2) for text in (r"\boxed{4}", "four")])
    array([ 1.5, -0.5])
    >>> dataclasses.replace(reward, cap=1.2)([Rollout(completion=r"\boxed{4}", completion_ids=[1] * 2)])
    array([1.2])
    """

    correctness: Reward
    """Above 0 where the answer is right."""

    right_short: float = 2.0
    """r_0^c: a right answer of no length."""
    right_long: float = 1.0
    """r_L^c: a right answer just within the limit."""
    wrong_short: float = -10.0
    """r_0^w: a wrong answer of no length."""
    wrong_long: float = 0.0
    """r_L^w: a wrong answer just within the limit."""
    exceeded: float = -10.0
    """r_e: any answer at or beyond the limit."""
    cap: float | None = None
    """The most a right answer within the limit is worth; None for no cap."""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = ("right_short", "right_long", "wrong_short", "wrong_long", "exceeded")
        require_finite(**{name: getattr(self, name) for name in names})
        if self.cap is not None:
            require_finite(cap=self.cap)

    def misfit(self, window: int) -> str:
        """See :meth:`WindowReward.misfit`."""
        limit = self.max_length
        if limit is None or limit == window:
            return ""
        if window > limit:
            return (
                f"max_length is {limit}, and the window {window}: right answers of {limit} to {window} "
                f"tokens are worth {self.exceeded:g}, as wrong ones are"
            )
        right, wrong = (self._value(one, window, limit) for one in (1.0, 0.0))
        return (
            f"max_length is {limit}, and the window ends at {window}: there a right answer is worth "
            f"{right:.3g} and a wrong one {wrong:.3g} (at max_length {self.right_long:g} and "
            f"{self.wrong_long:g}), and what is cut off never {self.exceeded:g}"
        )

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        limit = self.limit
        right = context.values(self.correctness, batch).tolist()
        return Evaluation(
            [
                self._value(correctness, rollout.num_policy_tokens or 0, limit)
                for correctness, rollout in zip(right, batch, strict=True)
            ]
        )

    def _value(self, correctness: float, length: int, limit: int) -> float:
        if math.isnan(correctness):
            return math.nan
        if length >= limit:
            return self.exceeded
        # math.cos of one row at a time: numpy's vectorised cosine may round a value differently by
        # where it stands in an array.
        share = (1.0 + math.cos(math.pi * length / limit)) / 2
        if correctness > 0:
            value = self.right_long + (self.right_short - self.right_long) * share
            return value if self.cap is None else min(value, self.cap)
        return self.wrong_long + (self.wrong_short - self.wrong_long) * share
