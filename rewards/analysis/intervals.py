"""The confidence interval of a pass rate: Wilson's interval for a proportion."""

from __future__ import annotations

import math
from statistics import NormalDist

from rewards.errors import InvalidParameterError

__all__ = ["wilson"]


def wilson(passed: int, judged: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's confidence interval of the rate behind `passed` of `judged`.

    With p = passed / judged, n = judged and z the normal quantile of (1 + confidence) / 2:
    (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n). Unlike p ± z sqrt(p(1 - p)/n) it never leaves
    [0, 1], and is of use for the few rollouts that a prompt has. NaN where nothing was judged.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (JASA, 1927).

    Raises:
        InvalidParameterError: counts that cannot be, or a confidence outside (0, 1).

    >>> [round(end, 4) for end in wilson(2, 8)]
    [0.0715, 0.5907]
    >>> wilson(0, 8)[0], wilson(8, 8)[1]
    (0.0, 1.0)
    """
    if not 0 < confidence < 1:
        message = f"confidence is {confidence!r}; it must be above 0 and below 1"
        raise InvalidParameterError(message)
    if not 0 <= passed <= judged:
        message = f"{passed} of {judged} cannot have passed"
        raise InvalidParameterError(message)
    if judged == 0:
        return math.nan, math.nan
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, square = passed / judged, z * z / judged
    centre = rate + square / 2
    half = z * math.sqrt(rate * (1 - rate) / judged + square / (4 * judged))
    low, high = (centre - half) / (1 + square), (centre + half) / (1 + square)
    return (0.0 if passed == 0 else low), (1.0 if passed == judged else high)
