"""A penalty for completions that come close to the end of the window, in tokens."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.evaluation import Evaluation
from rewards.parameters import require, require_count
from rewards.rules.window import WindowReward

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.rollout import Batch

__all__ = ["SoftOverlong"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SoftOverlong(WindowReward):
    """DAPO's soft overlong punishment, between -1 and 0.

    With `len` the number of tokens that the policy wrote (those of `completion_mask`; all of them where there
    is none), `L_max = max_length` (the cache included) and
    `L_cache = cache`::

        0                                    where len <= L_max - L_cache
        ((L_max - L_cache) - len) / L_cache  where L_max - L_cache < len <= L_max
        -1                                   where len > L_max

    An empty completion is worth 0. `max_length=None` follows the trainer's window, see :meth:`bound`.

    Source: DAPO (arXiv:2503.14476), equation 13; there L_max is 20480 and L_cache 4096. The paper has no
    tools; verl 0.9 and OpenRLHF 0.11 count the tokens of tools too, and so punish the use of tools.

    Raises:
        InvalidParameterError: a cache below 1 or above `max_length`; evaluation of an unbound reward.

    >>> from rewards import Rollout
    >>> rollouts = [Rollout(completion="", completion_ids=[1] * length) for length in (6, 9, 11)]
    >>> SoftOverlong(max_length=10, cache=4)(rollouts)
    array([ 0.  , -0.75, -1.  ])
    """

    cache: int = 4096
    """L_cache: the number of tokens over which the penalty grows from 0 to -1."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_count(self.kind, cache=self.cache)
        if self.max_length is not None:
            message = (
                f"soft_overlong: cache is {self.cache}, more than max_length, which is {self.max_length}"
            )
            require(self.cache <= self.max_length, message)

    def misfit(self, window: int) -> str:
        """See :meth:`WindowReward.misfit`."""
        if self.max_length is None or self.max_length == window:
            return ""
        free = self.max_length - self.cache
        sentence = f"max_length {self.max_length} with cache {self.cache} punishes from {free} tokens on"
        if window > self.max_length:
            sentence += f", and all of {self.max_length} to the window's {window} tokens alike, by 1"
        elif window > free:
            sentence += (
                f", and at the window's end, {window}, by {(window - free) / self.cache:.2g} instead of 1"
            )
        else:
            sentence += f", and the window ends at {window}: it is always 0, also for what is cut off"
        return sentence

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        free = self.limit - self.cache
        lengths = [rollout.num_policy_tokens or 0 for rollout in batch]
        return Evaluation([max(min((free - length) / self.cache, 0.0), -1.0) for length in lengths])
